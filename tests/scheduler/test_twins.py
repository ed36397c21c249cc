"""Who may be one person: same name and company, or the same name where one address is private."""

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.twins import MOST_OF_A_NAME, Known, company_key, name_key, pairs


def known(key: int, name: str, company: str = "", *addresses: str) -> Known:
    return Known(key=key, name=name, company=company, addresses=addresses)


MARTA = known(1, "Marta Lindqvist", "Ferro Sons", "marta@ferro-sons.example")


def test_same_name_and_company_are_suggested() -> None:
    assert pairs([MARTA, known(2, "marta  LINDQVIST", "Ferro & Sons", "m.lindqvist@ferrosons.example")]) == [(1, 2)]


def test_another_company_is_another_person() -> None:
    assert pairs([MARTA, known(2, "Marta Lindqvist", "Halden", "marta@halden.example")]) == []


def test_free_mail_and_no_address_stand_against_no_company() -> None:
    private = known(2, "Marta Lindqvist", "", "marta.l@gmail.com")
    by_hand = known(3, "Marta Lindqvist")
    assert pairs([MARTA, private, by_hand]) == [(1, 2), (1, 3), (2, 3)]
    elsewhere = known(4, "Marta Lindqvist", "Halden")  # by hand, with a company that is another one
    assert pairs([MARTA, elsewhere]) == []


def test_other_names_and_names_of_one_word_are_nobodys_twin() -> None:
    assert pairs([MARTA, known(2, "Marta Lind", "Ferro Sons")]) == []
    assert pairs([known(1, "Marta", "Ferro"), known(2, "Marta", "Ferro")]) == []


def test_who_was_told_apart_is_not_suggested_again() -> None:
    twin = known(2, "Marta Lindqvist", "Ferro Sons")
    assert pairs([MARTA, twin], apart=[(2, 1)]) == []


def test_a_common_name_suggests_nothing() -> None:
    assert pairs([known(key, "Jan Novak") for key in range(MOST_OF_A_NAME)]) == []


def test_names_and_companies_are_compared_as_people_would() -> None:
    assert name_key("NOVÁK, Dr. Zoë") == name_key("Zoe Novak") == "zoe novak"
    assert company_key("Ferro & Sons GmbH") == company_key("ferro-sons") == "ferrosons"
    assert company_key("") == name_key(" ") == ""


PEOPLE = st.lists(
    st.builds(
        Known,
        key=st.integers(1, 50),
        name=st.sampled_from(["Ada Arbor", "ada arbor", "Ben Birch", "Ada", ""]) | st.text(max_size=20),
        company=st.sampled_from(["", "Ferro", "Halden GmbH"]),
        addresses=st.sampled_from([(), ("a@gmail.com",), ("a@ferro.example",)]),
    ),
    max_size=12,
    unique_by=lambda one: one.key,
)


@settings(max_examples=80)
@given(people=PEOPLE, data=st.data())
def test_the_order_does_not_matter_and_nobody_is_their_own_twin(people: list[Known], data: st.DataObject) -> None:
    found = pairs(people)
    assert found == pairs(data.draw(st.permutations(people)))
    assert all(first < second for first, second in found)
    assert pairs(people, apart=found) == []
