"""The journey canvas: its order, its lists, and declared emotion against what was measured."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlib as cx
from cxlib.archetypes import STAGES
from cxlib.findings import canvas_table
from cxlib.journeys.canvas import entries
from tests.test_findings import EVIL

DEMO = Path(__file__).parents[1] / "data" / "demo"
SV = cx.Language("sv")

STEPS = pd.DataFrame(
    {
        "step": ["Own", "Hear", "Buy", "Think"],
        "stage": ["use", "awareness", "purchase", "use"],
        "position": [3.0, 1.0, 2.0, np.nan],
        "actions": ["Reads; waits ;", None, "Signs", ""],
        "emotion": [-1.0, 0.0, 1.0, -0.5],
        "owners": ["Billing;IT", "Marketing", None, "IT"],
    }
)


def measured(**means) -> pd.DataFrame:
    """Stages with a mean and an interval of ±0.1 around it; the others measure nothing."""
    mean = pd.Series([means.get(stage, np.nan) for stage in STAGES])
    n = np.where(mean.notna(), 50, 0)
    return pd.DataFrame(
        {
            "stage": pd.Categorical(list(STAGES), categories=list(STAGES), ordered=True),
            "mean_experience": mean,
            "low_mean": mean - 0.1,
            "high_mean": mean + 0.1,
            "n_experiences": n,
            "n_customers": n,
            "is_measured": n > 0,
        }
    )


@pytest.mark.parametrize(
    "stage, message",
    [
        ("usage", "journey_steps has an unknown stage 'usage'; allowed: awareness, .*did you mean 'use'"),
        (None, "the step 'Own' has no stage; allowed: awareness, evaluation, purchase, use, loyalty"),
    ],
)
def test_a_step_of_no_stage_is_refused(stage, message):
    steps = STEPS.assign(stage=[stage, *STEPS["stage"][1:]])
    with pytest.raises(cx.ParameterError, match=message):
        cx.journey_canvas(steps, measured(use=0.2))
    canvas = cx.journey_canvas(STEPS, measured(use=0.2))
    own = canvas["step"] == "Own"
    with pytest.raises(cx.ParameterError, match=message.replace("journey_steps", "canvas")):
        canvas_table(canvas.assign(stage=canvas["stage"].astype("object").mask(own, stage)))


def test_the_canvas_by_hand():
    canvas = cx.journey_canvas(STEPS, measured(purchase=0.5, use=0.2))
    assert canvas["step"].tolist() == ["Hear", "Buy", "Own", "Think"]  # the one without a position is last
    assert canvas["place"].tolist() == [1, 2, 3, 4]
    assert canvas["part"].tolist() == ["before", "during", "after", "after"]
    assert canvas["actions"].tolist() == [(), ("Signs",), ("Reads", "waits"), ()]
    assert canvas["owners"].tolist() == [("Marketing",), (), ("Billing", "IT"), ("IT",)]
    assert canvas["questions"].tolist() == [()] * 4  # the table has no such column
    assert canvas["stage_emotion"].tolist() == [0, 1, -0.75, -0.75]
    assert canvas["mean_experience"].tolist()[1:] == [0.5, 0.2, 0.2]
    assert canvas["is_measured"].tolist() == [False, True, True, True]
    # the purchase is good in both; use is declared bad and measured good
    assert canvas["is_opposite"].tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("emotion", "mean", "is_opposite"),
    [(-1, 0.2, True), (1, -0.2, True), (1, 0.2, False), (-1, 0.05, False), (1, -0.05, False), (0, 0.9, False)],
)
def test_opposite_needs_an_interval_clear_of_zero(emotion, mean, is_opposite):
    steps = STEPS.iloc[[2]].assign(emotion=float(emotion))
    assert cx.journey_canvas(steps, measured(purchase=mean))["is_opposite"].tolist() == [is_opposite]


@pytest.mark.parametrize(("emotion", "mean"), [(1, -0.1), (-1, 0.1), (0, -0.9), (0, 0.9)])
def test_an_interval_that_ends_at_zero_and_no_emotion_are_no_opposites(emotion, mean):
    steps = STEPS.iloc[[2]].assign(emotion=float(emotion))
    stages = measured(purchase=mean)
    assert not cx.journey_canvas(steps, stages.assign(**stages[["low_mean", "high_mean"]].round(9)))[
        "is_opposite"
    ].any()


def test_steps_of_one_position_or_none_stand_as_they_are_written():
    steps = pd.DataFrame(
        {"step": [f"step {i}" for i in range(90)], "stage": "use", "position": [2.0, 1.0, np.nan] * 30}
    )
    expected = [f"step {i}" for first in (1, 0, 2) for i in range(first, 90, 3)]
    assert cx.journey_canvas(steps, measured())["step"].tolist() == expected


def test_without_steps_the_canvas_is_empty_and_the_table_says_how_to_begin():
    canvas = cx.journey_canvas(STEPS.iloc[:0], measured())
    assert canvas.empty
    assert "journey_steps.csv" in canvas_table(canvas).data and "<table" not in canvas_table(canvas).data


def test_a_canvas_of_step_and_stage_alone_is_enough():
    canvas = cx.journey_canvas(STEPS[["step", "stage"]], measured(use=-0.5))
    assert canvas["step"].tolist() == STEPS["step"].tolist()
    assert canvas["emotion"].isna().all() and not canvas["is_opposite"].any()
    assert canvas_table(canvas).data.count("<tr>") == 5


def test_a_missing_column_is_named():
    with pytest.raises(cx.MissingColumnError, match="journey_steps lacks 'stage'"):
        cx.journey_canvas(STEPS.drop(columns="stage"), measured())
    with pytest.raises(cx.MissingColumnError, match="journey lacks 'low_mean'"):
        cx.journey_canvas(STEPS, measured().drop(columns="low_mean"))
    with pytest.raises(cx.MissingColumnError, match="canvas lacks 'barriers'"):
        canvas_table(cx.journey_canvas(STEPS, measured()).drop(columns="barriers"))


@given(st.lists(st.text(alphabet="ab ", min_size=0, max_size=4), max_size=6))
def test_entries_are_what_stands_between_semicolons(texts):
    kept = tuple(text.strip() for text in texts if text.strip())
    assert entries(";".join(texts)) == kept


def test_row_order_does_not_matter_where_every_step_has_its_position():
    steps = STEPS.assign(position=[3.0, 1.0, 2.0, 4.0])
    before = steps.copy(deep=True)
    found = cx.journey_canvas(steps, measured(use=0.2))
    pd.testing.assert_frame_equal(steps, before)
    pd.testing.assert_frame_equal(found, cx.journey_canvas(steps.iloc[::-1], measured(use=0.2)))


def test_the_table_holds_every_entry_and_escapes_the_studys_texts():
    page = canvas_table(cx.journey_canvas(STEPS.assign(barriers=EVIL), measured())).data
    assert "•\N{NO-BREAK SPACE}Reads<br>•\N{NO-BREAK SPACE}waits" in page and "<td>Signs</td>" in page
    assert EVIL not in page and "&lt;script&gt;" in page
    assert "−1.0" in page and ">The customer does<" in page


def test_the_demos_canvas_is_swedish_to_the_last_entry():
    study = cx.load_study(DEMO)
    canvas = cx.journey_canvas(study.journey_steps, measured())
    labels = study.settings.labels["sv"]
    english = {
        entry for name in ("actions", "activities", "questions", "barriers") for row in canvas[name] for entry in row
    }
    assert (english | set(canvas["step"])) <= labels.keys()
    page = canvas_table(canvas, labels=study.settings.labels, language=SV).data
    assert "Öppnar fakturan" in page and "Opens the invoice" not in page


def test_what_is_changed_in_the_file_changes_on_the_canvas(write_study):
    csv = "step,stage,position,emotion,owners\nBuy,purchase,1,1,Sales\nOwn,use,2,-1,IT;Billing\n"
    events = "customer_id,occurred_at,touchpoint,score\na,2026-01-01,Order,5\n"
    touchpoints = "touchpoint,phase,stage\nOrder,purchase,purchase\n"
    files = {"journey_steps.csv": csv, "events.csv": events, "touchpoints.csv": touchpoints}
    folder = write_study({"study.toml": 'name = "Toy"\ntimezone = "UTC"\n', **files})

    def canvas():
        study = cx.load_study(folder)
        return cx.journey_canvas(study.journey_steps, measured())

    assert canvas()["step"].tolist() == ["Buy", "Own"]
    (folder / "journey_steps.csv").write_text(csv.replace("use,2,-1", "use,0,2") + "Tell,loyalty,3,1,Marketing\n")
    changed = canvas()
    assert changed["step"].tolist() == ["Own", "Buy", "Tell"]
    assert changed["emotion"].tolist() == [2, 1, 1]
