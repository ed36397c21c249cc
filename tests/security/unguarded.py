"""The guards, each with a small patch that takes it away and the test that has to fall without it: taking_away.py
does so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.security import patches

HERE = "tests/security/"


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """`off` takes it away for the rest of the process. `quick`: its test needs no service."""

    name: str
    off: Callable[[], None]
    falls: str
    quick: bool = False


SIGN_IN, ELSEWHERE = HERE + "test_sign_in.py::", HERE + "test_elsewhere.py::"

GUARDS = [
    Guard(
        name="changes from elsewhere (CSRF)",
        off=patches.instead("app.web.security.Security._comes_from_elsewhere", lambda _self, _scope: False),
        falls=ELSEWHERE + "test_every_change_from_elsewhere_is_refused",
    ),
    Guard(
        name="state: of this browser",
        off=patches.state_of_any_browser,
        falls=SIGN_IN + "test_the_answer_to_another_browsers_sign_in_is_refused",
    ),
    Guard(
        name="state: once",
        off=patches.state_again_and_again,
        falls=SIGN_IN + "test_a_state_works_once_even_when_it_led_nowhere",
    ),
    Guard(
        name="nonce",
        off=patches.instead("integrations.google.identity.hmac.compare_digest", lambda _one, _other: True),
        falls=SIGN_IN + "test_a_proof_that_is_not_for_this_sign_in_is_refused",
    ),
    Guard(name="PKCE", off=patches.no_pkce, falls=SIGN_IN + "test_a_stolen_code_is_worth_nothing_without_its_verifier"),
    Guard(
        name="audience",
        off=patches.any_audience,
        falls=SIGN_IN + "test_a_proof_that_is_not_for_this_sign_in_is_refused",
    ),
    Guard(
        name="issuer",
        off=patches.instead("integrations.google.identity._issuers", lambda _issuer: patches.AnyIssuer()),
        falls=SIGN_IN + "test_a_proof_that_is_not_for_this_sign_in_is_refused",
    ),
    Guard(
        name="signature of the proof",
        off=patches.any_signature,
        falls="tests/integrations/google/test_oauth.py::test_another_key_is_refused",
    ),
    Guard(
        name="a sign-in ends",
        off=patches.instead("app.services.connect.SIGN_IN_LASTS", timedelta(days=365)),
        falls=SIGN_IN + "test_a_sign_in_lasts_a_quarter_of_an_hour",
    ),
    Guard(
        name="who may join",
        off=patches.instead("app.services.connect.Connect._may_join", lambda *_, **__: True),
        falls=SIGN_IN + "test_who_is_let_in",
    ),
    Guard(
        name="one joins at a time",
        off=patches.instead("app.db.accounts.hold_the_door", lambda _session: None),
        falls=SIGN_IN + "test_who_comes_first_is_one_person",
    ),
    Guard(
        name="session id changes",
        off=patches.session_keeps_its_id,
        falls=SIGN_IN + "test_the_session_changes_its_id_at_sign_in",
    ),
    Guard(
        name="signed out is signed out",
        off=patches.instead("app.db.accounts.drop_session", lambda _session, _hash: None),
        falls=SIGN_IN + "test_after_signing_out_the_old_cookie_is_dead",
    ),
    Guard(
        name="a session ends",
        off=patches.sessions_without_an_end,
        falls=SIGN_IN + "test_a_session_ends_after_ninety_days_without_use",
    ),
    Guard(
        name="session ids hashed",
        off=patches.instead("app.services.connect.hashed", lambda secret: secret),
        falls=SIGN_IN + "test_the_database_holds_no_session_and_no_token",
    ),
    Guard(
        name="tokens sealed",
        off=patches.plain_tokens,
        falls=SIGN_IN + "test_the_database_holds_no_session_and_no_token",
    ),
    Guard(
        name="cookie flags",
        off=patches.cookies_for_scripts,
        falls=SIGN_IN + "test_cookies_are_kept_from_scripts_and_other_sites",
    ),
    Guard(
        name="cookies over https only",
        off=patches.cookies_over_http,
        falls=SIGN_IN + "test_on_https_cookies_are_secure_and_bound_to_the_host",
    ),
    Guard(name="escape", off=patches.no_escape, falls=HERE + "test_harmful_texts.py::test_pages_hold_them_as_text"),
    Guard(
        name="links stripped from texts",
        off=patches.instead("scheduler.richtext._cleaned", lambda text: text),
        falls=HERE + "test_harmful_texts.py::test_blocks_hold_our_links_and_no_other",
    ),
    Guard(
        name="signed link",
        off=patches.links_of_anybody,
        falls="tests/app/test_keys.py::test_each_changed_character_makes_it_nothing",
        quick=True,
    ),
    Guard(
        name="a link ends",
        off=patches.instead("app.services.links.expires_at", lambda _occurrence: datetime.max.replace(tzinfo=UTC)),
        falls=HERE + "test_at_rest.py::test_no_link_lives_longer_than_it_says",
        quick=True,
    ),
    Guard(
        name="looking changes nothing", off=patches.looking_is_noted, falls=ELSEWHERE + "test_looking_changes_nothing"
    ),
    *(
        Guard(
            name=f"tenant filter: {what}",
            off=patches.rows_of_anybody(function, table),
            falls=ELSEWHERE + test,
        )
        for what, function, table, test in (
            ("people", "people.row_of", "ContactRow", "test_ids_of_others_do_not_exist"),
            ("blocks", "blocks.block", "BlockRow", "test_ids_of_others_do_not_exist"),
            ("undo", "memory.take_saved", "UndoRow", "test_ids_of_others_do_not_exist"),
            ("seasons", "seasons.drop", "SeasonRow", "test_ids_of_others_do_not_exist"),
            ("what was saved", "memory.saved", "UndoRow", "test_what_another_account_saved_is_not_told"),
        )
    ),
    Guard(name="webhook token", off=patches.no_watch, falls=HERE + "test_tokens.py::test_hooks"),
    Guard(
        name="rate limit",
        off=patches.instead("app.web.rates.Buckets.wait", lambda _self, _kind, _address: 0),
        falls=HERE + "test_rates.py::test_a_whole_burst_is_allowed_and_one_more_is_not",
    ),
    Guard(
        name="rate limit in its place",
        off=patches.instead("app.web.rates.RateLimit._wait", lambda _self, _scope: 0),
        falls=HERE + "test_rates.py::test_a_flood_is_told_when_to_come_back",
    ),
    Guard(
        name="redirect check",
        off=patches.instead("app.web.back._PAGES", __import__("re").compile(r"[\s\S]*")),
        falls=HERE + "test_back.py::test_what_is_returned_to_has_no_room_for_another_host",
    ),
    Guard(name="headers", off=patches.no_headers, falls=ELSEWHERE + "test_every_answer_carries_the_headers"),
    Guard(
        name="log fields",
        off=patches.everything_in_the_log,
        falls=HERE + "test_log_lines.py::test_no_field_lets_a_name_through",
        quick=True,
    ),
    Guard(
        name="errors without their words in the log",
        off=patches.errors_in_their_own_words,
        falls=HERE + "test_logs.py::test_a_whole_life_leaves_nothing_personal_in_the_log",
    ),
    Guard(
        name="closed on a public address",
        off=patches.everybody_is_local,
        falls=HERE + "test_container.py::test_what_is_for_those_who_run_it_is_closed_on_a_public_address",
    ),
    Guard(
        name="no address that was read is opened",
        off=patches.opens_what_it_reads,
        falls=HERE + "test_outgoing.py::test_nothing_that_was_read_is_called",
    ),
    Guard(
        name="https to other machines",
        off=patches.instead("integrations.google.provider.is_safe", lambda _url: True),
        falls="tests/integrations/google/test_provider.py::test_addresses_that_are_refused",
        quick=True,
    ),
    Guard(
        name="no formula in a table",
        off=patches.instead("app.services.people_file._harmless", lambda cell: cell),
        falls="tests/app/test_people_file.py::test_what_would_be_a_formula_stays_to_be_read",
        quick=True,
    ),
    Guard(
        name="escape in calendar files",
        off=patches.calendar_texts_as_they_are,
        falls="tests/app/test_feed.py::test_the_file_is_as_the_standard_asks",
    ),
    Guard(
        name="the key fits the database",
        off=patches.instead("app.keys.Keys.decrypt", lambda _self, _sealed: "greenblock"),
        falls=HERE + "test_at_rest.py::test_rotation_seals_everything_with_the_newest_key",
    ),
    Guard(
        name="permission handed back",
        off=patches.instead("integrations.google.oauth.revoke", lambda _provider, _token: None),
        falls=HERE + "test_leaving.py::test_nothing_is_left",
    ),
    Guard(
        name="channels stopped",
        off=patches.instead("app.services.watch.stop", lambda _calendar, _account, _rows: None),
        falls=HERE + "test_leaving.py::test_nothing_is_left",
    ),
    Guard(
        name="erased rows are zeroed",
        off=patches.nothing_is_zeroed,
        falls=HERE + "test_leaving.py::test_freed_pages_of_the_file_hold_nothing",
    ),
    Guard(
        name="secrets out of exports",
        off=patches.instead("app.db.personal.shown_columns", lambda table: list(table.columns)),
        falls=HERE + "test_leaving.py::test_every_column_that_sounds_like_a_secret_is_marked_or_named",
        quick=True,
    ),
    Guard(
        name="write-ahead log cut off",
        off=patches.instead("app.db.engine.Database.overwrite_erased", lambda _self: None),
        falls=HERE + "test_leaving.py::test_freed_pages_of_the_file_hold_nothing",
    ),
    Guard(
        name="mode of the database file",
        off=patches.instead("app.db.engine._make_private", lambda _file: None),
        falls=HERE + "test_at_rest.py::test_the_database_is_its_owners_alone",
    ),
    Guard(
        name="size of bodies",
        off=patches.instead("app.web.bodies.MOST_BYTES", 10**9),
        falls=HERE + "test_bombs.py::test_no_route_reads_a_body_without_an_end",
    ),
    Guard(
        name="one export at a time",
        off=patches.instead("app.services.privacy.Privacy._one_at_a_time", lambda _self, _account: nullcontext()),
        falls="tests/app/test_export.py::test_it_is_said_where_one_is_under_way",
    ),
]
