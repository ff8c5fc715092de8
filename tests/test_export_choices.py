"""Several choices in one cell, the columns of a question, and headings with brackets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib.exports.choices import are_several, choices_in, may_be_labels, whole_choices
from cxlib.exports.found import Found, columns_of
from cxlib.exports.headings import bracketed
from cxlib.exports.personal import is_personal


@pytest.mark.parametrize(
    ("cell", "separator", "choices"),
    [
        ("Emails;Social media", ";", ["Emails", "Social media"]),
        ("Emails, Deal sites (fave, iprice, etc...)", ", ", ["Emails", "Deal sites (fave, iprice, etc...)"]),
        ("Other [a, b], Tea", ", ", ["Other [a, b]", "Tea"]),
        ("Nice :), cheap", ", ", ["Nice :)", "cheap"]),
        ("Dear (and slow, cheap", ", ", ["Dear (and slow", "cheap"]),
        ("RM25,000, RM50,000", ", ", ["RM25,000", "RM50,000"]),
        ("Kaffe; varm;Te", ";", ["Kaffe; varm", "Te"]),
        (";Te;;", ";", ["Te"]),
        ("", ";", []),
    ],
)
def test_where_one_choice_ends(cell, separator, choices):
    assert choices_in(cell, separator) == choices


@pytest.mark.parametrize(
    ("cells", "separator", "are"),
    [
        (["Tea;Milk", "Tea", "Milk;Cake"], ";", True),
        (["Tea", "Milk"], ";", False),
        (["it was good;cheap", "slow;but fine"], ";", False),
        (["Tea, Milk", "Tea", "Milk"], ", ", True),
        (["Malmö, Sweden", "Lund, Sweden", "Lund, Sweden"], ", ", False),
        (["Good, cheap", "Nice, but slow", "Fine"], ", ", False),
        (["no, no", "no"], ", ", False),
        (["Yes", "Yes, often", "Yes", "Yes, often", "No", "No, never", "No, never"], ", ", False),
        (["Lund, Sweden", "Lund", "Malmö, Sweden", "Malmö"], ", ", False),
        (["Price", "Range, Stock, Price", "Range, Stock", "Price, Service", "Service"], ", ", True),
        ([], ";", False),
    ],
)
def test_whether_cells_hold_several_choices(cells, separator, are):
    assert are_several(cells, separator) == are


def test_a_choice_that_holds_the_separator_stays_whole():
    cells = ["Yes, often, Tea", "Yes, often", "Tea", "Milk, Tea"]
    whole = whole_choices(cells, ", ")
    assert whole == {"Yes, often"}
    assert choices_in("Yes, often, Tea", ", ", whole) == ["Yes, often", "Tea"]
    assert are_several(cells, ", ")


def test_pieces_that_never_part_are_one_choice_though_both_begin_with_a_capital():
    cells = ["Price", "Range, Stock", "Price, Range, Stock", "Range, Stock, Service", "Service"]
    assert whole_choices(cells, ", ") == {"Range, Stock"}
    assert whole_choices(cells[:2], ", ") == frozenset()  # once together may be chance


def test_labels_that_hold_the_separator_are_told_from_choices_that_stand_in_any_order():
    labels = ["Yes", "Yes, often", "Yes", "Yes, often", "No"]
    assert may_be_labels(labels, ", ")
    assert not may_be_labels([*labels, "often, No"], ", ")
    assert not may_be_labels(["Yes;often", "Yes"], ";")


CHOICE = st.text("abcÅ é0.,", min_size=1, max_size=6).map(str.strip).filter(bool)


@given(st.lists(CHOICE, min_size=1, max_size=6))
def test_choices_that_were_joined_come_back(choices):
    assert choices_in(";".join(choices), ";") == choices


@given(st.lists(st.text("ab(),; ", max_size=10), max_size=8), st.sampled_from([";", "; ", ", "]))
def test_no_letter_of_a_cell_is_lost(cells, separator):
    whole = whole_choices(cells, separator)
    for cell in cells:
        kept = "".join(choices_in(cell, separator, whole))
        assert sorted(letter for letter in kept if letter in "ab()") == sorted(
            letter for letter in cell if letter in "ab()"
        )


def test_names_that_come_twice_and_options_without_one_are_numbered():
    found = [
        Found(positions=(3, 1), name="Q", text="Which?", role="option", options=("Tea", "")),
        Found(positions=(2,), name="Q", text="Why?"),
        Found(positions=(0,), name="id", text="id", role="respondent"),
    ]
    columns = columns_of(found)
    assert [(column.position, column.name, column.option) for column in columns] == [
        (0, "id", ""),
        (1, "Q", "option 2"),
        (2, "Q (2)", ""),
        (3, "Q", "Tea"),
    ]


@pytest.mark.parametrize(
    ("heading", "parts"),
    [
        ("How is it? [Coffee]", ("How is it?", "Coffee")),
        ("Q1[SQ001]", ("Q1", "SQ001")),
        ("How often? []", ("How often?", "")),
        ("How? [a] [b [c]]", ("How? [a]", "b [c]")),
        ("How is it?", None),
        ("[How] is it?", None),
        ("How is it?]", None),
    ],
)
def test_the_row_in_brackets_behind_a_question(heading, parts):
    assert bracketed(heading) == parts


def test_details_of_a_person_are_known_in_brackets_and_in_a_list():
    assert is_personal("Contact details [Name:]", [])
    assert not is_personal("Contact details [City:]", ["Lund"])
    assert is_personal("4. How do we reach you?", ["Ada; Lovelace; ada@example.com", "Bo; Ek; +46 70 123 45 67"])
