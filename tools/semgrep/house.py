# Planted: what each rule of house.yml must find, and what it must leave alone. Never run.
# ruff: noqa


def planted(session, request, response, log, text, httpx, Markup):
    # ruleid: no-unescaped-text
    Markup("<b>" + request.name)
    # ruleid: no-sql-put-together
    session.execute(text(f"SELECT * FROM contacts WHERE name = '{request.name}'"))
    # ok: no-sql-put-together
    session.execute(text("SELECT * FROM contacts WHERE name = :name"), {"name": request.name})
    # ruleid: no-calls-outside
    httpx.get("https://example.com")
    # ruleid: no-unchecked-certificates
    client(timeout=1, verify=False)
    # ruleid: secrets-are-compared-in-constant-time
    if request.signature == expected:
        pass
    # ok: secrets-are-compared-in-constant-time
    if request.signature == None:
        pass
    # ruleid: cookies-are-set-in-one-place
    response.set_cookie("a", "b")
    # ruleid: events-of-the-log-are-names
    log.info(f"read {request.name}")
    # ruleid: events-of-the-log-are-names
    log.warning("read %s", request.name)
    # ok: events-of-the-log-are-names
    log.info("read", extra={"account": 1})
    # ruleid: no-code-from-data
    eval(request.name)


def planted_redirect(request):
    # ruleid: no-redirect-to-what-was-asked
    return RedirectResponse(request.query_params["next"])


def good_redirect(request):
    # ok: no-redirect-to-what-was-asked
    return RedirectResponse(to_the_start(request.url.path))
