"""What the compared figures mean: which settings mark which figure, and how a changed setting is named."""

from math import isnan

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.findings import changes_since, headline_section, report_tables
from cxlib.findings.definitions import FIGURES, differences
from tests.test_changes import SV, edited, row_of, with_settings
from tests.test_findings import EVIL, figures_of, write_study


@pytest.fixture(scope="module")
def october(tmp_path_factory):
    return figures_of(write_study(tmp_path_factory.mktemp("october"), bad_invoices=4))


@pytest.fixture(scope="module")
def september(tmp_path_factory):
    return figures_of(write_study(tmp_path_factory.mktemp("september"), bad_invoices=4), period="2026-09")


def test_every_compared_figure_has_a_definition_and_every_setting_a_name(october):
    kept = october["definitions"]
    comparison, _ = changes_since(october, edited(october, period="2026-09"))
    assert {row.subject.figure for row in comparison.rows} <= kept["figures"].keys()
    named = {name.partition(".")[0] for _, names in FIGURES.values() for name in names}
    assert named == kept["settings"].keys()
    for language in (cx.Language("en"), SV):
        for name in (*named, "version"):
            assert language.text(f"report.since.setting.{name}", name="x")
        parts = {
            part for item in ("scales", "touchpoints") for each in kept["settings"][item].values() for part in each
        }
        assert all(language.text(f"report.since.part.{part}") for part in parts)


def test_a_setting_marks_the_figures_that_rest_on_it_and_no_other(october, september):
    comparison, _ = changes_since(october, with_settings(september, loss_weight=12))
    states = {row.subject.figure: row.state for row in comparison.rows if row.subject.figure != "phase_mean"}
    assert states["at_risk_share"] == states["capital_median"] == "redefined"
    assert states["customers"] == "compared"
    assert isnan(row_of(comparison, "at_risk_share").change)


def test_what_has_no_effect_is_no_difference(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    plain, same = figures_of(folder), figures_of(folder, resolved=2)  # as the loss weight, which it is by default
    assert plain["definitions"] == same["definitions"]
    assert plain["definitions"]["settings"]["carry_over_decay"] is None
    assert plain["definitions"]["settings"]["price_elasticity"] is None


def test_a_scale_is_another_where_something_else_is_expected_and_not_where_it_is_new(tmp_path):
    folder = write_study(tmp_path, bad_invoices=4)
    before = figures_of(folder)
    with (folder / "study.toml").open("a") as settings:
        settings.write("[scales.csat]\nmin = 1\nmax = 5\nexpected = 4\n")
        settings.write("[scales.smiles]\nmin = 0\nmax = 1\nexpected = 0\n")
    found = differences(before["definitions"], figures_of(folder)["definitions"], "negative_share")
    assert [(each.name, each.part, each.then, each.now) for each in found] == [("csat", "expected", 3, 4)]


settings = st.dictionaries(st.sampled_from("abc"), st.sampled_from([None, 1, 2, "size"]), min_size=3)


@given(settings, settings, st.sets(st.sampled_from("abc"), min_size=1))
def test_a_figure_is_marked_exactly_where_its_settings_differ(then, now, names):
    entry = {"version": 1, "rests_on": sorted(names)}
    old, new = ({"settings": each, "figures": {"f": entry}} for each in (then, now))
    found = differences(old, new, "f")
    assert {each.setting for each in found} == {name for name in names if then[name] != now[name]}
    assert differences(old, {"settings": now, "figures": {"f": entry | {"version": 2}}}, "f")[0].setting == "version"


KEYS = st.sampled_from(["f", "version", "rests_on"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=8))
def test_definitions_of_any_shape_are_read_without_an_error(anything):
    now = {"settings": {"a": 1}, "figures": {"f": {"version": 1, "rests_on": ["a"]}}}
    for then in (anything, {"figures": anything, "settings": {}}, {"figures": {"f": anything}, "settings": {}}):
        found = differences(then, now, "f")
        assert found is None or all(each.setting in ("version", "a") or each.then != each.now for each in found)


def spoiled_items(figures, *, expected=3, usual=0):
    """The figures as of a study that expected something else on its scale, and at its touchpoint."""
    copy = edited(figures)
    copy["definitions"]["settings"]["scales"]["csat"]["expected"] = expected
    for each in copy["definitions"]["settings"]["touchpoints"].values():
        each["default_experience"] = usual
    return copy


@pytest.mark.parametrize(
    ("language", "mark", "scale", "touchpoint"),
    [
        ("en", "not comparable", "scale csat, expected score 4 → 3", "touchpoint Sign-up, usual experience "),
        ("sv", "går inte att jämföra", "skalan csat, förväntat betyg 4 → 3", "kontaktpunkten Sign-up, vanlig "),
    ],
)
def test_changed_items_are_named_in_section_and_workbook(october, september, language, mark, scale, touchpoint):
    language, changes = cx.Language(language), changes_since(october, spoiled_items(september, expected=4, usual=-1))
    said = headline_section(october, changes=changes, language=language).data
    assert f"{mark}: {scale}" in said
    empty = dict.fromkeys(("capital", "zones", "scores", "loss_weights"), pd.DataFrame())
    found = report_tables(october, changes=changes, language=language, **empty)["resources"]
    rows = next(each for each in found if each["name"] == "changes")["data"]
    judged = [row["judgement"] or "" for row in rows]
    assert any(scale in each for each in judged) and any(touchpoint in each for each in judged)


@pytest.mark.parametrize("setting", ["scales", "touchpoints"])
@pytest.mark.parametrize("value", [None, 3, [], {"csat": 1, "Sign-up": None}], ids=str)
def test_items_of_any_shape_are_marked(october, september, setting, value):
    for then, now in ((october, with_settings(september, **{setting: value})),
                      (with_settings(october, **{setting: value}), september)):  # fmt: skip
        assert "not comparable" in headline_section(then, changes=changes_since(then, now)).data


# ---- each figure by what it rests on ----

EVERY = ("at_risk_share", "capital_median", "negative_share", "customers", "phase_mean", "touchpoint_mean")


@pytest.mark.parametrize(
    ("part", "value", "marked"),
    [
        ("weight", 3, {"at_risk_share", "capital_median"}),
        ("default_experience", -1, {"at_risk_share", "capital_median"}),
        ("expectation", 2, {"at_risk_share", "capital_median", "negative_share", "phase_mean", "touchpoint_mean"}),
        ("scale", "smiles", {"at_risk_share", "capital_median", "negative_share", "phase_mean", "touchpoint_mean"}),
        ("phase", "consumption", {"phase_mean"}),
    ],
)
def test_a_touchpoints_setting_marks_what_rests_on_it(october, part, value, marked):
    other = edited(october)
    other["definitions"]["settings"]["touchpoints"]["Sign-up"][part] = value
    items = {"phase_mean": "purchase", "touchpoint_mean": "Sign-up"}
    found = {
        figure: differences(other["definitions"], october["definitions"], figure, items.get(figure)) for figure in EVERY
    }
    assert {figure for figure, differs in found.items() if differs} == marked


def test_another_touchpoints_setting_marks_neither_this_touchpoint_nor_another_phase(october):
    other = edited(october)
    other["definitions"]["settings"]["touchpoints"]["Sign-up"] |= {"expectation": 2, "phase": "consumption"}
    told = [other["definitions"], october["definitions"]]
    assert differences(*told, "touchpoint_mean", f"Invoice {EVIL}") == ()
    assert differences(*told, "phase_mean", "payment") == ()
    for phase in ("purchase", "consumption"):  # the one it left, and the one it came to
        assert {each.part for each in differences(*told, "phase_mean", phase)} == {"expectation", "phase"}


def test_a_shared_name_is_told_once(october):
    other = edited(october)
    other["definitions"]["figures"]["negative_share"]["rests_on"] += ["scales.expected", "touchpoints"]
    other["definitions"]["settings"]["scales"]["csat"]["expected"] = 4
    assert len(differences(other["definitions"], october["definitions"], "negative_share")) == 1
