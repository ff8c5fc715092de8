"""The charts of the choice of touchpoints: encodings, words, sliders, and what they refuse."""

import json

import numpy as np
import pandas as pd
import pytest
import vl_convert

from cxlib import charts
from cxlib.charts.smallest_set import place_expression
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.language import Language
from cxlib.touchpoints.trade_off import smallest_sets_by_capital
from tests.test_smallest_set import INVENTORY, TOUCHPOINTS

EN, SV = Language("en"), Language("sv")


def advice(count: int = 4) -> pd.DataFrame:
    kinds = ["improve", "question", "protect", None]
    return pd.DataFrame(
        {
            "touchpoint": [f"Kontaktpunkt {i}" for i in range(count)],
            "n_customers": 50,
            "mean_experience": [-0.2, -0.5, 0.6, np.nan][:count] if count <= 4 else 0.1,
            "low_mean": [-0.3, -0.8, 0.5, np.nan][:count] if count <= 4 else 0.0,
            "high_mean": [-0.1, -0.2, 0.7, np.nan][:count] if count <= 4 else 0.2,
            "headroom": [1200.0, 40, 3, np.nan][:count] if count <= 4 else 1.0,
            "contacts_per_customer_year": 2.5,
            "advice": [kinds[i % 4] for i in range(count)],
            "reason": [["drains", "low_potential", "carries", "unmeasured"][i % 4] for i in range(count)],
        }
    )


def sets() -> pd.DataFrame:
    return smallest_sets_by_capital(TOUCHPOINTS, INVENTORY)


def selection() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "touchpoint": ["phone", "invoice"],
            "kept": [False, True],
            "n_stays": [40, 200],
            "n_draws": 200,
            "stays_share": [0.2, 1.0],
            "low_share": [0.15, 0.98],
            "high_share": [0.26, 1.0],
        }
    )


def shares() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subject": ["contacts", "answers", "capital_carried", "capital_drained"],
            "total": [30221.0, 4748, 2342, np.nan],
            "share": [0.68, 0.65, 0.48, np.nan],
            "low_share": [np.nan, np.nan, 0.46, np.nan],
            "high_share": [np.nan, np.nan, 0.5, np.nan],
            "n_customers": [1500, 1200, 900, 3],
        }
    )


CHARTS = {
    "advice": (charts.touchpoint_advice_chart, advice, ("Protect, improve or question?", "Värna, förbättra eller")),
    "sets": (charts.smallest_sets_chart, sets, ("Which touchpoints are needed?", "Vilka kontaktpunkter behövs?")),
    "selection": (charts.selection_chart, selection, ("How sure is the choice?", "Hur säkert är urvalet?")),
    "payment": (charts.payment_hub_chart, shares, ("The payment's share", "Betalningens andel")),
}
each_chart = pytest.mark.parametrize("name", CHARTS)


def draw(name, frame=None, **options):
    chart, toy, _ = CHARTS[name]
    return chart(toy() if frame is None else frame, **options).to_dict()


def words_of(spec) -> str:
    return json.dumps(spec, ensure_ascii=False)


@each_chart
@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
@pytest.mark.parametrize("version", ["6.4", "5.8"])
def test_the_chart_draws_in_both_languages_and_in_what_jupyterlab_knows(name, language, version):
    spec = draw(name, language=language)
    title = CHARTS[name][2][language.code == "sv"]
    assert spec["title"]["text"].startswith(title) and spec["description"].startswith(title)
    svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
    assert "NaN" not in svg and "undefined" not in svg and ">null<" not in svg
    assert len(words_of(spec)) < 150_000


@each_chart
def test_no_rows_are_a_sentence_missing_columns_and_double_rows_are_refused(name):
    chart, toy, _ = CHARTS[name]
    frame = toy()
    empty = frame.iloc[:0] if name != "payment" else frame.assign(share=np.nan)
    assert "No " in draw(name, empty)["description"]
    with pytest.raises(MissingColumnError):
        chart(frame.drop(columns=frame.columns[0]))
    with pytest.raises(ParameterError, match="rows too many"):
        chart(pd.concat([frame, frame]))


def test_advice_is_told_by_shape_and_word_and_where_there_is_none_by_the_reason():
    spec = draw("advice", language=SV)
    words = [row.get("words") for rows in spec["datasets"].values() for row in rows]
    assert {"Förbättra", "Ifrågasätt", "Värna", "ej uppmätt"} <= set(words)
    marks = [layer for layer in spec["hconcat"][0]["layer"] if "shape" in layer["encoding"]]
    assert marks and marks[0]["encoding"]["shape"]["scale"]["range"] == ["circle", "triangle-up", "diamond"]
    headroom = spec["hconcat"][1]["layer"][0]["encoding"]["x"]
    assert headroom["field"] == "headroom" and headroom["scale"]["domain"] == [0, 1200.0]


def test_of_many_touchpoints_the_first_are_shown_and_the_subtitle_says_so():
    spec = draw("advice", advice(25))
    assert "The first 20 of 25 touchpoints." in spec["title"]["subtitle"]
    unknown = draw("advice", advice().assign(headroom=np.nan))
    assert any("No potential is given" in line for line in unknown["title"]["subtitle"])


def test_the_slider_goes_over_the_shares_of_the_frame_and_starts_at_none():
    spec = draw("sets", currency="SEK", subject="The last 12 months.")
    slider = next(param for param in spec["params"] if param["name"] == "capital_given_up")
    assert slider["value"] == 0
    assert (slider["bind"]["min"], slider["bind"]["max"], slider["bind"]["step"]) == (0, 50, 5)
    assert "The last 12 months." in spec["title"]["subtitle"]
    rows = {row["touchpoint"]: row for rows in spec["datasets"].values() for row in rows if "touchpoint" in row}
    # the phone goes at 21.1 %, the chat from 10.5 % until then, and the letter wherever the chat stays
    assert rows["phone"]["kept_grid"] == [1] * 5 + [0] * 6 and rows["letter"]["kept_grid"] == [0, 0, 0, 1, 1] + [0] * 6
    assert rows["phone"]["words_grid"][4:6] == ["stays: the last one for a need", "can go: others meet its needs"]
    assert rows["phone"]["words_grid"][0] == "stays: for the capital it carries"
    assert rows["phone"]["size"] == 500 and next(iter(rows)) == "phone", "the dearest first"
    assert "Cost of its contacts (SEK)" in words_of(spec)
    with pytest.raises(ParameterError, match=r"start is 0\.03; the frame has 0, 0\.05"):
        draw("sets", start=0.03)


def test_without_costs_the_contacts_are_drawn():
    counted = smallest_sets_by_capital(TOUCHPOINTS.drop(columns="cost_per_contact"), INVENTORY, objective="count")
    spec = draw("sets", counted, currency="SEK")
    assert "SEK" not in words_of(spec) and '"Contacts"' in words_of(spec)


def test_the_place_of_the_slider_is_the_nearest_share():
    assert place_expression([0]) == "0"
    assert place_expression([0, 5, 10]) == "(capital_given_up >= 2.5) + (capital_given_up >= 7.5)"


def test_a_share_is_written_with_its_base_and_with_its_interval_where_it_is_an_estimate():
    rows = next(iter(draw("payment")["datasets"].values()))
    assert [row["words"] for row in rows] == [
        "68% of 30,221\n(1,500 customers)",
        "65% of 4,748\n(1,200 customers)",
        "48% (46% to 50%) of 2,342\n(900 customers)",
        "not measured, or too few to show",
    ]


def test_the_verdict_of_the_data_stands_beside_the_share_of_samples():
    rows = next(iter(draw("selection")["datasets"].values()))
    assert [row["words"] for row in rows] == ["can go; stays in 20% of samples", "stays; in 100% of samples"]
