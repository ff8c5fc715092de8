"""The catalogues are whole in both languages, and numbers and dates look as they are written there."""

import tomllib
from importlib import resources

import altair as alt
import pandas as pd
import pytest

from cxlib.errors import CxError, ParameterError
from cxlib.language import ENGLISH, LOCALES, Language, UnknownTextError, catalogue, placeholders

NBSP = "\N{NO-BREAK SPACE}"
EN, SV = Language("en"), Language("sv")
OCTOBER = pd.Timestamp("2026-10-08")


@pytest.mark.parametrize("code", LOCALES)
def test_the_catalogues_have_the_same_keys_and_placeholders_and_no_empty_text(code):
    english, other = catalogue("en"), catalogue(code)
    assert english.keys() == other.keys()
    for key, text in other.items():
        assert isinstance(text, str) and text.strip(), key
        assert placeholders(text) == placeholders(english[key]), key


def test_the_catalogue_files_are_plain_nested_tables():
    for code in LOCALES:
        file = resources.files("cxlib") / "locale" / f"{code}.toml"
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        assert {"names", "charts"} <= tables.keys()


def test_terms_of_the_articles():
    assert SV.text("names.phase.consumption") == "Konsumtion"
    assert [SV.text(f"names.zone.{zone}") for zone in ("at_risk", "thin", "cushioned")] == [
        "I riskzonen",
        "Tunn marginal",
        "Med buffert",
    ]
    assert ENGLISH.text("names.zone.cushioned") == "Cushioned"


def test_text_fills_placeholders():
    shown = SV.text("charts.common.base_customers", month=SV.month(OCTOBER), n=SV.number(1860))
    assert shown == f"Bas i oktober 2026: 1{NBSP}860 kunder."


def test_an_unknown_text_names_the_nearest():
    with pytest.raises(UnknownTextError, match=r"no text 'charts.capital.titel'; did you mean 'charts.capital.title'"):
        EN.text("charts.capital.titel")
    assert issubclass(UnknownTextError, CxError) and issubclass(UnknownTextError, LookupError)


def test_a_missing_placeholder_is_named():
    with pytest.raises(UnknownTextError, match=r"'charts.common.base_customers' needs a value for month, n"):
        EN.text("charts.common.base_customers")


def test_an_unknown_language_is_refused():
    with pytest.raises(ParameterError, match="language is 'sv_'; allowed: en, sv; did you mean 'sv'"):
        Language("sv_")
    with pytest.raises(ParameterError, match=r"language is 'klingon'; allowed: en, sv$"):
        Language("klingon")


def test_a_language_is_a_value():
    assert Language() == Language("en") and hash(Language("sv")) == hash(SV)
    with pytest.raises(AttributeError):
        SV.code = "en"


@pytest.mark.parametrize(
    ("x", "decimals", "english", "swedish"),
    [
        (12345.678, 0, "12,346", f"12{NBSP}346"),
        (12345.678, 2, "12,345.68", f"12{NBSP}345,68"),
        (-1.5, 1, "−1.5", "−1,5"),
        (-0.04, 1, "0.0", "0,0"),
        (float("nan"), 1, "–", "–"),
        (pd.NA, 0, "–", "–"),
    ],
)
def test_numbers(x, decimals, english, swedish):
    assert EN.number(x, decimals) == english
    assert SV.number(x, decimals) == swedish


def test_signed_numbers_have_a_sign_unless_they_show_as_zero():
    assert [SV.signed(x, 1) for x in (3.44, -3.44, 0.04, -0.04, 0)] == ["+3,4", "−3,4", "0,0", "0,0", "0,0"]
    assert EN.signed(float("nan")) == "–"


@pytest.mark.parametrize(
    ("share", "decimals", "english", "swedish"),
    [
        (0.123, 0, "12%", f"12{NBSP}%"),
        (0.1234, 1, "12.3%", f"12,3{NBSP}%"),
        (-0.5, 0, "−50%", f"−50{NBSP}%"),
        (pd.NA, 0, "–", "–"),
    ],
)
def test_percentages(share, decimals, english, swedish):
    assert EN.percent(share, decimals) == english
    assert SV.percent(share, decimals) == swedish


def test_dates_have_the_day_before_the_month():
    assert (EN.month(OCTOBER), SV.month(OCTOBER)) == ("October 2026", "oktober 2026")
    assert (EN.date(OCTOBER), SV.date(OCTOBER)) == ("8 October 2026", "8 oktober 2026")
    assert (EN.short_month(OCTOBER), SV.short_month(OCTOBER)) == ("Oct", "okt")
    assert EN.date(OCTOBER.date()) == "8 October 2026"
    assert SV.month(pd.NaT) == "–"


def test_the_vega_locale_is_swedish_and_valid():
    locale = SV.vega_locale
    assert locale["number"]["decimal"] == "," and locale["number"]["percent"] == f"{NBSP}%"
    assert locale["time"]["months"][9] == "oktober"
    alt.NumberLocale(**locale["number"]).to_dict()
    alt.TimeLocale(**EN.vega_locale["time"]).to_dict()
    assert EN.vega_locale["time"]["months"][9] == "October"


@pytest.mark.parametrize(
    ("period", "english", "swedish"),
    [
        (pd.Period("2026-10", "M"), "October 2026", "oktober 2026"),
        (pd.Period("2026-08", "Q"), "3rd quarter 2026", "3:e kvartalet 2026"),
        (pd.Period("2026-01", "Q"), "1st quarter 2026", "1:a kvartalet 2026"),
        (pd.Period("2026-10-26", "W"), "week 44 of 2026", "vecka 44, 2026"),
        # In January, and still the last week of the year before.
        (pd.Period("2027-01-01", "W"), "week 53 of 2026", "vecka 53, 2026"),
        (pd.Period("2025-12-30", "W"), "week 1 of 2026", "vecka 1, 2026"),
    ],
)
def test_a_period_reads_as_in_a_title(period, english, swedish):
    assert (EN.period(period), SV.period(period)) == (english, swedish)
