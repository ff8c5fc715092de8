"""The charts of drivers: encodings, words, names that do not overlap, and what they refuse."""

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import vl_convert

from cxlib import charts
from cxlib.charts import importance_performance as placing
from cxlib.charts.label_boxes import overlap
from cxlib.drivers.importance_performance import importance_performance
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.language import Language
from cxlib.scales import Scale

EN, SV = Language("en"), Language("sv")
EFFORT = Scale(name="effort", minimum=-2, maximum=10, expected=4, better="lower")
NAMES = {"q2": "Geographic reach", "q3": "Timeliness of the directory"}


def importance(count: int = 4) -> pd.DataFrame:
    share = np.linspace(2, 1, count) / np.linspace(2, 1, count).sum()
    return pd.DataFrame(
        {
            "driver": [f"q{number + 2}" for number in range(count)],
            "n_answered": 300,
            "lmg_share": share,
            "low_share": share * 0.8,
            "high_share": share * 1.2,
            "weight_share": share[::-1],
            "correlation": 0.4,
            "goes_with": "better",
            "rank": np.arange(count) + 1.0,
            "r2": 0.55,
            "n_customers": 290,
        }
    )


def contrasts() -> pd.DataFrame:
    figures = {"penalty": [-0.6, -0.3, 0.2, np.nan], "reward": [0.1, 0.3, 0.1, np.nan]}
    frame = pd.DataFrame(
        {"driver": ["q2", "q3", "q4", "q5"], "better": "higher", "n_bad": [40, 50, 60, 3], "n_good": 80} | figures
    )
    for name in figures:
        frame[f"low_{name}"], frame[f"high_{name}"] = frame[name] - 0.15, frame[name] + 0.15
    return frame.assign(
        outcome_better="higher",
        impact=frame["penalty"].abs() + frame["reward"].abs(),
        asymmetry=[-0.7, 0.0, -0.3, np.nan],
        type=["basic", "performance", None, None],
        type_share=[0.9, 0.6, np.nan, np.nan],
        reason=[None, None, "no_effect", "few_bad"],
        n_customers=290,
    )


def places(count: int = 4, *, lower: tuple[str, ...] = ()) -> pd.DataFrame:
    rng = np.random.default_rng(count)
    shares = importance(count)
    answers = pd.DataFrame({name: rng.integers(1, 8, 50) + rng.normal() for name in shares["driver"]})
    return importance_performance(answers, shares, midpoint=4, scales=dict.fromkeys(lower, EFFORT))


CHARTS = {
    "importance": (
        lambda frame, **options: charts.driver_importance_chart(frame, outcome="NPS", **options),
        importance,
        ("What NPS hangs on", "Vad NPS hänger på"),
    ),
    "contrasts": (
        lambda frame, **options: charts.penalty_reward_chart(frame, outcome="NPS", **options),
        contrasts,
        ("What a bad and a good answer go together with", "Vad ett dåligt och ett bra svar hör ihop med"),
    ),
    "places": (charts.importance_performance_chart, places, ("Importance and performance", "Vikt och betyg")),
}
NOTHING = {"importance": "lmg_share", "contrasts": "impact", "places": "quadrant_at_means"}
each_chart = pytest.mark.parametrize("name", CHARTS)


def draw(name, frame=None, **options):
    chart, toy, _ = CHARTS[name]
    return chart(toy() if frame is None else frame, **options).to_dict()


def rows_of(spec) -> list[dict]:
    return [row for rows in spec["datasets"].values() for row in rows]


@each_chart
@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
@pytest.mark.parametrize("version", ["6.4", "5.8"])
def test_the_chart_draws_in_both_languages_and_in_what_jupyterlab_knows(name, language, version):
    spec = draw(name, language=language, names=NAMES)
    title = CHARTS[name][2][language.code == "sv"]
    assert spec["title"]["text"] == title and spec["description"].startswith(title)
    svg = vl_convert.vegalite_to_svg(spec, vl_version=version)
    assert "NaN" not in svg and "undefined" not in svg and ">null<" not in svg
    assert "Geographic reach" in svg and "q2" not in svg


@each_chart
def test_no_rows_are_a_sentence_missing_columns_and_double_rows_are_refused(name):
    chart, toy, _ = CHARTS[name]
    frame = toy()
    for empty in (frame.iloc[:0], frame.assign(**{NOTHING[name]: np.nan})):
        assert "No" in draw(name, empty)["description"] and "vconcat" not in draw(name, empty)
    with pytest.raises(MissingColumnError):
        chart(frame.drop(columns="driver"))
    with pytest.raises(ParameterError, match="rows too many"):
        chart(pd.concat([frame, frame]))


@each_chart
def test_no_column_travels_that_is_not_drawn(name):
    frame = CHARTS[name][1]().assign(secret="c000123")
    assert "c000123" not in json.dumps(draw(name, frame))


def test_importance_in_order_of_rank_with_its_words_and_both_weights():
    spec = draw("importance", importance().sample(frac=1, random_state=1), n_orders=920)
    labels = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert labels == ["q2", "q3", "q4", "q5"]
    assert {row["words"] for row in rows_of(spec)} >= {"33% (27% to 40%)"}
    fields = [layer["encoding"]["x"].get("field") for layer in spec["layer"]]
    assert fields == ["lmg_share", "low_share", "weight_share", None]
    assert "290 people" in spec["description"] and "920 orders" in spec["description"]


def test_of_many_drivers_the_first_are_shown_and_the_subtitle_says_so():
    spec = draw("importance", importance(40))
    assert (
        "The first 30 of 40 drivers" in spec["description"]
        and len(spec["layer"][0]["encoding"]["y"]["scale"]["domain"]) == 30
    )


def test_contrasts_say_the_type_or_why_there_is_none():
    spec = draw("contrasts", language=SV)
    words = {row.get("words") for row in rows_of(spec)}
    assert words >= {"Grundkrav (90\u00a0% av stickproven)", "kan vara ingenting", "för få dåliga svar"}
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == ["q2", "q3", "q4", "q5"]  # by impact, unknown last
    assert [layer["encoding"]["x"].get("field") for layer in spec["layer"][:4]] == [
        "penalty", "low_penalty", "reward", "low_reward",
    ]  # fmt: skip


def test_contrasts_stand_with_what_is_better_to_the_right_and_say_which_end_is_good():
    def drawn(frame):
        spec = draw("contrasts", frame)
        x = spec["layer"][0]["encoding"]["x"]
        return x["axis"]["title"], x["scale"]["reverse"], spec["layer"][0]["encoding"]["y"]["scale"]["domain"]

    title, is_reversed, labels = drawn(contrasts())
    assert title == "Difference in NPS: higher is better" and not is_reversed and labels[0] == "q2"
    title, is_reversed, labels = drawn(contrasts().assign(outcome_better="lower", better=["lower", *["higher"] * 3]))
    assert title == "Difference in NPS: lower is better, and stands to the right" and is_reversed
    assert labels == ["q2 (low is good)", "q3", "q4", "q5"]


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (["too_few"] * 4, "No contrasts to show: too few people answered everything."),
        (["outcome_alike"] * 4, "No contrasts to show: everybody answered NPS alike."),
        (["few_bad", "few_bad", "few_good", "few_good"], "too few people with bad or good answers."),
    ],
)
def test_without_contrasts_the_sentence_says_why(reasons, said):
    spec = draw("contrasts", contrasts().assign(impact=np.nan, reason=reasons))
    assert said in json.dumps(spec)


def test_a_correlation_is_told_in_the_direction_of_better_answers():
    directions = ["better", "worse", None, "better"]
    spec = draw("importance", importance().assign(goes_with=directions, correlation=[0.4, -0.3, 0.05, -0.2]))
    assert [row["direction"] for row in rows_of(spec) if "direction" in row] == [
        "+0.40: better answers, better NPS", "−0.30: better answers, worse NPS", "+0.05: may be chance",
        "−0.20: better answers, better NPS",
    ]  # fmt: skip
    assert [row["words"].endswith(", goes against") for row in rows_of(spec) if "words" in row] == [
        False, True, False, False,
    ]  # fmt: skip


def test_both_crosshairs_stand_where_the_frame_says():
    frame = places()
    spec = draw("places", frame)
    lines = [
        layer
        for layer in spec["layer"]
        if layer.get("mark", {}).get("type") == "rule" and "strokeDash" in layer["mark"]
    ]
    at = [
        (layer["mark"]["strokeDash"], layer["encoding"].get("x", layer["encoding"].get("y"))["datum"])
        for layer in lines
    ]
    first = frame.iloc[0]
    expected = [first["midpoint"], first["equal_importance"], first["mean_performance"], first["mean_importance"]]
    assert [value for _, value in at] == pytest.approx(expected, rel=1e-5)
    assert [dash for dash, _ in at] == [[5, 4], [5, 4], [1, 0], [1, 0]]


def test_the_good_end_of_the_ratings_is_to_the_right_and_the_axis_says_which_it_is():
    def axis(frame):
        spec = draw("places", frame, names=NAMES)
        points = next(layer for layer in spec["layer"] if layer.get("mark", {}).get("shape"))
        x = points["encoding"]["x"]
        return x["axis"]["title"], x["scale"]["domain"], spec["description"]

    title, (left, right), said = axis(places())
    assert title == "Mean rating: higher is better" and left < right and "Mirrored" not in said
    title, (left, right), said = axis(places(lower=("q2", "q3", "q4", "q5")))
    assert title == "Mean rating: lower is better, and stands to the right" and left > right and "Mirrored" not in said
    title, (left, right), said = axis(places(lower=("q2", "q5")))
    assert title == "Mean rating: higher is better" and left < right
    assert "because a low answer is a good one: Geographic reach and q5." in said


@pytest.mark.parametrize(("count", "lower"), [(4, ()), (4, ("q2", "q3", "q4", "q5")), (12, ()), (25, ())])
def test_no_two_names_overlap_and_all_are_there(count, lower):
    frame = places(count, lower=lower)
    names = {f"q{number + 2}": f"Question number {number + 2}" for number in range(count)}
    spec = draw("places", frame, names=names)
    labels = [row for row in rows_of(spec) if set(row) == {"name", "x", "y"}]
    assert len(labels) == count
    (left, right) = next(layer for layer in spec["layer"] if layer.get("mark", {}).get("shape"))["encoding"]["x"][
        "scale"
    ]["domain"]
    (bottom, top) = next(layer for layer in spec["layer"] if layer.get("mark", {}).get("shape"))["encoding"]["y"][
        "scale"
    ]["domain"]
    boxes = []
    for row in labels:
        x, y = (row["x"] - left) / (right - left) * placing.WIDTH, (top - row["y"]) / (top - bottom) * placing.HEIGHT
        half = len(row["name"]) * placing.CHARACTER_PX / 2 - 0.5
        boxes.append((x - half, y - 6.5, x + half, y + 6.5))
    assert not any(overlap(one, other) for one, other in combinations(boxes, 2))
