"""The picture of a statement: an honest line, marks by kind, names that lie on nothing, and nobody's id."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.charts import statement_chart, theme
from cxlib.charts.label_boxes import free_box, overlap
from cxlib.charts.statement import MOST_ENTRIES, curve
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.language import Language

EN, SV = Language("en"), Language("sv")
FORGETS = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=100)
KEEPS = cx.CapitalRules(loss_weight=2.25)
START = pd.Timestamp("2025-11-20 10:00", tz="Europe/Stockholm")


def stated(gaps, days, rules=FORGETS, *, cases=None, until=None, touchpoint="Monthly invoice") -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "customer_id": "C000123",
            "occurred_at": pd.DatetimeIndex([START + pd.Timedelta(days=day) for day in days]).as_unit("us"),
            "touchpoint": touchpoint,
            "phase": "payment",
            "gap": np.asarray(gaps, dtype=float),
        }
    )
    return cx.statement(cx.capital_ledger(frame, rules, cases=cases), "C000123", rules, until=until)


def told(day) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["C000123"],
            "opened_at": [START + pd.Timedelta(days=day - 1)],
            "customer_informed_at": [START + pd.Timedelta(days=day)],
        }
    )


def usual() -> pd.DataFrame:
    return stated([1, 1, -1, 0, 1], [0, 20, 90, 120, 160], cases=told(130), until="2026-05")


LINE = {"place", "minute", "balance"}
MANY = np.random.default_rng(5)
FRAMES = {
    "usual": usual,
    "one": lambda: stated([1], [0]),
    "one_carried": lambda: stated([-1], [0], until="2026-06"),
    "one_moment": lambda: stated([1, -1, -1, 1, 0], [0] * 5),
    "steps": lambda: stated([1, -1, 1], [0, 30, 300], KEEPS),
    "most": lambda: stated(MANY.choice([-1, 0, 1], 500), np.sort(MANY.uniform(0, 700, 500)), until="2027-12"),
    "more": lambda: stated(MANY.choice([-1, 0, 1], 1200), np.sort(MANY.uniform(0, 4000, 1200)), until="2037-12"),
}
each_frame = pytest.mark.parametrize("name", FRAMES)


def rows_with(spec, column) -> pd.DataFrame:
    """The dataset that has the column."""
    (found,) = [rows for rows in spec["datasets"].values() if rows and column in rows[0]]
    return pd.DataFrame(found)


def marks_of(spec) -> pd.DataFrame:
    return rows_with(spec, "when")


def line_of(spec) -> pd.DataFrame:
    (found,) = [pd.DataFrame(rows) for rows in spec["datasets"].values() if rows and set(rows[0]) == LINE]
    return found


@pytest.mark.parametrize(
    ("language", "title", "forgets", "count", "kinds"),
    [
        (EN, "Statement of the account", "is forgotten", "6 entries from 20 November 2025", {"Gain", "Recovery"}),
        (SV, "Kontoutdrag", "glöms en del", "6 poster från 20 november 2025", {"Vinst", "Gottgörelse"}),
    ],
    ids=["en", "sv"],
)
def test_titles_and_kinds_are_in_the_language(language, title, forgets, count, kinds):
    spec = statement_chart(usual(), language=language).to_dict()
    assert spec["title"]["text"] == title
    assert forgets in spec["title"]["subtitle"][0]
    assert spec["title"]["subtitle"][1].startswith(count)
    assert spec["description"].startswith(title)
    assert kinds <= set(marks_of(spec)["kind"])
    assert spec["config"]["locale"]["number"]["decimal"] == ("," if language is SV else ".")


@each_frame
@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_the_chart_draws_and_is_small_enough_for_a_page(name, language):
    spec = statement_chart(FRAMES[name](), language=language).to_dict()
    assert len(json.dumps(spec)) < 150_000
    assert sum(map(len, spec["datasets"].values())) <= 2_000
    for version in ("6.4", "5.8"):  # JupyterLab 4.6 draws with Vega-Lite 5
        svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
        assert spec["title"]["text"] in svg
        assert "NaN" not in svg and "undefined" not in svg and "null" not in svg
    assert max(map(len, spec["title"]["subtitle"])) <= theme.SUBTITLE_CHARACTERS


def test_every_entry_is_a_mark_with_its_figures():
    frame = usual()
    marks = marks_of(statement_chart(frame).to_dict())
    assert sorted(marks["kind"]) == ["Gain", "Gain", "Gain", "Loss", "Neutral", "Recovery"]
    loss = marks[marks["kind"] == "Loss"].iloc[0]
    assert loss["when"] == "18 February 2026 10:00"
    assert loss["amount"] == -2.25
    assert loss["balance"] == pytest.approx(frame["balance"].iloc[2], abs=1e-4)


def test_a_tooltip_names_the_touchpoint_and_a_missing_one_is_a_dash():
    spec = statement_chart(stated([1, -1, 1], [0, 1, 2], touchpoint=["Meter", None, 'Jan "the" Man'])).to_dict()
    (named,) = [layer["transform"][0] for layer in spec["vconcat"][1]["layer"] if "transform" in layer]
    assert named == {"as": "touchpoint", "calculate": '["Meter", "Jan \\"the\\" Man", "–"][datum.place]'}
    assert sorted(marks_of(spec)["place"]) == [0, 1, 2]


def test_kinds_differ_by_colour_and_by_shape():
    spec = statement_chart(usual()).to_dict()
    marks = spec["vconcat"][1]["layer"][2]
    assert marks["encoding"]["color"]["scale"]["domain"] == marks["encoding"]["shape"]["scale"]["domain"]
    shapes = dict(zip(*(marks["encoding"]["shape"]["scale"][key] for key in ("domain", "range")), strict=True))
    assert shapes == {"Gain": "triangle-up", "Loss": "triangle-down", "Recovery": "diamond", "Neutral": "circle"}
    assert len(set(marks["encoding"]["color"]["scale"]["range"])) == 4
    assert [tip["field"] for tip in marks["encoding"]["tooltip"]] == ["when", "touchpoint", "kind", "amount", "balance"]


def test_the_line_between_two_entries_is_the_half_life():
    frame = stated([1, -1], [0, 400])
    line = line_of(statement_chart(frame).to_dict())
    start, end = line["minute"].iloc[[1, -2]]
    fading = line.iloc[1:-1]
    assert len(fading) > 20
    days = (fading["minute"] - start) / 1440
    assert end - start == 400 * 1440
    assert np.allclose(fading["balance"], 2 ** (-days / 100), atol=2e-4)
    assert line["balance"].iloc[0] == 0
    assert line["balance"].iloc[-1] == pytest.approx(frame["balance"].iloc[-1], abs=1e-4)


def test_where_nothing_is_forgotten_the_line_is_steps():
    line = line_of(statement_chart(stated([1, -1, 1], [0, 30, 300], KEEPS)).to_dict())
    assert line["balance"].tolist() == [0, 1, 1, -1.25, -1.25, -0.25]
    assert (line["minute"].diff().fillna(0) * line["balance"].diff().fillna(0) == 0).all()


def test_a_balance_of_nothing_and_one_forgotten_wholly_are_drawn():
    rules = cx.CapitalRules(half_life_days=0.001)
    line = curve(stated([1, 1], [0, 3000], rules).assign(minute=[0, 4_320_000]), px_per_minute=530 / 4_320_000)
    assert line["balance"].iloc[-1] == 1
    assert line["balance"].iloc[1:-1].between(0, 1).all()


def test_an_opening_balance_is_where_the_line_begins():
    rules = cx.CapitalRules(opening=5)
    assert line_of(statement_chart(stated([1], [0], rules)).to_dict())["balance"].tolist() == [5, 6]


def test_the_latest_entries_of_very_many_are_drawn_and_it_is_said():
    frame = FRAMES["more"]()
    spec = statement_chart(frame).to_dict()
    assert f"The latest {MOST_ENTRIES} of 1,200 entries" in spec["title"]["subtitle"][1]
    assert len(marks_of(spec)) == MOST_ENTRIES
    uncarried = frame[frame["kind"] != "closing"]
    assert len(marks_of(statement_chart(uncarried).to_dict())) == MOST_ENTRIES


def texts_of(spec) -> list[str]:
    return [
        layer["encoding"]["text"]["value"]
        for layer in spec["vconcat"][1]["layer"]
        if "value" in layer["encoding"].get("text", {})
    ]


def test_the_last_balance_stands_at_the_end_with_its_day():
    assert "0.9 on 31 May\n2026" in texts_of(statement_chart(usual()).to_dict())
    carried = statement_chart(stated([1], [0]), language=SV).to_dict()
    assert "1,0 den 20\nnovember 2025" in texts_of(carried)


def rules_at(spec) -> list[float]:
    layers = spec["vconcat"][1]["layer"]
    return [layer["encoding"]["y"]["datum"] for layer in layers if layer["mark"]["type"] == "rule"]


def test_the_requirement_takes_the_place_of_zero():
    plain = statement_chart(usual()).to_dict()
    assert rules_at(plain) == [0]
    assert any(text.startswith("At zero no") for text in texts_of(plain))
    spec = statement_chart(usual(), required=6).to_dict()
    assert rules_at(spec) == [0, 6]
    assert "Required: 6.0" in texts_of(spec)
    line = next(layer for layer in spec["vconcat"][1]["layer"] if layer["mark"]["type"] == "line")
    low, high = line["encoding"]["y"]["scale"]["domain"]
    assert low < -1 and high > 6


def test_it_names_nobody_unless_asked_to():
    spec = statement_chart(usual()).to_dict()
    assert "C000123" not in json.dumps(spec)
    assert statement_chart(usual(), name="C000123").to_dict()["title"]["text"] == "Statement of the account: C000123"
    frame = usual().assign(customer_id="C000123", comment="Never again!")
    text = json.dumps(statement_chart(frame).to_dict())
    assert "C000123" not in text and "Never" not in text


def test_the_largest_losses_are_named():
    frame = stated([1, -1, -1, 1], [0, 60, 150, 200], touchpoint=["Meter", "Power outage", None, "Meter"])
    labels = rows_with(statement_chart(frame).to_dict(), "label")["label"]
    assert sorted(labels) == ["Power outage −2.25", "−2.25"]
    sizes = [-0.3, -1, -0.4, -0.5, -0.6, -0.7]
    sized = cx.CapitalRules(measure="size")
    frame = stated(sizes, range(0, 600, 100), sized, touchpoint=[f"T{n}" for n in range(6)])
    labels = rows_with(statement_chart(frame).to_dict(), "label")["label"]
    assert set(labels) <= {"T1 −1", "T2 −0.40", "T3 −0.50", "T4 −0.60", "T5 −0.70"}
    assert len(labels) >= 4


@given(st.lists(st.tuples(st.integers(1, 45), st.floats(0, 530), st.floats(0, 300)), min_size=1, max_size=12))
def test_names_never_overlap_and_stay_within_the_plot(wanted):
    taken = []
    for length, x, y in wanted:
        box = free_box("x" * length, (x, y), within=(530, 300), taken=taken, under=[])
        if box is not None:
            assert not any(overlap(box, other) for other in taken)
            assert box[0] >= -0.1 and box[1] >= 0 and box[2] <= 530.1 and box[3] <= 300
            taken.append(box)


def test_a_mark_in_a_crowd_goes_without_a_name():
    crowd = [(x, y) for x in range(0, 530, 8) for y in range(0, 300, 8)]
    assert free_box("Monthly invoice", (200, 150), within=(530, 300), taken=[], under=crowd) is None


def axis_of(spec) -> dict:
    line = next(layer for layer in spec["vconcat"][1]["layer"] if layer["mark"]["type"] == "line")
    return line["encoding"]["x"]["axis"]


def test_the_axis_has_months_or_for_a_short_account_days():
    assert '["Dec", "2025"]' in axis_of(statement_chart(usual()).to_dict())["labelExpr"]
    assert '["Jan", "2026"]' in axis_of(statement_chart(usual()).to_dict())["labelExpr"]
    short = axis_of(statement_chart(stated([1, 1], [0, 3]), language=SV).to_dict())
    assert '["19 nov", "2025"]' in short["labelExpr"] and '["20 nov"]' in short["labelExpr"]
    long = axis_of(statement_chart(FRAMES["more"]()).to_dict())
    assert len(long["values"]) <= 12


def test_the_input_is_left_alone():
    frame = usual()
    before = frame.copy(deep=True)
    statement_chart(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_no_entry_is_a_sentence():
    for language, said in ((EN, "No data for the statement"), (SV, "saknar underlag")):
        spec = statement_chart(usual().iloc[:0], language=language).to_dict()
        assert said in json.dumps(spec["layer"], ensure_ascii=False)
        assert vl_convert.vegalite_to_svg(spec)


def test_what_is_no_statement_is_refused():
    with pytest.raises(MissingColumnError, match="forgotten"):
        statement_chart(usual().drop(columns="forgotten"))
    with pytest.raises(ParameterError, match="not in order of time: pass that of one customer"):
        statement_chart(pd.concat([usual(), usual()]))
