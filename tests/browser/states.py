"""Every page in every state that it can be in, as steps of one walk through one account.

    for state in STATES:
        state.reach(walk)      # the browser shows it
        ...                    # look at it
        walk.tidy()            # what it had to change is as before

`route` is the route whose answer it is; test_every_page.py holds the list against the application's route table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from app.db import accounts
from app.db.tables import BlockRow
from scheduler.model import BlockState
from tests.running import Running, settled

ACCOUNT = 1
STRANGER, EMPTY, OWNER, GERMAN_STRANGER = "nobody", "empty", "owner", "niemand"


@dataclass
class Walk:
    """`pages`: whose browser it is -> its page."""

    running: Running
    pages: dict[str, Page]
    who: str = STRANGER
    undo: ExitStack = field(default_factory=ExitStack)

    @property
    def page(self) -> Page:
        return self.pages[self.who]

    def goto(self, path: str) -> None:
        self.page.goto(f"{self.running.url}{path}")

    def tidy(self) -> None:
        self.undo.close()

    def account(self, **values: Any) -> None:
        """Set columns of the account until the state is left."""
        self.undo.enter_context(_columns(self.running, values))

    def submit(self, form: str, **typed: str) -> None:
        """Send a form past the browser's own checks, as one without JavaScript or with other ideas would."""
        for name, value in typed.items():
            self.page.locator(f"{form} [name={name!r}]").evaluate("(field, value) => { field.value = value }", value)
        self.page.locator(form).evaluate("form => { form.noValidate = true }")
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.locator(f"{form} button:not([formaction])").first.click()
        self.page.wait_for_load_state()

    def contact(self) -> int:
        """Somebody of the next block."""
        view = self.running.services.views.today(ACCOUNT)
        assert view.next is not None
        return view.next.people[0].contact_id

    def go(self) -> str:
        view = self.running.services.views.today(ACCOUNT)
        assert view.next is not None
        return view.next.link

    def wishes(self, **values: Any) -> None:
        """The same for what the user has set."""
        with self.running.services.db.read() as session:
            self.account(preferences={**accounts.get(session, ACCOUNT).preferences, **values})

    def in_german(self) -> None:
        """Whoever sits before the browser reads German: a stranger by the browser, else by the account."""
        if self.who == STRANGER:
            self.who = GERMAN_STRANGER
            return
        number = ACCOUNT + (self.who == EMPTY)
        with self.running.services.db.read() as session:
            wishes = {**accounts.get(session, number).preferences, "language": "de"}
        self.undo.enter_context(_columns(self.running, {"preferences": wishes}, number))


@contextmanager
def _columns(running: Running, values: dict[str, Any], number: int = ACCOUNT) -> Iterator[None]:
    with running.services.db.write() as session:
        row = accounts.get(session, number)
        before = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
    try:
        yield
    finally:
        with running.services.db.write() as session:
            row = accounts.get(session, number)
            for name, value in before.items():
                setattr(row, name, value)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    name: str
    route: str
    show: Callable[[Walk], None]
    who: str = OWNER
    says: str = ""  # what only this state says, in English

    def reach(self, walk: Walk, *, german: bool = False) -> None:
        walk.who = self.who
        if german:
            walk.in_german()
        self.show(walk)


def at(name: str, route: str, path: str | Callable[[Walk], str] = "", who: str = OWNER, says: str = "") -> State:
    """A page as it is, nothing done before."""

    def show(walk: Walk) -> None:
        walk.goto(path(walk) if callable(path) else path or route)

    return State(name=name, route=route, show=show, who=who, says=says)


def with_account(name: str, route: str, says: str = "", **values: Any) -> State:
    def show(walk: Walk) -> None:
        walk.account(**values)
        walk.goto(route)

    return State(name=name, route=route, show=show, says=says)


def in_trouble(
    name: str, route: str, path: str | Callable[[Walk], str] = "", says: str = "Resume now", **wishes: Any
) -> State:
    """A page while a pause lasts, and Google has to be asked again: both are said on every page."""

    def show(walk: Walk) -> None:
        walk.wishes(**(wishes or {"paused": True}))
        walk.account(last_error="sign_in_lost", connection="lost")
        walk.goto(path(walk) if callable(path) else path or route)

    return State(name=name, route=route, show=show, says=says)


# -- What has to be done first ---------------------------------------------------------------------


def _wrong_welcome(walk: Walk) -> None:
    walk.goto("/welcome")
    walk.submit("#welcome", **{"first-time": ""})


def _wrong_settings(walk: Walk) -> None:
    walk.goto("/settings")
    walk.submit("form:has(#f-client_weeks)", client_weeks="999", country="")


def _wrong_season(walk: Walk) -> None:
    walk.goto("/settings")
    walk.submit("form[action='/seasons']", season_name="")


def _wrong_pause(walk: Walk) -> None:
    walk.goto("/settings")
    walk.submit("form:has(#f-pause_from)", pause_from="2026-05-02", pause_until="2026-05-01")


def _wrong_person(walk: Walk) -> None:
    walk.goto("/people/add")
    walk.submit("form[action='/people/add']")


def _wrong_go(walk: Walk) -> None:
    walk.goto(walk.go())
    walk.submit("#f-save", **{f"promise_on-{walk.contact()}": "2020-01-01"})


def _wrong_memory(walk: Walk) -> None:
    walk.goto(_person(walk))
    walk.submit("form:has(#f-promise)", promise="Send it", promise_on="2020-01-01")


def _wrong_rule(walk: Walk) -> None:
    walk.goto(_rule(walk))
    walk.submit("form:has(#f-ideal)", ideal="")


def _welcome_preview(walk: Walk) -> None:
    walk.goto("/welcome")
    walk.page.locator("button[formaction^='/welcome/preview']").click()
    walk.page.wait_for_selector("#forecast li")


def _paused_without_blocks(walk: Walk) -> None:
    walk.wishes(paused=True)
    _no_block(walk)


def _not_sure_enough(walk: Walk) -> None:
    walk.goto("/settings/delete")
    walk.submit("form[action='/settings/delete']")


def _preview(walk: Walk) -> None:
    walk.goto("/settings")
    walk.page.locator("button[formaction^='/settings/preview']").click()
    walk.page.wait_for_selector("#forecast")


def _no_block(walk: Walk) -> None:
    with walk.running.services.db.write() as session:
        rows = list(session.query(BlockRow).filter_by(account_id=ACCOUNT))
        before = {row.id: row.state for row in rows}
        for row in rows:
            row.state = BlockState.RETIRED.value

    def back() -> None:
        with walk.running.services.db.write() as session:
            for row in session.query(BlockRow).filter_by(account_id=ACCOUNT):
                row.state = before[row.id]

    walk.undo.callback(back)
    walk.goto("/today")


def _reached(walk: Walk) -> None:
    walk.goto("/today")
    walk.page.locator("button[name=outcome][value=reached]").first.click()
    walk.page.locator(".is-done .said button").first.wait_for()

    def back() -> None:
        walk.page.locator(".is-done .said button").first.click()
        walk.page.locator(".is-done").wait_for(state="detached")
        settled(walk.running)

    walk.undo.callback(back)


def _import_looked(walk: Walk) -> None:
    walk.goto("/people/add")
    walk.page.locator("form[action='/people/import'] textarea").first.fill("Nora Neu, nora@neu.example\n%%%\n")
    walk.page.locator("form[action='/people/import'] button").first.click()
    walk.page.wait_for_load_state()


def _person(walk: Walk) -> str:
    return f"/people/{walk.contact()}"


def _rule(walk: Walk) -> str:
    return f"/settings/blocks/{walk.running.services.views.settings(ACCOUNT).rule.key}"


BEFORE_SAVE = (
    at("landing", "/", who=STRANGER, says="A little time each week"),
    at("landing-refused", "/oauth/callback", "/oauth/callback?error=access_denied", who=STRANGER),
    at("about", "/about", who=STRANGER),
    at("privacy", "/privacy", who=STRANGER),
    at("docs", "/docs", who=STRANGER),
    at("not-found", "", "/nowhere", who=STRANGER, says="There is no such page"),
    with_account("first-read", "/welcome", says="Reading your calendar", outlook={}),
    at("welcome", "/welcome", says="We found these people"),
    State(name="welcome-preview", route="/welcome", show=_welcome_preview, says="not saved"),
    State(name="welcome-wrong", route="/welcome", show=_wrong_welcome, says="Not saved yet"),
    at("today-empty", "/today", who=EMPTY, says="No block ahead"),
    at("people-empty", "/people", who=EMPTY),
    at("welcome-empty", "/welcome", who=EMPTY),
)

AFTER_SAVE = (
    at("today", "/today", says="nothing to sell"),
    State(name="today-reached", route="/today", show=_reached, says="What did you learn?"),
    State(name="today-no-block", route="/today", show=_no_block, says="No block ahead"),
    with_account("today-unavailable", "/today", says="could not be reached", last_error="unavailable"),
    with_account("today-reconnect", "/today", says="Reconnect Google", last_error="sign_in_lost", connection="lost"),
    State(name="today-paused", route="/today", show=_paused_without_blocks, says="while the pause lasts"),
    in_trouble(
        "today-in-trouble", "/today", paused_from="2026-01-01", paused_until="2099-12-31", says="until and including"
    ),
    at("people", "/people"),
    at("people-unsure", "/people", "/people?show=unsure"),
    at("people-left", "/people", "/people?show=left"),
    in_trouble("people-in-trouble", "/people"),
    at("people-searched", "/people", "/people?q=zzzz"),
    at("people-add", "/people/add"),
    State(name="people-add-wrong", route="/people/add", show=_wrong_person, says="to mend"),
    State(name="people-import", route="/people/add", show=_import_looked),
    at("person", "/people/{contact_id}", _person),
    State(name="person-wrong", route="/people/{contact_id}", show=_wrong_memory, says="to mend"),
    in_trouble("person-in-trouble", "/people/{contact_id}", _person),
    at("go", "/go/{token}", Walk.go),
    at("go-gone", "/go/{token}", "/go/nothing"),
    State(name="go-wrong", route="/go/{token}", show=_wrong_go),
    at("settings", "/settings"),
    State(name="settings-wrong", route="/settings", show=_wrong_settings, says="Not saved yet"),
    State(name="settings-season-wrong", route="/settings", show=_wrong_season, says="Not saved yet"),
    State(name="settings-preview", route="/settings", show=_preview),
    in_trouble("settings-in-trouble", "/settings"),
    at("rule", "/settings/blocks/{rule_key}", _rule),
    State(name="rule-wrong", route="/settings/blocks/{rule_key}", show=_wrong_rule, says="to mend"),
    at("rule-new", "/settings/blocks/{rule_key}", "/settings/blocks/new"),
    at("data", "/settings/data"),
    at("delete", "/settings/delete"),
    State(name="delete-unsure", route="/settings/delete", show=_not_sure_enough),
    at("year", "/year"),
    in_trouble("year-in-trouble", "/year"),
    at("about-signed-in", "/about"),
    at("privacy-signed-in", "/privacy"),
)
NO_PAGE = {
    "/favicon.ico": "an icon",
    "/connect": "leads away to Google",
    "/settings/preview": "leads back to the settings",
    "/settings/blocks/{rule_key}/preview": "leads back to the rule",
    "/settings/data/people.csv": "a file",
    "/settings/data/blocks.ics": "a file",
    "/settings/data/everything.json": "a file",
    "/welcome/preview": "leads back to the welcome page",
    "/feed/{feed}.ics": "a file",
    "/healthz": "JSON",
    "/readyz": "JSON",
    "/metrics": "Prometheus' text",
    "/static": "files",
}
"""Routes that answer GET with something else than a page of ours."""
