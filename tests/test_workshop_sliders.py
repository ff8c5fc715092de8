"""The three scenes as panels: what a control moves, what is said, and what never leaves the kernel."""

import json

import ipywidgets as widgets
import pytest
from scipy.stats import binomtest

import cxlib as cx
from cxlib.charts.live_capital import live_capital_chart, month_axis
from cxlib.language import Language
from cxlib.panels.slider_names import READOUT_CLASS
from cxlib.workshop.capital_scene import for_a_room, stress_says
from cxlib.workshop.scenes import SCENES, Stage, stretched
from cxlib.workshop.sliders.capital import CapitalScene
from cxlib.workshop.sliders.ten_touchpoints import TenTouchpoints
from tests.toy_workshop import LONG_NAMES, many_segments

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
DEMO = "data/demo"


@pytest.fixture(scope="module")
def study():
    return cx.load_study(DEMO)


@pytest.fixture(scope="module")
def panel(study):
    return cx.workshop_panel(study)


@pytest.fixture
def capital(panel):
    panel.scene.value = "capital"
    scene = panel.scenes["capital"]
    scene.controls.start_again()
    scene.shows.value, scene.n_losses.value, scene.n_gestures.value = "months", 1, 1
    return scene


@pytest.fixture
def trepunkt(panel):
    panel.scene.value = "trepunkt"
    scene = panel.scenes["trepunkt"]
    scene.whose.value = "model"
    scene.controls.start_again()
    return scene


# ---- ten touchpoints ----


def test_four_good_and_three_bad_are_a_plus_only_where_a_bad_one_weighs_as_much():
    """+1, −2.75 and −32: shared anchors, the worked example of the three loss weights."""
    scene = TenTouchpoints(Language("en"))
    assert scene.cushion["capital"].tolist() == [1, -2.75, -32]
    assert "leave +1 with loss weight 1, −2.75 with 2.25 and −32 with 12" in scene.words.value
    assert "alarm" in scene.words.value


def test_a_click_moves_the_picture_and_the_words():
    scene = TenTouchpoints(Language("sv"))
    before = scene.words.value
    scene.touchpoints[3].value = 1
    assert scene.chart.value["signs"] == [1, 0, 1, 1, 1, -1, 0, 1, -1, 0]
    assert scene.cushion["capital"].tolist() == [3, 0.5, -19]
    assert scene.words.value != before
    scene.crash_weight.value = 3
    assert scene.chart.value["crash_weight"] == 3
    assert scene.cushion["left"].tolist() == [0, 0.5 - 6.75, -19 - 36]


def test_a_half_is_written_as_the_chart_writes_it():
    scene = TenTouchpoints(Language("en"), signs=[1, 1, -1, -1, 0, 0, 0, 0, 0, 0])
    assert "leave 0 with loss weight 1, −2.5 with 2.25 and −22 with 12" in scene.words.value


def test_all_at_once_is_one_change_of_the_picture():
    scene = TenTouchpoints(Language("en"))
    shown = []
    scene.words.observe(lambda change: shown.append(change["new"]), names="value")
    scene.all_neutral.click()
    assert scene.signs == (0,) * 10 and len(shown) == 1
    scene.reset.click()
    assert scene.signs == (1, 0, 1, -1, 1, -1, 0, 1, -1, 0)


def test_the_room_may_name_its_touchpoints_and_nothing_hangs_on_it():
    scene = TenTouchpoints(Language("en"))
    before = scene.chart.value
    scene.names[0].value = "<b>The bill</b>"
    assert scene.chart.value == before and "bill" not in scene.words.value


@pytest.mark.parametrize("signs", [[1] * 9, [2] * 10])
def test_wrong_signs_are_refused(signs):
    with pytest.raises(cx.ParameterError, match="signs"):
        TenTouchpoints(Language("en"), signs=signs)


# ---- trepunkt ----


def test_an_industry_moves_the_ratings_and_the_triangle(trepunkt):
    trepunkt.controls.archetype.value = "restaurant"
    # 3 : 3 : 2, as declared for a restaurant
    assert trepunkt.chart.value["importance_share"] == pytest.approx([3 / 8, 3 / 8, 2 / 8])
    assert "Purchase should carry 38%, consumption 38%, payment 25%." in trepunkt.words.value


def test_ratings_that_are_all_zero_are_said_to_count_as_equal(trepunkt):
    for phase in trepunkt.controls.phases.values():
        phase.slider.value = 0
    assert trepunkt.whose.value == "model"
    assert "payment 33%. All ratings are zero: the phases count as equal." in trepunkt.words.value


def test_nobodys_data_are_shown_before_they_are_asked_for(trepunkt):
    assert trepunkt.chart.value["carried_share"] == [None] * 3
    assert trepunkt.controls.segment.layout.display == "none"
    trepunkt.whose.value = "customers"
    assert trepunkt.controls.segment.layout.display is None
    expected = trepunkt.data.balance["carried_share"].tolist()
    assert trepunkt.chart.value["carried_share"] == pytest.approx(expected, abs=1e-6)  # what is sent has six decimals
    assert "measured experiences" in trepunkt.words.value


def test_a_room_cannot_move_the_months(trepunkt):
    """Two ranges of months tell by subtraction of the months between them; a closed widget hears no page."""
    assert trepunkt.controls.months.comm is None
    assert trepunkt.controls.months not in list(_below(trepunkt))
    assert trepunkt.controls.segment.comm is not None


def readouts(scene) -> list[str]:
    return [each.value for each in _below(scene) if READOUT_CLASS in each._dom_classes]


def test_what_sliders_stand_at_is_written_in_the_language(study):
    panel = cx.workshop_panel(study, language="sv")
    panel.scene.value = "trepunkt"
    phases = panel.scenes["trepunkt"].controls.phases
    assert readouts(panel.scenes["trepunkt"]) == ["3", "1", "3"]
    phases["consumption"].slider.value = 25
    assert readouts(panel.scenes["trepunkt"]) == ["3", "2,5", "3"]
    panel.scene.value = "capital"
    scene = panel.scenes["capital"]
    # losses, gestures; loss weight, resolved, half-life, spiral, band, requirement, elasticity
    assert readouts(scene) == ["en gång", "en", "2,25", "1", "efter 365 dagar", "0", "0,1", "0", "0"]
    scene.controls.half_life_days.value = 1095
    assert readouts(scene)[4] == "efter 1\N{NO-BREAK SPACE}095 dagar"
    scene.controls.half_life_days.value = 0
    assert readouts(scene)[4] == "aldrig"
    assert scene.controls.loss_weight.description == "En dålig upplevelse väger"
    assert list(dict(scene.controls.segment.options))[1:] == ["Lantbruk", "Lägenhet", "Småföretag", "Villa"]
    assert any(
        "Tunn marginal: inte i riskzonen" in getattr(each, "value", "")
        for each in _below(scene)
        if isinstance(each, widgets.HTML)
    )
    sliders = [each for each in _below(panel) if isinstance(each, widgets.FloatSlider | widgets.IntSlider)]
    assert len(sliders) == 13 and not any(each.readout for each in sliders)


def test_the_panel_shows_what_its_headless_twin_says(trepunkt, panel):
    trepunkt.whose.value = "customers"
    trepunkt.controls.segment.value = "Farm"
    twin = cx.panels.phase_balance_data(panel.stage.study, segment="Farm").balance
    assert trepunkt.chart.value["carried_share"] == pytest.approx(twin["carried_share"].tolist(), abs=1e-6)


# ---- capital ----


def test_a_rule_moves_the_months_and_the_words(capital, panel):
    assert "16% of 1,594 customers are at risk" in capital.words.value
    capital.controls.loss_weight.value = 12
    assert "16%" not in capital.words.value
    stage = panel.stage
    accounts = cx.CapitalAccounts(stage.experiences, stage.study.customers, stage.study.cases, until=stage.month)
    expected = accounts.by_month(capital.controls.rules)
    assert capital.data.by_month["at_risk_share"].tolist() == pytest.approx(expected["at_risk_share"].tolist())


@pytest.mark.parametrize("carry_over", [0.0, 0.3])
@pytest.mark.parametrize("n_gestures", [0, 2])
def test_the_incident_is_what_the_stress_test_says(capital, panel, carry_over, n_gestures):
    capital.shows.value = "stress"
    capital.controls.carry_over.value = carry_over
    capital.n_losses.value, capital.n_gestures.value = 2, n_gestures
    stage = panel.stage
    expected = cx.stress_test(
        stage.experiences,
        stage.study.customers,
        capital.controls.rules,
        incident=cx.Incident(touchpoint=capital.incident.value, at=stage.known_at, n_losses=2),
        gestures=cx.RecoveryGestures(n_gestures=n_gestures) if n_gestures else None,
        cases=stage.study.cases,
        touchpoints=stage.study.touchpoints,
    ).summary
    for column in ("at_risk_share_before", "at_risk_share_after", "median_months_to_refill"):
        assert capital.summary[column].tolist() == pytest.approx(expected[column].tolist()), column
    gestures = expected["at_risk_share_with_gestures"].astype(float).tolist()
    assert capital.summary["at_risk_share_with_gestures"].astype(float).tolist() == pytest.approx(gestures, nan_ok=True)


def test_only_what_is_shown_is_worked_out(capital):
    capital.shows.value = "stress"
    tested = capital.summary
    capital.shows.value = "months"
    capital.controls.loss_weight.value = 7
    assert capital.summary is tested
    capital.shows.value = "stress"
    assert capital.summary is not tested


def test_back_to_the_start_is_all_of_it(capital, trepunkt, panel):
    panel.scene.value = "capital"
    began = capital.incident.value
    capital.shows.value, capital.n_losses.value, capital.n_gestures.value = "stress", 3, 0
    capital.incident.value = next(name for _, name in capital.incident.options if name != began)
    capital.controls.reset.click()
    assert (capital.incident.value, capital.n_losses.value, capital.n_gestures.value) == (began, 1, 1)
    assert capital.shows.value == "months"
    trepunkt.whose.value = "customers"
    trepunkt.controls.reset.click()
    assert trepunkt.whose.value == "model"


def test_two_segments_written_alike_are_two(tmp_path):
    labels = "[labels.sv]\n" + "".join(f'"{name}" = "Samma"\n' for name in LONG_NAMES[:2])
    scene = CapitalScene(Stage.of(many_segments(tmp_path / "alike", n_segments=2, settings=labels), language="sv"))
    scene.shows.value = "stress"
    assert scene.stress.value["lines"] and all(scene.stress.value["lines"])
    assert len(scene.stress.value["lines"]) == (1 + 2) * 3


def row_of_all(**months) -> dict:
    shares = {"before": (0.72, 0.7, 0.74), "after": (0.87, 0.84, 0.9), "with_gestures": (0.8, 0.77, 0.83)}
    row = {"n_losses": 1, "n_gestures_each": 2, "n_customers": 1594, **months}
    for state, (share, low, high) in shares.items():
        row |= {f"at_risk_share_{state}": share, f"low_share_{state}": low, f"high_share_{state}": high}
    return row


@pytest.mark.parametrize(
    ("months", "said"),
    [
        ((4.25, 3.9, 4.6), "after 4.3 months (3.9 to 4.6)."),
        ((4.25, 3.9, float("inf")), "after 4.3 months (at least 3.9)."),
        ((4.25, float("nan"), float("nan")), "after 4.3 months."),
        ((float("inf"), 3.9, float("inf")), "never back where they were (at least 3.9 months)."),
    ],
)
def test_every_share_and_every_month_has_its_interval(panel, months, said):
    names = ("median_months_with_gestures", "low_months_with_gestures", "high_months_with_gestures")
    words = stress_says(row_of_all(**dict(zip(names, months, strict=True))), "The bill", panel.stage)
    assert "from 72% (70% to 74%) to 87% (84% to 90%) at risk. With the gestures 80% (77% to 83%)." in words
    assert words.endswith(said)


def test_every_zone_has_its_interval(capital):
    # 95% Wilson, of the 1,594 customers of the last month
    zones = capital.data.zones.set_index(["month", "zone"]).loc[capital.data.by_month["month"].iloc[-1]]
    for zone, after in (("thin", "have a thin margin"), ("cushioned", "a cushion")):
        n = int(zones.loc[zone, "n_in_zone"])
        ends = binomtest(n, 1594).proportion_ci(method="wilson")
        assert f"{n / 1594:.0%} {after} ({ends.low:.0%} to {ends.high:.0%})" in capital.words.value


def test_a_chart_made_for_a_room_leaves_the_first_as_it_was(capital, panel):
    chart = live_capital_chart(capital.data.by_month, months=month_axis(capital._accounts.months, panel.stage.language))
    before = chart.to_dict()
    room = stretched(for_a_room(chart))
    assert chart.to_dict() == before
    assert [part["height"] for part in room.to_dict()["vconcat"]] != [part["height"] for part in before["vconcat"]]
    assert room.to_dict()["usermeta"]["stretched"] and "stretched" not in before["usermeta"]


# ---- all three ----


def test_a_scene_is_made_when_it_is_first_looked_at(study):
    panel = cx.workshop_panel(study, language="sv")
    assert list(panel.scenes) == ["ten_touchpoints"]
    panel.scene.value = "capital"
    assert list(panel.scenes) == ["ten_touchpoints", "capital"]
    assert panel.scenes["ten_touchpoints"].layout.display == "none"
    assert panel.scenes["capital"].layout.display is None


def test_no_customer_and_no_comment_is_sent_to_the_room(panel, study, capital, trepunkt):
    """All that a page holds is the state of the widgets."""
    for name in SCENES:
        panel.scene.value = name
    capital.shows.value, trepunkt.whose.value = "stress", "customers"
    # without the charts' JavaScript, which is megabytes and holds nobody's data
    states = [{name: value for name, value in widget.get_state().items() if name != "_esm"} for widget in _below(panel)]
    page = json.dumps(states, default=str, ensure_ascii=False)
    assert len(page) > 10_000
    for customer in study.customers["customer_id"]:
        assert f'"{customer}"' not in page
    comments = study.responses["comment"].dropna() if "comment" in study.responses else []
    assert not [comment for comment in comments if len(comment) > 20 and comment in page]


def _below(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _below(child)


def test_few_customers_are_shown_nowhere(study):
    panel = cx.workshop_panel(study, smallest_base=10_000)
    panel.scene.value = "capital"
    scene = panel.scenes["capital"]
    assert "too few" in scene.words.value
    scene.shows.value = "stress"
    assert "too few" in scene.words.value and scene.stress.value["lines"] == []


def test_a_study_without_experiences_and_an_unknown_language_are_refused(write_study, study):
    with pytest.raises(cx.ParameterError, match="language"):
        cx.workshop_panel(study, language="de")
    files = {"touchpoints.csv": "touchpoint,phase,stage\nad,purchase,awareness\n",
             "events.csv": "customer_id,occurred_at,touchpoint\n1,2026-10-03,ad\n"}  # fmt: skip
    with pytest.raises(cx.ParameterError, match="no experiences from the purchase on"):
        cx.workshop_panel(cx.load_study(write_study(files)))


def test_the_stage_ends_with_the_last_whole_month(study):
    assert str(Stage.of(study).month) == "2026-10"
