"""The consent page: a person clicks it, a robot submits its first form by its first button."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from integrations.sandbox.resource import Home

_WORDS = {
    "openid": "Know who you are",
    "https://www.googleapis.com/auth/userinfo.email": "See your email address",
    "https://www.googleapis.com/auth/userinfo.profile": "See your name",
    "https://www.googleapis.com/auth/calendar.events.owned": "See, create, change and delete events on your calendars",
    "https://www.googleapis.com/auth/calendar.events": "View and edit events on all your calendars",
    "https://www.googleapis.com/auth/calendar": "See, edit, share and delete all your calendars",
}
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:3rem auto;padding:0 1rem;color:#222}"
    "h1{font-size:1.4rem}label{display:block;margin:.6rem 0}button{font:inherit;padding:.5rem 1rem;margin-right:.5rem}"
    "small{color:#666}select{font:inherit}"
)


def consent_page(ticket: str, scopes: Sequence[str], homes: Sequence[Home], *, login_hint: str = "") -> str:
    boxes = []
    for scope in scopes:
        login = scope == "openid" or scope.startswith("https://www.googleapis.com/auth/userinfo.")
        words = escape(_WORDS.get(scope, scope))
        if login:
            boxes.append(f"<li>{words}</li>")
        else:
            boxes.append(
                f'<li><label><input type="checkbox" name="scope" value="{escape(scope)}" checked> {words}</label></li>'
            )
    return _page(
        "Sign in to the sandbox calendar",
        f"""<p>Greenblock wants to use the calendar of</p>
<form method="post" action="/o/oauth2/consent">
<input type="hidden" name="ticket" value="{escape(ticket)}">
{_who(homes, login_hint)}
<ul>{"".join(boxes)}</ul>
<button type="submit">Allow</button>
<button type="submit" name="cancel" value="1">Cancel</button>
</form>
<p><small>This is a sandbox on your own machine. It is not Google, and nothing leaves this machine.</small></p>""",
    )


def refusal_page(error: str, description: str) -> str:
    return _page("Access blocked", f"<p>{escape(description)}</p><p><small>Error 400: {escape(error)}</small></p>")


def _who(homes: Sequence[Home], login_hint: str) -> str:
    if len(homes) == 1:
        email = escape(homes[0].email)
        return f'<p><b>{escape(homes[0].name)}</b> {email}</p><input type="hidden" name="user" value="{email}">'
    choices = "".join(
        f'<option value="{escape(home.email)}"{" selected" if home.email == login_hint else ""}>'
        f"{escape(home.name)} {escape(home.email)}</option>"
        for home in homes
    )
    return f'<label>Sign in as <select name="user">{choices}</select></label>'


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
