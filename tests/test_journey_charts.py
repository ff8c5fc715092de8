"""The canvas and the matrix of departments: what is drawn, in which words, and what may not be shown."""

import json

import numpy as np
import pandas as pd
import pytest
import vl_convert

import cxlib as cx
from cxlib import charts
from cxlib.charts import theme
from cxlib.charts.canvas import MOST_STEPS
from cxlib.charts.ownership import STATE_COLOURS, STATE_SHAPES
from tests import toy_charts as toy
from tests.test_canvas import STEPS, measured
from tests.test_ownership import TOUCHPOINTS, inventory

EN, SV = cx.Language("en"), cx.Language("sv")


def rows_of(spec):
    return [row for rows in spec["datasets"].values() for row in rows]


def texts_of(spec):
    return {value for row in rows_of(spec) for value in row.values() if isinstance(value, str)}


def canvas(steps=STEPS, **means):
    return cx.journey_canvas(steps, measured(**means))


def matrix(touchpoints=TOUCHPOINTS, met=None, **options):
    met = inventory() if met is None else met
    owners, departments = cx.touchpoint_owners(touchpoints, met), cx.ownership(touchpoints, met)
    return charts.ownership_chart(owners, departments, **options).to_dict()


def all_specs(language):
    yield charts.journey_chart(toy.journey_stages(), language=language).to_dict()
    yield charts.canvas_chart(canvas(purchase=0.5, use=0.2), language=language).to_dict()
    yield matrix(language=language)


@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_every_chart_draws_in_both_languages_and_versions(language):
    for spec in all_specs(language):
        assert max(map(len, spec["title"]["subtitle"])) <= theme.SUBTITLE_CHARACTERS
        assert len(json.dumps(spec)) < 150_000
        for version in ("5.8", "6.4"):
            svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
            assert "NaN" not in svg and "undefined" not in svg and "null" not in svg
        assert spec["description"].startswith(spec["title"]["text"])
        assert ("kontaktpunkt" in svg.lower()) or language.code == "en" or "skede" in svg.lower()


def test_the_stages_say_what_they_are():
    rows = rows_of(charts.journey_chart(toy.journey_stages()).to_dict())[:5]
    assert [row["stage"] for row in rows] == ["Awareness", "Evaluation", "Purchase", "Use", "Loyalty"]
    assert [row["missing"] for row in rows] == ["not measured", "", "", "", "too few to show"]
    assert [row["mark"] for row in rows] == ["", "", "", "weakest link", ""]
    assert rows[3]["words"] == "32% (31%–34%)\nn = 4,798"
    assert rows[4]["words"] == "n = 3" and rows[0]["words"] == ""
    unsure = toy.journey_stages().assign(is_surely_weakest=False)
    assert "perhaps the weakest" in texts_of(charts.journey_chart(unsure).to_dict())


def test_the_order_of_rows_does_not_matter():
    stages = toy.journey_stages()
    assert charts.journey_chart(stages).to_dict() == charts.journey_chart(stages.iloc[::-1]).to_dict()
    steps = canvas(purchase=0.5, use=0.2)
    assert charts.canvas_chart(steps).to_dict() == charts.canvas_chart(steps.iloc[::-1]).to_dict()


def test_the_canvas_draws_each_run_of_a_stage_once():
    spec = charts.canvas_chart(canvas(purchase=0.5, use=0.2)).to_dict()
    bands = [row for row in rows_of(spec) if "top" in row]
    assert [(row["stage"], row["part"]) for row in bands] == [
        ("Awareness", "before"), ("Purchase", "during"), ("Use", "after"),
    ]  # fmt: skip
    assert [row["measured"] for row in bands] == ["not measured", "+0.50\nn = 50", "+0.20\nn = 50\n≠ opposite"]
    assert bands[2]["bottom"] - bands[2]["top"] == 2 * (bands[1]["bottom"] - bands[1]["top"])
    assert bands[1]["mean"] == 1.0  # a measured 0.5 of 1 lies where an emotion of 1 of 2 does
    steps = [row for row in rows_of(spec) if "felt" in row]
    assert [row["felt"] for row in steps] == ["0.0", "+1.0", "−1.0", "−0.5"]
    assert [row["owners"] for row in steps] == ["Marketing", "", "Billing, IT", "IT"]


def test_a_hidden_stage_is_told_from_an_unmeasured_one():
    hidden = measured(use=0.2)
    hidden[["mean_experience", "low_mean", "high_mean"]] = np.nan
    texts = texts_of(charts.canvas_chart(cx.journey_canvas(STEPS, hidden)).to_dict())
    assert {"too few to show", "not measured"} <= texts


def test_a_canvas_without_steps_says_how_to_begin():
    spec = charts.canvas_chart(canvas(STEPS.iloc[:0]), language=SV).to_dict()
    assert "journey_steps.csv" in json.dumps(spec["layer"]) and vl_convert.vegalite_to_svg(spec)


def test_a_long_canvas_is_cut_and_says_so():
    long = pd.DataFrame({"step": [f"S{i}" for i in range(40)], "stage": "use"})
    spec = charts.canvas_chart(canvas(long, use=0.2)).to_dict()
    assert f"The first {MOST_STEPS} of 40 steps." in spec["title"]["subtitle"]
    assert vl_convert.vegalite_to_svg(spec)  # without a single emotion


def test_no_column_travels_that_is_not_drawn():
    secret = canvas(use=0.2).assign(comment="Aldrig mer!")
    assert "Aldrig" not in json.dumps(charts.canvas_chart(secret).to_dict())


def test_the_matrix_has_a_mark_for_every_department_of_a_touchpoint():
    spec = matrix()
    cells = [row for row in rows_of(spec) if "department" in row and "state" in row]
    assert {(row["touchpoint"], row["department"]): row["state"] for row in cells} == {
        ("Invoice", "Billing"): "drains",
        ("Invoice", "IT"): "drains",
        ("Order", "Sales"): "carries",
        ("Order", "IT"): "carries",
        ("Advert", "Marketing"): "before",
    }
    heads = {row["department"]: (row["net"], row["counts"]) for row in rows_of(spec) if "counts" in row}
    assert heads == {
        "Billing": ("−2", "1 (1)"), "IT": ("+12", "2 (2)"), "Sales": ("+14", "1 (1)"), "Marketing": ("–", "1 (0)"),
    }  # fmt: skip
    nets = {row["touchpoint"]: row["net"] for row in rows_of(spec) if "negative" in row}
    assert nets["Advert"] == "before the purchase" and nets["Letter"] == "+8"  # nobody's, and still a row


def test_the_states_of_the_matrix_differ_in_more_than_colour():
    told_apart = [
        (STATE_SHAPES[state], STATE_COLOURS[state] == theme.PAPER) for state in ("carries", "drains", "neither")
    ]
    assert len(set(told_apart)) == 3 and ("circle", True) not in told_apart


def test_a_net_that_shows_as_zero_is_neither():
    spec = matrix(met=inventory(net_capital=[0.3, 13.5, 0.0, 8.0, -3.75]))
    assert {row["state"] for row in rows_of(spec) if row.get("touchpoint") == "Invoice"} == {"neither"}


def test_without_any_owner_the_matrix_says_what_to_write():
    spec = matrix(TOUCHPOINTS.assign(owners=None), language=SV)
    assert "kolumnen owners" in json.dumps(spec["layer"], ensure_ascii=False).replace("\\n", " ")


def test_many_touchpoints_and_departments_are_cut_and_it_says_so():
    names = [f"T{i:02}" for i in range(25)]
    touchpoints = pd.DataFrame({"touchpoint": names, "phase": "payment", "owners": [f"D{i:02}" for i in range(25)]})
    figures = ["share_negative", "capital_carried", "capital_drained", "capital_recovered"]
    met = pd.DataFrame({"touchpoint": names, "phase": "payment", "n_experiences": 9, "n_customers": 9})
    met = met.assign(**dict.fromkeys(figures, 0.5), net_capital=np.arange(25.0))
    spec = matrix(touchpoints, met)
    assert "The 20 of 25 touchpoints with the lowest net." in spec["title"]["subtitle"]
    assert "The 10 of 25 departments with the lowest net." in spec["title"]["subtitle"]
    assert {row["department"] for row in rows_of(spec) if "department" in row} == {f"D{i:02}" for i in range(10)}


def test_two_groups_in_one_frame_are_refused():
    owners, departments = cx.touchpoint_owners(TOUCHPOINTS, inventory()), cx.ownership(TOUCHPOINTS, inventory())
    with pytest.raises(cx.ParameterError, match=r"owners has \d+ rows too many"):
        charts.ownership_chart(pd.concat([owners, owners]), departments)
    with pytest.raises(cx.MissingColumnError, match="departments lacks 'n_shared'"):
        charts.ownership_chart(owners, departments.drop(columns="n_shared"))
    steps = canvas()
    with pytest.raises(cx.ParameterError, match="canvas has 4 rows too many"):
        charts.canvas_chart(pd.concat([steps, steps]))
