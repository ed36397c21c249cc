"""A log line can hold what FIELDS allows and nothing else, whatever the code that writes it does."""

from __future__ import annotations

import ast
import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logs import FIELDS, JsonFormatter, TextFormatter

ROOT = Path(__file__).resolve().parents[2]
CANARY = "anna@alder.example Anna Alder"
FORMATTERS = [TextFormatter(), JsonFormatter()]


def line(formatter: logging.Formatter, name: str, message: str, *args: object, **fields: object) -> str:
    record = logging.getLogger(name).makeRecord(
        name, logging.WARNING, "/x/place.py", 7, message, args, None, extra=fields or None
    )
    return formatter.format(record)


@pytest.mark.parametrize("formatter", FORMATTERS)
@pytest.mark.parametrize("name", [*FIELDS, "email", "title", "who"])
def test_no_field_lets_a_name_through(formatter: logging.Formatter, name: str) -> None:
    for value in (CANARY, [CANARY], {"a": CANARY}, Exception(CANARY), CANARY.encode(), "Anna Alder", "a@b.example"):
        said = line(formatter, "greenblock.x", "happened", **{name: value})
        assert "Anna" not in said
        assert "@" not in said
        assert "happened" in said


@given(name=st.sampled_from(sorted(FIELDS)), value=st.text(min_size=1))
def test_no_value_breaks_a_line_or_carries_a_sentence(name: str, value: str) -> None:
    for formatter in FORMATTERS:
        said = line(formatter, "greenblock.x", "happened", **{name: value})
        assert len(said.splitlines()) == 1
        assert "@" not in said
        assert not any(ord(char) < 32 or ord(char) > 126 for char in said)


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_fields_of_their_form_are_there(formatter: logging.Formatter) -> None:
    said = line(formatter, "greenblock.x", "happened", account=7, fault="quota", path="/people/{contact_id}", reason="")
    assert all(part in said for part in ("happened", "7", "quota", "/people/{contact_id}"))


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_libraries_are_told_by_their_place(formatter: logging.Formatter) -> None:
    said = line(formatter, "some.library", "Could not send to %s", CANARY)
    assert "Anna" not in said
    assert "some.library" in said
    assert "place:7" in said


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_a_sentence_of_our_own_is_no_event(formatter: logging.Formatter) -> None:
    assert "Anna" not in line(formatter, "greenblock.x", f"Could not read {CANARY}")
    assert "Anna" not in line(formatter, "greenblock.x", "could_not_read %s", CANARY)


def test_json_stays_json() -> None:
    said = json.loads(line(JsonFormatter(), "greenblock.x", "happened", account=1))
    assert {name: said[name] for name in ("level", "event", "account")} == {
        "level": "warning",
        "event": "happened",
        "account": 1,
    }


def calls() -> list[tuple[str, ast.Call]]:
    """Every line of log that the program writes."""
    found = []
    for room in ("app", "integrations", "scheduler"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id in {"log", "logger", "logging"}
                    and node.func.attr in {"debug", "info", "warning", "error", "exception", "critical", "log"}
                ):
                    found.append((f"{path.relative_to(ROOT)}:{node.lineno}", node))
    return found


def test_every_event_has_a_name_and_fields_that_are_printed() -> None:
    assert len(calls()) >= 8
    for where, call in calls():
        (event,) = call.args
        assert isinstance(event, ast.Constant), f"{where}: the event is a name, its particulars are fields"
        assert str(event.value).replace("_", "").isalpha(), where
        for keyword in call.keywords:
            if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict):
                names = {key.value for key in keyword.value.keys if isinstance(key, ast.Constant)}
                assert names <= FIELDS.keys(), f"{where}: {names - FIELDS.keys()} is not printed; see app/logs.py"
