"""What the charts say: encodings, titles, rows, palette. How they look is judged in a browser."""

import json
from functools import cache, partial

import altair as alt
import nbformat
import numpy as np
import pandas as pd
import pytest
import vl_convert
from altair.utils import schemapi

from cxlib import charts
from cxlib.charts import theme
from cxlib.charts.display import MIME_TYPE, offline_bundle
from cxlib.charts.loss_weight import nearest_index_expression, slider_step
from cxlib.charts.months import MonthAxis
from cxlib.charts.rows import MOST_ROWS, chart_rows, spread_apart
from cxlib.charts.ternary import place
from cxlib.charts.touchpoints import axis_labels
from cxlib.errors import MissingColumnError, ParameterError
from cxlib.language import Language
from tests import toy_charts as toy

EN, SV = Language("en"), Language("sv")
RATINGS = {"purchase": 3, "consumption": 1, "payment": 3}

CHARTS = {
    "capital": (charts.capital_over_time_chart, toy.capital_by_month),
    "zones": (charts.risk_zones_chart, toy.zones_by_month),
    "loss_weight": (partial(charts.loss_weight_chart, start=2.25), toy.capital_by_loss_weight),
    "trepunkt": (charts.trepunkt_chart, toy.balance),
    "explorer": (partial(charts.trepunkt_explorer_chart, ratings=RATINGS), toy.balance),
    "phases": (charts.phase_bars_chart, toy.balance),
    "journey": (charts.journey_chart, toy.journey_stages),
    "touchpoints": (charts.touchpoint_capital_chart, toy.touchpoint_inventory),
    "score": (charts.score_over_time_chart, toy.nps_by_month),
    "stress": (charts.stress_chart, toy.stress_summary),
    "replay": (partial(charts.replay_chart, shares=toy.replay_shares()), toy.replay_by_month),
}
TITLES = {
    "capital": ("Capital over time", "Kapitalet över tid"),
    "zones": ("Risk zones", "Riskzoner"),
    "loss_weight": ("How much does a bad experience weigh?", "Hur tungt väger en dålig upplevelse?"),
    "trepunkt": ("Where the weight lies", "Trepunkten: var tyngden ligger"),
    "explorer": ("What if other phases mattered more?", "Tänk om andra faser vore viktigare?"),
    "phases": ("Declared and carried weight of the phases", "Fasernas uttalade och faktiska vikt"),
    "journey": ("The journey, stage by stage", "Kundresan, skede för skede"),
    "touchpoints": (
        "Touchpoints by capital carried and drained",
        "Kontaktpunkter som fyller på och tömmer kapitalet",
    ),
    "score": ("Net Promoter Score", "Net Promoter Score"),
    "stress": ("If something goes wrong: who would be at risk", "Om något går fel: vilka som skulle hamna i riskzonen"),
    "replay": ("What was predicted, and what came of it", "Vad som förutsades och vad som hände"),
}
each_chart = pytest.mark.parametrize("name", CHARTS)


def draw(name, frame=None, **options):
    if frame is None and options.keys() <= {"language"}:
        return drawn(name, **options)
    chart, toy_frame = CHARTS[name]
    return chart(toy_frame() if frame is None else frame, **options).to_dict()


@cache
def drawn(name, language=EN):
    chart, toy_frame = CHARTS[name]
    return chart(toy_frame(), language=language).to_dict()


def every(spec, key):
    """All values under a key, anywhere in a specification."""
    found = []
    if isinstance(spec, dict):
        found += [spec[key]] if key in spec else []
        spec = list(spec.values())
    if isinstance(spec, list):
        for part in spec:
            found += every(part, key)
    return found


def data_columns(spec):
    rows = [row for rows in spec["datasets"].values() for row in rows]
    return {column for row in rows for column in row}


# ---- every chart ----


@pytest.mark.parametrize(
    ("encoding", "advice"),
    [
        ({"x2": "high:Q"}, r"alt\.X2\(\.\.\.\)"),
        ({"x": alt.value(0)}, r"alt\.XValue\(\.\.\.\)"),
        ({"y": alt.datum(0)}, "YDatum"),
        ({"color": alt.condition("datum.kept", alt.value("red"), alt.value("blue"))}, r"alt\.ColorValue\(\.\.\.\)"),
        ({"tooltip": ["name:N"]}, r"alt\.Tooltip\(\.\.\.\)"),
    ],
)
def test_no_test_lets_a_slow_encoding_pass(encoding, advice):
    """Every test of a chart runs under the fixture `channels_by_class`; here it is seen to refuse."""
    with pytest.raises(AssertionError, match=advice):
        alt.Chart().encode(**encoding)


@each_chart
@pytest.mark.parametrize("language", [EN, SV], ids=["en", "sv"])
def test_title_subtitle_and_description_are_in_the_language(name, language):
    spec = draw(name, language=language)
    assert spec["title"]["text"] == TITLES[name][language.code == "sv"]
    assert spec["title"]["subtitle"]
    assert spec["description"].startswith(TITLES[name][language.code == "sv"])
    assert spec["config"]["locale"]["number"]["decimal"] == ("," if language.code == "sv" else ".")


@each_chart
def test_the_chart_compiles_and_draws(name):
    spec = draw(name, language=SV)
    svg = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    assert TITLES[name][1] in svg
    assert "NaN" not in svg and "undefined" not in svg and "null" not in svg


@each_chart
def test_the_chart_has_only_what_vega_lite_5_knows_too(name):
    # JupyterLab 4.6 draws with Vega-Lite 5.
    spec = draw(name, language=SV)
    assert TITLES[name][1] in vl_convert.vegalite_to_svg(spec, vl_version="5.8")


@each_chart
def test_subtitle_lines_fit_the_width(name):
    for language in (EN, SV):
        lines = draw(name, language=language)["title"]["subtitle"]
        assert max(map(len, lines)) <= theme.SUBTITLE_CHARACTERS


@each_chart
def test_the_input_is_left_alone(name):
    frame = CHARTS[name][1]()
    before = frame.copy(deep=True)
    draw(name, frame)
    pd.testing.assert_frame_equal(frame, before)


@each_chart
def test_no_column_travels_that_is_not_drawn(name):
    frame = CHARTS[name][1]().assign(customer_id="C000123", comment="Aldrig mer!")
    text = json.dumps(draw(name, frame))
    assert "C000123" not in text and "Aldrig" not in text


@each_chart
def test_the_chart_is_small_enough_for_a_page(name):
    assert len(json.dumps(draw(name))) < 150_000


@each_chart
def test_an_empty_frame_is_drawn_as_a_sentence(name):
    for language in (EN, SV):
        spec = draw(name, CHARTS[name][1]().iloc[:0], language=language)
        text = json.dumps(spec["layer"], ensure_ascii=False).replace("\\n", " ")
        assert ("No data for" if language is EN else "saknar underlag") in text
        assert spec["title"]["text"] == TITLES[name][language.code == "sv"]
        assert vl_convert.vegalite_to_svg(spec)


@each_chart
def test_a_frame_of_suppressed_rows_is_drawn_as_a_sentence(name):
    frame = CHARTS[name][1]()
    numbers = [c for c in frame.select_dtypes("number").columns if c != "loss_weight"]
    frame[numbers] = np.nan
    spec = draw(name, frame)
    assert "No data for" in json.dumps(spec["layer"])


@each_chart
def test_a_missing_column_is_named(name):
    frame = CHARTS[name][1]()
    needed = {"trepunkt": "carried_share", "explorer": "carried_share", "phases": "low_mean", "zones": "share"}
    column = needed.get(name, frame.columns[1] if name != "loss_weight" else "capital_q25")
    with pytest.raises(MissingColumnError, match=column):
        draw(name, frame.drop(columns=column))


@each_chart
def test_several_groups_in_one_frame_are_refused(name):
    frame = CHARTS[name][1](12) if name == "loss_weight" else CHARTS[name][1]()
    with pytest.raises(ParameterError, match="choose one group"):
        draw(name, pd.concat([frame, frame]))


@each_chart
def test_a_chart_is_tooltipped_with_its_base(name):
    fields = [tip["field"] for tips in every(draw(name), "tooltip") if isinstance(tips, list) for tip in tips]
    base = dict.fromkeys(("capital", "zones", "loss_weight", "stress", "replay"), "n_customers")
    base["score"] = "n_responses"
    if name not in ("trepunkt", "explorer"):  # Their bases stand at the corners.
        assert base.get(name, "n_experiences") in fields


def test_parameter_names_are_unique_across_the_charts_of_a_page():
    names = [param["name"] for name in CHARTS for param in draw(name).get("params", []) if "name" in param]
    assert len(names) == len(set(names)) == 6


def test_no_chart_computes_a_statistic():
    for name in CHARTS:
        text = json.dumps(draw(name))
        assert '"aggregate"' not in text and '"joinaggregate"' not in text and '"timeUnit"' not in text


# ---- theme ----


def relative_luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def lightness(colour):
    return 116 * relative_luminance(colour) ** (1 / 3) - 16


def test_the_palette_is_okabe_and_ito():
    # Color Universal Design (2008), table of the eight colours.
    assert {*theme.ZONE_COLOURS.values(), *theme.PHASE_COLOURS.values()} <= {
        "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7",
    }  # fmt: skip


@pytest.mark.parametrize("colours", [theme.ZONE_COLOURS, theme.PHASE_COLOURS], ids=["zones", "phases"])
def test_colours_differ_in_a_grey_print(colours):
    shades = sorted(lightness(colour) for colour in colours.values())
    assert min(np.diff(shades)) > 10


def test_text_has_contrast():
    for ink in (theme.INK, theme.SOFT_INK):
        assert 1.05 / (relative_luminance(ink) + 0.05) > 7  # WCAG AAA on white


def test_colour_is_never_the_only_sign():
    assert theme.PHASE_SHAPES.keys() == theme.PHASE_COLOURS.keys()
    assert len(set(theme.PHASE_SHAPES.values())) == 3


def test_themed_touches_nothing_global():
    before = (alt.theme.active, alt.renderers.active)
    charts.themed(alt.Chart(pd.DataFrame({"a": [1]})).mark_point(), SV)
    assert (alt.theme.active, alt.renderers.active) == before


def test_whoever_changes_one_chart_changes_no_other():
    changed = charts.nothing_to_show_chart("No month may be shown.")
    changed.config.axis.labelColor = "red"
    config = charts.nothing_to_show_chart("No month may be shown.").to_dict()["config"]
    assert config["axis"]["labelColor"] == theme.SOFT_INK


def test_a_themed_chart_looks_as_one_that_is_made_so():
    made = alt.layer(theme.one_row().mark_rule(), **theme.house_look(SV))
    assert charts.themed(alt.layer(theme.one_row().mark_rule()), SV).to_dict() == made.to_dict()


def test_a_page_font_that_every_system_has():
    spec = draw("capital")
    assert spec["config"]["font"].startswith("system-ui") and spec["config"]["font"].endswith("sans-serif")


# ---- rows ----


def test_too_many_rows_say_size_limit_and_remedy():
    frame = pd.DataFrame({"month": pd.Timestamp("2026-10-01"), "x": range(MOST_ROWS + 1)})
    with pytest.raises(ParameterError, match=r"toy has 2,001 rows and a chart takes at most 2,000; summarise it"):
        chart_rows(frame, ["x"], name="toy")
    grid = toy.capital_by_loss_weight(36, np.arange(1, 58))
    with pytest.raises(ParameterError, match="capital_by_loss_weight has 2,052 rows"):
        charts.loss_weight_chart(grid, start=1)


def test_rows_are_plain_and_short():
    frame = pd.DataFrame(
        {
            "zone": pd.Categorical(["thin", None]),
            "n": pd.array([3, None], dtype="Int64"),
            "share": [0.123456789, -1234567.89],
            "weak": pd.array([True, None], dtype="boolean"),
        },
        index=[7, 9],
    )
    rows = chart_rows(frame, ["zone", "n", "share", "weak"], name="toy")
    assert rows["share"].tolist() == [0.123457, -1234570.0]
    assert rows["n"].iloc[0] == 3 and np.isnan(rows["n"].iloc[1])
    assert rows["weak"].tolist() == [True, False]
    assert list(rows.index) == [0, 1]


def scores_by(periods, **columns):
    frame = pd.DataFrame({"period": periods, "n_responses": 40, "nps_points": 10.0, "low_points": 1, "high_points": 19})
    return frame.assign(**columns)


@pytest.mark.parametrize(("language", "labels"), [(EN, ["Q3", "Q4", "Q1", "Q2"]), (SV, ["K3", "K4", "K1", "K2"])])
def test_the_score_by_quarter_has_a_place_for_each_quarter(language, labels):
    quarters = pd.PeriodIndex(["2025Q3", "2025Q4", "2026Q1", "2026Q2"], freq="Q")
    chart = charts.score_over_time_chart(
        scores_by(quarters, is_whole=[True] * 3 + [False]), language=language
    ).to_dict()
    x = chart["vconcat"][1]["encoding"]["x"]
    assert x["scale"]["domain"] == ["2025-07", "2025-10", "2026-01", "2026-04"]
    named = json.loads(x["axis"]["labelExpr"].removesuffix("[datum.value]"))
    assert [name[0] for name in named.values()] == labels
    second = {"en": "2nd quarter 2026 may not be over", "sv": "2:a kvartalet 2026 kan pågå ännu"}[language.code]
    assert second in " ".join(chart["title"]["subtitle"])
    assert "2026" in chart["title"]["subtitle"][1]


def test_a_gap_where_nobody_answered_is_none_of_too_few():
    months = pd.PeriodIndex(["2026-01", "2026-02", "2026-05"], freq="M")
    frame = scores_by(months, nps_points=[10.0, None, 12.0], n_responses=[40, 3, 40])
    said = charts.score_over_time_chart(frame).to_dict()["title"]["subtitle"]
    assert "Gaps where too few answered to show: 1. Gaps where nobody answered: 2." in said
    whole = charts.score_over_time_chart(scores_by(months[:2])).to_dict()["title"]["subtitle"]
    assert "Gaps" not in " ".join(whole)


def test_the_score_is_by_month_or_by_quarter():
    with pytest.raises(ParameterError, match=r"period\[Y-DEC\]; allowed: months or quarters"):
        charts.score_over_time_chart(scores_by(pd.PeriodIndex(["2025", "2026"], freq="Y")))


def test_labels_are_spread_apart_and_keep_their_order():
    assert spread_apart([1.0, 1.2, 5.0], gap=1.0) == [0.6, 1.6, 5.0]
    assert spread_apart([5, 4], gap=1) == [5, 4]
    placed = spread_apart([0.1, 0.1, 0.1, 0.12], gap=0.06)
    assert placed == sorted(placed) and min(np.diff(placed)) >= 0.06 - 1e-9
    assert np.mean(placed) == pytest.approx(0.105)
    assert spread_apart([], gap=1) == []


# ---- months ----


@pytest.mark.parametrize("count", [1, 2, 7, 12, 13, 24, 36, 60])
def test_month_labels_are_few_and_end_with_the_last_month(count):
    keys = [month.strftime("%Y-%m") for month in toy.months(count)]
    axis = MonthAxis.of(keys, SV).encoding().to_dict()["axis"]
    assert 1 <= len(axis["values"]) <= 12
    assert axis["values"][-1] == "2026-10"
    labels = json.loads(axis["labelExpr"].removesuffix("[datum.value]"))
    years = [label[1] for label in labels.values() if len(label) == 2]
    assert years == sorted({key[:4] for key in axis["values"]})
    assert labels["2026-10"][0] == "okt"


def test_a_month_that_is_missing_breaks_the_line():
    frame = toy.capital_by_month(6).drop(index=3)
    spec = draw("capital", frame)
    rows = next(rows for rows in spec["datasets"].values() if "capital_median" in rows[0])
    assert [row["capital_median"] is None for row in rows] == [False, False, False, True, False, False]
    assert "Gaps: months with too few customers to show." in spec["title"]["subtitle"]


# ---- capital ----


def test_capital_has_quartiles_a_zero_line_and_the_share_at_risk_on_the_same_months():
    spec = draw("capital")
    capital, risk = spec["vconcat"]
    band = capital["layer"][0]["encoding"]
    assert (band["y"]["field"], band["y2"]["field"]) == ("capital_q25", "capital_q75")
    assert any(layer["encoding"].get("y") == {"datum": 0} for layer in capital["layer"])
    assert "At zero no capital is left" in json.dumps(capital)
    domains = {tuple(x["scale"]["domain"]) for x in every(spec, "x") if isinstance(x, dict) and "scale" in x}
    assert len(domains) == 1
    interval = risk["layer"][0]["encoding"]
    assert (interval["y"]["field"], interval["y2"]["field"]) == ("low_share", "high_share")
    # The toy quartiles reach from -0.5 to 8.28.
    low, high = band["y"]["scale"]["domain"]
    assert low < -0.5 and high > 8.5


def test_chosen_customers_are_lines_told_apart_by_their_dash_and_named():
    spec = draw("capital", chosen=toy.chosen().assign(customer_id="C1"), language=SV)
    assert "customer_label" in data_columns(spec) and "customer_id" not in data_columns(spec)
    dashes = [dash for dash in every(spec, "strokeDash") if isinstance(dash, dict)]
    assert dashes[0]["field"] == "customer_label" and dashes[0]["legend"] is None
    labels = {row["label"] for rows in spec["datasets"].values() for row in rows if "label" in row}
    assert labels == {"Median", "Kund A", "Kund B", "Kund C"}


def test_too_many_chosen_customers_are_refused():
    many = pd.concat([toy.chosen(2).assign(customer_label=f"K{i}") for i in range(9)])
    with pytest.raises(ParameterError, match="chosen has 9 customers and the chart draws at most 8"):
        draw("capital", chosen=many)


def test_one_month_is_drawn_as_a_bar():
    spec = draw("capital", toy.capital_by_month(1))
    assert spec["vconcat"][0]["layer"][0]["mark"]["type"] == "bar"


def test_zones_are_stacked_with_those_at_risk_at_the_bottom():
    spec = draw("zones", language=SV)
    bars = spec["layer"][0]
    assert bars["encoding"]["y"]["stack"] == "zero" and bars["encoding"]["color"]["legend"] is None
    rows = next(rows for rows in spec["datasets"].values() if "order" in rows[0])
    assert {row["zone"]: row["order"] for row in rows} == {"I riskzonen": 0, "Tunn marginal": 1, "Med buffert": 2}
    labels = [row["label"] for rows in spec["datasets"].values() for row in rows if "label" in row]
    assert [label.rsplit("\N{NO-BREAK SPACE}")[0].rsplit(" ", 1)[0] for label in labels] == [
        "I riskzonen",
        "Tunn marginal",
        "Med buffert",
    ]


def test_zones_of_churned_customers_are_left_out():
    frame = toy.zones_by_month(3)
    extra = frame.iloc[:3].assign(zone=pd.Categorical([None] * 3, dtype=toy.ZONES))
    assert draw("zones", pd.concat([frame, extra])) == draw("zones", frame)


# ---- loss weight ----


def test_the_slider_covers_the_grid_and_starts_where_it_is_told():
    params = {param["name"]: param for param in draw("loss_weight")["params"]}
    bind = params["loss_weight"]["bind"]
    assert params["loss_weight"]["value"] == 2.25
    assert (bind["input"], bind["min"], bind["max"], bind["step"]) == ("range", 1, 12, 0.25)


def test_the_start_lies_within_the_grid():
    with pytest.raises(ParameterError, match="start is 13; allowed: 1 to 12"):
        charts.loss_weight_chart(toy.capital_by_loss_weight(3), start=13)


def test_the_nearest_weight_is_found_without_comparing_decimals():
    weights = [round(1 + step * 0.1, 1) for step in range(111)]
    expression = nearest_index_expression(weights)
    for step in (0, 3, 57, 110):
        # What a browser's slider gives after adding steps of 0.1.
        loss_weight = 1 + sum([0.1] * step)
        assert eval(expression, {"loss_weight": loss_weight}) == step
    assert slider_step(weights) == 0.1
    assert (nearest_index_expression([2]), slider_step([2])) == ("0", 1)


def test_each_month_holds_its_values_by_weight():
    spec = draw("loss_weight", toy.capital_by_loss_weight(3, [1, 2.25, 12]))
    rows = next(rows for rows in spec["datasets"].values() if "month" in rows[0])
    assert len(rows) == 3 and all(len(row["at_risk_share_grid"]) == 3 for row in rows)
    assert rows[0]["at_risk_share_grid"][0] == pytest.approx(0.08)
    scales = every(spec["vconcat"][1], "scale")
    assert any(scale.get("domain", [None])[0] not in (None, "2026-08") for scale in scales)  # fixed


# ---- phases ----


def test_the_corners_of_the_triangle():
    assert place(1, 0, 0) == (0, 0) and place(0, 0, 1) == (1, 0)
    assert place(0, 1, 0) == pytest.approx((0.5, 0.866025))
    x, y = place(1 / 3, 1 / 3, 1 / 3)
    corners = [place(1, 0, 0), place(0, 1, 0), place(0, 0, 1)]
    assert len({round(float(np.hypot(x - a, y - b)), 5) for a, b in corners}) == 1


def test_the_triangle_is_equilateral():
    spec = draw("trepunkt")
    x, y = (every(spec["layer"], axis)[0]["scale"]["domain"] for axis in "xy")
    assert spec["width"] / (x[1] - x[0]) == pytest.approx(spec["height"] / (y[1] - y[0]), rel=0.01)


def test_declared_and_carried_points_differ_in_shape_and_are_named():
    spec = draw("trepunkt", language=SV)
    shapes = [mark["shape"] for mark in every(spec, "mark") if mark.get("type") == "point"]
    assert set(shapes) == {"diamond", "circle", "triangle"}
    text = json.dumps(spec, ensure_ascii=False)
    assert '"Uttalad"' in text and '"Faktisk"' in text
    assert "uttalad 43\N{NO-BREAK SPACE}%" in text and "n = 8\N{NO-BREAK SPACE}210" in text


def test_without_carried_shares_only_the_declared_point_is_drawn():
    spec = draw("trepunkt", toy.balance().assign(carried_share=np.nan))
    assert "carried_purchase" not in data_columns(spec)
    svg = vl_convert.vegalite_to_svg(spec)
    assert "Declared" in svg and "NaN" not in svg


def test_the_explorer_has_a_slider_per_phase_from_its_rating():
    params = {param["name"]: param for param in draw("explorer", language=SV)["params"]}
    assert {name: param["value"] for name, param in params.items() if "bind" in param} == {
        "trepunkt_purchase": 3,
        "trepunkt_consumption": 1,
        "trepunkt_payment": 3,
    }
    bind = params["trepunkt_purchase"]["bind"]
    assert (bind["min"], bind["max"], bind["step"], bind["name"]) == (0, 3, 0.5, "Köp, betyg ")


def test_all_ratings_at_zero_are_equal_and_said_so():
    spec = charts.trepunkt_explorer_chart(toy.balance(), ratings=dict.fromkeys(RATINGS, 0)).to_dict()
    svg = vl_convert.vegalite_to_svg(spec)
    assert "NaN" not in svg and svg.count(">33% declared<") == 3 and "All ratings are zero" in svg


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ({"purchase": 1, "payment": 1}, "ratings lacks 'consumption'"),
        (RATINGS | {"payment": 4}, "the rating of payment is 4; allowed: 0 to 3"),
        (RATINGS | {"payments": 1}, "ratings has 'payments'.*did you mean 'payment'"),
    ],
)
def test_ratings_are_checked(ratings, message):
    with pytest.raises(ParameterError, match=message):
        charts.trepunkt_explorer_chart(toy.balance(), ratings=ratings)


def test_the_weakest_phase_is_named_and_a_suppressed_phase_has_a_dash():
    frame = toy.balance()
    frame.loc[0, ["n_experiences", "mean_experience", "low_mean", "high_mean"]] = np.nan
    spec = draw("phases", frame)
    bases = [row["base"] for rows in spec["datasets"].values() for row in rows if "base" in row]
    assert bases == ["n = –", "n = 8,210\n+0.19 to +0.23", "n = 3,904\n−0.15 to −0.09"]
    assert "NaN" not in vl_convert.vegalite_to_svg(spec)


def test_a_phase_without_a_row_keeps_its_place():
    frame = toy.balance().iloc[[0, 2]]
    svg = vl_convert.vegalite_to_svg(draw("phases", frame))
    assert "Consumption" in svg and "NaN" not in svg and svg.count(">weakest phase<") == 1


# ---- touchpoints ----


def test_touchpoints_are_sorted_by_net_with_phase_as_shape_and_word():
    frame = toy.touchpoint_inventory()
    spec = draw("touchpoints", frame)
    rows = next(rows for rows in spec["datasets"].values() if "touchpoint" in rows[0])
    assert [row["touchpoint"] for row in rows] == list(frame.sort_values("net_capital", ascending=False)["touchpoint"])
    svg = vl_convert.vegalite_to_svg(spec)
    places = [svg.index(f">{row['label'].splitlines()[0]}<") for row in rows]
    assert places == sorted(places)
    assert any(isinstance(shape, dict) and shape["field"] == "phase" for shape in every(spec, "shape"))
    assert any(text == {"field": "phase", "type": "nominal"} for text in every(spec, "text"))


def test_of_forty_touchpoints_the_twenty_that_move_most_are_shown_and_said():
    frame = toy.touchpoint_inventory(40)
    spec = draw("touchpoints", frame)
    rows = next(rows for rows in spec["datasets"].values() if "touchpoint" in rows[0])
    moved = (frame["capital_carried"] - frame["capital_drained"]).nlargest(20)
    assert {row["touchpoint"] for row in rows} == set(frame.loc[moved.index, "touchpoint"])
    assert "The 20 of 40 touchpoints that move capital most." in spec["title"]["subtitle"]


def test_suppressed_touchpoints_are_counted_in_the_subtitle():
    frame = toy.touchpoint_inventory()
    frame.loc[[2, 5], ["mean_experience", "capital_carried", "capital_drained", "net_capital"]] = np.nan
    subtitle = draw("touchpoints", frame)["title"]["subtitle"]
    assert "Not shown: 2 of the touchpoints, too few customers or withheld to guard those." in subtitle


def test_long_names_are_broken_not_merged():
    frame = toy.touchpoint_inventory(2)
    long = "Ärende hos kundtjänst om felaktig debitering efter flytt till ny bostad"
    frame["touchpoint"] = [f"{long} i Umeå", f"{long} i Skåne"]
    svg = vl_convert.vegalite_to_svg(draw("touchpoints", frame))
    assert svg.count("Ärende hos kundtjänst om") >= 2
    assert "… till ny bostad i Umeå" in svg and "… till ny bostad i Skåne" in svg


def test_labels_that_would_be_alike_are_numbered():
    begin, end = "Samtal till kundtjänst från ", " efter flytt till ny bostad"
    labels = axis_labels([f"{begin}{place}{end}" for place in ("Umeå", "Skåne", "Luleå")])
    assert len(set(labels)) == 3
    assert labels[1:] == [f"{labels[0]} (2)", f"{labels[0]} (3)"]
    long = axis_labels(["x" * 300, "y y\ny"])
    assert long == [f"{'x' * 27}\n… {'x' * 25}", "y y y"]


def test_a_chart_of_long_names_holds_each_of_them_once():
    frame = toy.touchpoint_inventory(20)
    frame["touchpoint"] = [f"{place:03} {'a long name ' * 8}" for place in range(20)]
    written = json.dumps(draw("touchpoints", frame))
    assert all(written.count(name) == 1 for name in frame["touchpoint"])


# ---- score ----


def test_the_score_has_its_interval_and_base():
    spec = draw("score")
    interval = spec["vconcat"][0]["layer"][0]["encoding"]
    assert (interval["y"]["field"], interval["y2"]["field"]) == ("low_points", "high_points")
    assert spec["vconcat"][1]["encoding"]["y"]["field"] == "n_responses"


# ---- display ----


@pytest.fixture
def offline_charts():
    """As a notebook begins; undone afterwards."""
    before = alt.renderers.active
    with schemapi.debug_mode(True):
        charts.enable_offline_charts()
        yield
    alt.renderers.enable(before)


def test_a_chart_in_a_notebook_is_a_specification_and_no_address(offline_charts):
    assert alt.renderers.active == "cxlib-offline"
    bundle = CHARTS["score"][0](toy.nps_by_month())._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    assert set(bundle) == {MIME_TYPE, "text/plain"}
    assert "http" not in json.dumps(bundle)
    assert bundle["text/plain"].startswith("Net Promoter Score.")


def test_a_chart_that_is_wrong_anywhere_is_refused_where_it_is_shown(offline_charts, capsys):
    wrong = alt.layer(alt.Chart().mark_point().encode(x=alt.X("a:Q", axis=alt.Axis(labelAngle="steep"))))
    assert wrong._repr_mimebundle_() == {}
    assert "'steep' is an invalid value for `labelAngle`" in capsys.readouterr().err


def test_a_notebook_may_hold_the_output():
    output = nbformat.v4.new_output("display_data", data=offline_bundle(draw("score")))
    nbformat.validate(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("chart", outputs=[output])]))
