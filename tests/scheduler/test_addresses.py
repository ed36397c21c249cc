"""Whose an address is, as far as the address alone says."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.addresses import (
    FREE_MAIL,
    NOT_A_PERSON,
    domain_of,
    in_domains,
    is_free_mail,
    own_domains,
    registered_domain,
)


def rule_of(address: str) -> str:
    return next((rule for rule, holds, _ in NOT_A_PERSON if holds(address)), "")


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("mail.ferro.co.uk", "ferro.co.uk"),
        ("ferro.de", "ferro.de"),
        ("a.b.ferro.example", "ferro.example"),
        ("intern.local", "intern.local"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
        ("ferro.github.io", "github.io"),
        ("", ""),
    ],
)
def test_registered_domain(domain: str, expected: str) -> None:
    assert registered_domain(domain) == expected


def test_the_suffix_list_comes_without_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("no network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert registered_domain("never.asked.before.co.jp") == "before.co.jp"


def test_own_domains() -> None:
    assert own_domains("ines@mail.brandt.co.uk") == frozenset({"brandt.co.uk"})
    assert own_domains("ines@googlemail.com") == frozenset()
    assert own_domains("ines@mail.gmx.de") == frozenset()
    assert own_domains("") == frozenset()


def test_a_domain_holds_those_below_it_and_no_others() -> None:
    own = frozenset({"brandt.example"})
    assert in_domains("brandt.example", own)
    assert in_domains("lab.brandt.example", own)
    assert not in_domains("notbrandt.example", own)
    assert not in_domains("brandt.example.com", own)
    assert not in_domains("", own)


@pytest.mark.parametrize(
    "address",
    [
        "marta.lindqvist@ferro.example",
        "info@ferro.example",
        "hello@studio.example",
        "office@kanzlei.example",
        "friedrich.list@uni.example",
        "lydia.booker@firm.example",
        "jane.doe@zoom.us",
        "jane.doe@cisco.com",
        "3405691@qq.com",
        "mark.meet@firm.example",
        "callum.all@firm.example",
        "",
    ],
)
def test_people_are_people(address: str) -> None:
    assert rule_of(address) == ""


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("conference-room@ferro.example", "room"),
        ("room.12@ferro.example", "room"),
        ("en.german#holiday@group.v.calendar.google.com", "calendar"),
        ("do_not_reply+77@bank.example", "automatic"),
        ("acme-noreply@firm.example", "automatic"),
        ("calendar-notification@google.com", "automatic"),
        ("fred@fireflies.ai", "automatic"),
        ("help@hoster.example", "desk"),
        ("customer.service@shop.example", "desk"),
        ("support-de@shop.example", "desk"),
        ("all@ferro.example", "list"),
        ("all-hands@ferro.example", "list"),
        ("sales-team@ferro.example", "list"),
        ("hr@ferro.example", "list"),
        ("alumni@googlegroups.com", "list"),
        ("meet@chime.aws", "bridge"),
        ("83920011@zoom.us", "bridge"),
        ("teams@video.ferro.example", "bridge"),
        ("room7@firm.webex.com", "room"),
        ("jane@firm.webex.com", "bridge"),
        ("conf.48213377@bridge.confero.example", "bridge"),
    ],
)
def test_nobody_s_addresses(address: str, rule: str) -> None:
    assert rule_of(address) == rule


def test_free_mail_is_written_as_registered_domains() -> None:
    assert {"gmail.com", "gmx.de", "outlook.com", "yahoo.co.uk", "icloud.com", "proton.me"} <= FREE_MAIL
    assert all(domain == domain.lower() == registered_domain(domain) for domain in FREE_MAIL)
    assert not is_free_mail("ferro.example")


@given(st.text(max_size=60))
def test_no_address_raises(address: str) -> None:
    rule_of(address)
    registered_domain(domain_of(address))
    own_domains(address)
