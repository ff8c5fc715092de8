"""What study.toml may say, and what is said of it where it may not."""

from __future__ import annotations

import re

import pytest

from cxlib.archetypes import ARCHETYPES
from cxlib.settings import Settings, read_settings


@pytest.fixture
def read(tmp_path):
    def read(toml: str | bytes):
        path = tmp_path / "study.toml"
        path.write_bytes(toml if isinstance(toml, bytes) else toml.encode("utf-8"))
        return read_settings(path)

    return read


def test_an_empty_file_gives_the_defaults(read, tmp_path):
    settings, problems = read("")
    assert not problems
    assert settings == Settings(name=tmp_path.name)
    assert (settings.timezone, settings.language, settings.max_rejected_share) == ("UTC", "en", 0.05)
    assert {name: (scale.minimum, scale.maximum, scale.expected) for name, scale in settings.scales.items()} == {
        "csat": (1, 5, 3),
        "nps": (0, 10, 7.5),
        "ces": (1, 7, 4),
    }


def test_archetypes_hold_the_ratings_of_the_three_point_model():
    assert ARCHETYPES == {
        "restaurant": {"purchase": 3, "consumption": 3, "payment": 2},
        "e-commerce": {"purchase": 3, "consumption": 2, "payment": 3},
        "streaming subscription": {"purchase": 2, "consumption": 3, "payment": 2},
        "infrastructure subscription": {"purchase": 3, "consumption": 1, "payment": 3},
    }


FULL = """
name = "Fjordkraft"
timezone = "Europe/Stockholm"
currency = "SEK"
language = "sv"
archetype = "district heating"
max_rejected_share = 0.1

[scales.nps]
min = 0
max = 10
expected = 7.5
counts_as_experience = false

[scales.wait]
min = 0
max = 60
expected = 10
better = "lower"

[scales.delivery]
kind = "date"
full_effect_days = 7

[archetypes."district heating"]
purchase = "low"
consumption = "medium"
payment = 2.5

[tables.events]
file = "export/log.txt"
encoding = "cp1252"
delimiter = "tab"
decimal = ","
scale = "wait"

[tables.events.scales]
"home delivery" = "delivery"

[tables.events.columns]
customer_id = "kund_nr"

[tables.responses]
sql = "responses.sql"
"""


def test_everything_that_can_be_said(read):
    settings, problems = read(FULL)
    assert not problems
    assert settings.zone.key == "Europe/Stockholm"
    assert settings.archetypes[settings.archetype] == {"purchase": 1, "consumption": 2, "payment": 2.5}
    assert settings.archetypes["restaurant"] == ARCHETYPES["restaurant"]
    assert not settings.scales["nps"].counts_as_experience
    assert settings.default_event_scale is settings.scales["wait"]
    assert settings.default_event_scale.better == "lower"
    delivery = settings.event_scales["home delivery"]
    assert (delivery.is_date, delivery.full_effect_days, delivery.expected) == (True, 7, 0)
    events = settings.tables["events"]
    assert (events.file, events.encoding, events.delimiter, events.decimal) == ("export/log.txt", "cp1252", "\t", ",")
    assert events.columns == {"customer_id": "kund_nr"}
    assert settings.tables["responses"].sql == "responses.sql"
    assert ARCHETYPES.keys() == {
        "restaurant",
        "e-commerce",
        "streaming subscription",
        "infrastructure subscription",
    }, "a study's own archetypes stay in its settings"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("nmae = 'x'", "column nmae: unknown key; allowed: .*; did you mean 'name'?"),
        ("name = 3", "column name: must be text, found '3'"),
        ("timezone = 'Europe/Stokholm'", "column timezone: unknown name.*did you mean 'Europe/Stockholm'"),
        ("language = 'se'", "column language: unknown name, found 'se'; allowed: en, sv"),
        ("archetype = 'resturant'", "column archetype: unknown name.*did you mean 'restaurant'"),
        ("max_rejected_share = 5", "max_rejected_share: is not an allowed number.*from 0 to 1"),
        ("max_rejected_share = true", "max_rejected_share: is not an allowed number"),
        ("max_rejected_share = nan", "max_rejected_share: is not an allowed number"),
        ("scales = 3", "column scales: must be a table"),
        ("[scales]\na = 1", r"column scales.a: must be a table"),
        ("[scales.a]\nmin = 1\nmax = 5", "scales.a.expected: is missing"),
        ("[scales.a]\nmin = 5\nmax = 5\nexpected = 5", "scales.a.min: must be less than max, found '5'"),
        ("[scales.a]\nmin = 1\nmax = 5\nexpected = 6", "expected: outside its scale, found '6'; allowed: 1 to 5"),
        ("[scales.a]\nmin = 1\nmax = 5\nexpected = 3\nbetter = 'high'", "better: unknown name.*did you mean 'higher'"),
        ("[scales.a]\nkind = 'dates'\nmin=1\nmax=5\nexpected=3", "kind: unknown name.*did you mean 'date'"),
        ("[scales.a]\nkind = 'date'", "full_effect_days: is missing"),
        ("[scales.a]\nkind = 'date'\nfull_effect_days = 0", "full_effect_days: must be more than 0"),
        ("[scales.a]\nkind = 'date'\nfull_effect_days = 7\nmin = 1", "scales.a.min: unknown key"),
        ("[scales.a]\nmin=1\nmax=5\nexpected=3\ncounts_as_experience = 'no'", "must be true or false"),
        ("[archetypes.a]\npurchase='hihg'\nconsumption=1\npayment=1", "rating, found 'hihg'.*did you mean 'high'"),
        ("[archetypes.a]\npurchase=-1\nconsumption=1\npayment=1", "purchase: is not a rating, found '-1'"),
        ("[archetypes.a]\npurchase=1\nconsumption=1", "archetypes.a.payment: is missing"),
        ("[archetypes.a]\npurchase=0\nconsumption=0\npayment=0", "every rating is 0"),
        ("[tables.event]\nfile='a.csv'", "unknown table, found 'event'.*did you mean 'events'"),
        ("[tables.events]\nfiel='a.csv'", "tables.events.fiel: unknown key.*did you mean 'file'"),
        ("[tables.events]\nfile='/etc/passwd'", "leaves the study's folder"),
        ("[tables.events]\nfile='../a.csv'", "leaves the study's folder"),
        ("[tables.events]\nfile='a/../../b.csv'", "leaves the study's folder"),
        ("[tables.events]\nfile='C:\\a.csv'", "leaves the study's folder"),
        ("[tables.events]\nfile='..\\a.csv'", "leaves the study's folder"),
        ("[tables.events]\nsql='../a.sql'", "tables.events.sql: leaves the study's folder"),
        ("[tables.events]\nfile='a.csv'\nsql='a.sql'", "a file or an sql statement, not both"),
        ("[tables.events]\nencoding='utf8x'", "encoding: unknown encoding"),
        ("[tables.events]\nencoding='hex'", "encoding: unknown encoding"),
        ("[tables.events]\ndelimiter=';;'", "delimiter: is not a delimiter, found ';;'"),
        ("[tables.events]\ndecimal=';'", "decimal: unknown name, found ';'; allowed: ., ,"),
        ("[tables.events]\nscale='cast'", "tables.events.scale: unknown scale, found 'cast'.*did you mean 'csat'"),
        ("[tables.events.scales]\ninvoice='npps'", "tables.events.scales.invoice: unknown scale.*did you mean 'nps'"),
        (f"[scales.a]\nmin = 0\nmax = 1{400 * '0'}\nexpected = 0", "scales.a.max: is not an allowed number"),
        (f"[scales.a]\nmin = 0\nmax = 0x{5000 * 'f'}\nexpected = 0", "found 'a number of very many digits'"),
        ("[scales.a]\nmin = -1e308\nmax = 1e308\nexpected = 0", "scales.a.max: is too far from min"),
        (f"[archetypes.a]\npurchase=1{400 * '0'}\nconsumption=1\npayment=1", "purchase: is not a rating"),
        ("[archetypes.a]\npurchase=1e308\nconsumption=1e308\npayment=1", "ratings are too large to be added"),
        ('[tables.events]\ndelimiter = "\\u0000"', "delimiter: is not a delimiter"),
        ('[tables.events]\ndelimiter = "\\u0001"', "delimiter: is not a delimiter"),
        ("timezone = 'localtime'", "timezone: unknown name"),
        ("timezone = 'Factory'", "timezone: unknown name"),
        ("[tables.responses]\nscale='csat'", "tables.responses.scale: unknown key"),
        ("[tables.events.columns]\ncustomer='x'", "unknown column of events.*did you mean 'customer_id'"),
    ],
)
def test_each_mistake_is_named(read, toml, message):
    settings, problems = read(toml)
    assert settings is not None
    text = "\n".join(map(str, problems))
    assert len(problems) == 1, text
    assert text.startswith("study.toml")
    assert re.search(message, text), text


def test_all_mistakes_are_listed_at_once(read):
    _, problems = read('timezone = "Mars"\nlanguage = "no"\n[scales.a]\nmin = 9\nmax = 1\nexpected = 3\n')
    assert [problem.column for problem in problems] == ["scales.a.min", "timezone", "language"]


def test_what_is_not_toml_has_its_line(read):
    settings, problems = read('name = "x"\ntimezone = Europe/Stockholm\n')
    assert settings is None
    assert problems[0].row == 2
    assert "is not TOML" in problems[0].reason


def test_what_is_not_utf8_has_its_line(read):
    settings, problems = read(b'language = "sv"\nname = "Malm\xf6"\n')
    assert settings is None
    assert (problems[0].row, problems[0].reason) == (2, "not valid UTF-8, which TOML has to be")


def test_a_missing_file_names_the_nearest(tmp_path):
    (tmp_path / "study.tml").write_text("")
    settings, problems = read_settings(tmp_path / "study.toml")
    assert settings is None
    assert problems[0].nearest == "study.tml"


def test_labels_give_the_studys_own_names_in_a_language(write_study):
    folder = write_study({"study.toml": '[labels.sv]\n"Monthly invoice" = "Månadsfaktura"\n'})
    settings, problems = read_settings(folder / "study.toml")
    assert problems == []
    assert settings.labels == {"sv": {"Monthly invoice": "Månadsfaktura"}}


def test_labels_of_an_unknown_language_are_a_problem(write_study):
    folder = write_study({"study.toml": '[labels.se]\nInvoice = "Faktura"\n[labels.sv]\nInvoice = 3\n'})
    _, problems = read_settings(folder / "study.toml")
    assert [problem.column for problem in problems] == ["labels.se", "labels.sv.Invoice"]


@pytest.mark.parametrize("toml", ["a = " + 3000 * "[" + 3000 * "]", f"[a{3000 * '.a'}]", "a = " + 5000 * "1"])
def test_what_python_cannot_read_as_toml_is_a_problem(read, toml):
    settings, problems = read(toml)
    assert settings is None
    assert "cannot be read as TOML" in problems[0].reason
