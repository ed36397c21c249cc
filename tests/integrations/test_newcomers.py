"""People whom the user brings along: every usual way of writing them down is read, and nothing is lost silently."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.newcomers import MOST_BYTES, MOST_PEOPLE, Newcomer, TooLarge, decode, read_people

MARTA = Newcomer(name="Marta Lindqvist", addresses=("marta@ferro.example",), company="Ferro")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Marta Lindqvist <Marta@Ferro.example>", MARTA),
        ("marta@ferro.example", Newcomer(name="Marta", addresses=("marta@ferro.example",), company="Ferro")),
        ("Marta Lindqvist, Ferro & Sons", Newcomer(name="Marta Lindqvist", company="Ferro & Sons")),
        ("Marta Lindqvist, marta@ferro.example", MARTA),
        ("Lindqvist, Marta <marta@ferro.example>", MARTA),
        ("- Marta Lindqvist <marta@ferro.example>", MARTA),
        ("3. Marta Lindqvist <marta@ferro.example>", MARTA),
        ("Marta Lindqvist", Newcomer(name="Marta Lindqvist")),
        ("Marta Lindqvist\tFerro", Newcomer(name="Marta Lindqvist", company="Ferro")),
        ("Zoë O'Neill - Müller GmbH", Newcomer(name="Zoë O'Neill", company="Müller GmbH")),
        (
            "Marta Lindqvist, Ferro, +46 8 123 456 78",
            Newcomer(name="Marta Lindqvist", company="Ferro", phone="+46 8 123 456 78"),
        ),
        ("anna.berg@gmail.com", Newcomer(name="Anna Berg", addresses=("anna.berg@gmail.com",))),
    ],
)
def test_a_line_is_a_person(line: str, expected: Newcomer) -> None:
    assert read_people(line).people == (expected,)


def test_a_line_of_a_mail_programs_recipients_is_several() -> None:
    found = read_people("Marta Lindqvist <marta@ferro.example>, Ben Birch <ben@birch.example>; c@cedar.example")
    assert [one.addresses[0] for one in found.people] == ["marta@ferro.example", "ben@birch.example", "c@cedar.example"]


def test_what_cannot_be_read_is_told_with_its_line() -> None:
    found = read_people("Marta Lindqvist\n\n???\nfoo@bar\n" + "x" * 600)
    assert [(one.line, one.text[:7]) for one in found.unread] == [(3, "???"), (4, "foo@bar"), (5, "xxxxxxx")]
    assert all(one.why.endswith(".") for one in found.unread)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize(
    "header",
    [
        ("First Name", "Last Name", "E-mail Address", "Company", "Business Phone"),
        ("Vorname", "Nachname", "E-Mail-Adresse", "Firma", "Telefon geschäftlich"),
        ("Given Name", "Family Name", "E-mail 1 - Value", "Organization Name", "Phone 1 - Value"),
    ],
)
def test_tables_with_headers_in_two_languages(separator: str, header: tuple[str, ...]) -> None:
    row = ("Marta", "Lindqvist", "Marta@Ferro.example", '"Ferro & Sons"', "+46 8 123 45 67")
    found = read_people("\n".join(separator.join(cells) for cells in (header, row)))
    assert found.people == (
        Newcomer(
            name="Marta Lindqvist", addresses=("marta@ferro.example",), company="Ferro & Sons", phone="+46 8 123 45 67"
        ),
    )


def test_a_table_with_gaps_quotes_and_nonsense() -> None:
    table = 'Name;E-Mail;Firma\n"Lindqvist, Marta";marta@ferro.example;\n;;\n;no address;\nBen Birch;;"Birch; Sons"\n'
    found = read_people(table)
    assert [(one.name, one.company) for one in found.people] == [
        ("Marta Lindqvist", "Ferro"),
        ("Ben Birch", "Birch; Sons"),
    ]
    assert [one.line for one in found.unread] == [4]
    assert read_people("sep=;\nName;E-Mail\nBen Birch;ben@birch.example").people[0].addresses == ("ben@birch.example",)


def test_a_table_of_several_addresses_keeps_them_all() -> None:
    found = read_people(
        "Name,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Value\nBen Birch,Work,b@x.example,b@y.example"
    )
    assert found.people[0].addresses == ("b@x.example", "b@y.example")


CARDS = """BEGIN:VCARD
VERSION:3.0
N:Lindqvist;Marta;;Dr.;
FN:Dr. Marta Lindqvist
ORG:Ferro\\, Sons & Co;Sales
EMAIL;TYPE=INTERNET:marta@ferro.example
item1.EMAIL;TYPE=home:marta.l
 @gmail.com
TEL;TYPE=CELL:+46 8 123 45 67
PHOTO;ENCODING=b:AAAA
 BBBB
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6=
rg
EMAIL:joerg@mueller.example
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Ben Birch
TEL;VALUE=uri;TYPE="voice,home":tel:+49-30-1234567
END:VCARD
BEGIN:VCARD
VERSION:4.0
ORG:Nobody
END:VCARD
"""


def test_cards_of_three_versions() -> None:
    found = read_people(CARDS.replace("\n", "\r\n"))
    assert found.people == (
        Newcomer(
            name="Marta Lindqvist",
            addresses=("marta@ferro.example", "marta.l@gmail.com"),
            company="Ferro, Sons & Co",
            phone="+46 8 123 45 67",
        ),
        Newcomer(name="Jörg Müller", addresses=("joerg@mueller.example",), company="Mueller"),
        Newcomer(name="Ben Birch", phone="+49-30-1234567"),
    )
    assert len(found.unread) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_what_offices_write_is_decoded(encoding: str) -> None:
    text = "Vorname;Nachname\nJörg;Müller\n"
    (one,) = read_people(decode(text.encode(encoding))).people
    assert one.name == "Jörg Müller"


def test_too_much_is_said_in_words() -> None:
    for too_much in (lambda: read_people("a@b.example\n" * (MOST_PEOPLE + 1)), lambda: decode(b"x" * (MOST_BYTES + 1))):
        with pytest.raises(TooLarge, match=r"nothing was added\.$"):
            too_much()


@settings(max_examples=150)
@given(data=st.binary(max_size=300) | st.integers().map(lambda seed: _mutated(seed)))
def test_nothing_breaks_it(data: bytes) -> None:
    found = read_people(decode(data))
    for one in found.people:
        assert one.name
        assert all(0 < len(address) <= 320 and address == address.lower() for address in one.addresses)
        assert not any(char in one.name + one.company + one.phone for char in "\n\r\x00\u202e")


def _mutated(seed: int) -> bytes:
    dice = random.Random(seed)
    data = bytearray((CARDS + "\nName;E-Mail\nBen;b@x.example\n").encode())
    for _ in range(dice.randrange(1, 12)):
        place = dice.randrange(len(data))
        if dice.random() < 0.5:
            del data[place : place + dice.randrange(1, 40)]
        else:
            data[place] = dice.randrange(256)
    return bytes(data)
