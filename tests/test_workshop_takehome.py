"""The workshop in one file: what it says at each position, that it is small, and that nothing leaks into it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product

import pandas as pd
import pytest

import cxlib as cx
from cxlib.charts.live_stress import live_stress, live_stress_groups
from cxlib.errors import ParameterError
from cxlib.language import Language
from cxlib.workshop import capital_scene, takehome
from cxlib.workshop.capital_scene import MOST_SEGMENTS, N_GESTURES, N_LOSSES, START, incident_touchpoint, refilled_words
from cxlib.workshop.scenes import Stage, compact
from cxlib.workshop.takehome import takehome_html
from cxlib.workshop.trepunkt_scene import rating_steps, trepunkt_scene
from tests.test_nothing_leaks import IDS, one_line
from tests.toy_project import make_study
from tests.toy_workshop import HALF_LIVES, LONG_NAMES, LOSS_WEIGHTS, demo, few_positions, many_segments, small_takehome

LANGUAGES = ["en", "sv"]


def data_of(page: str) -> dict:
    return json.loads(re.search(r'id="workshop-data">(.*?)</script>', page, re.DOTALL)[1])


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage.of(demo())


@pytest.fixture(scope="module", params=LANGUAGES)
def page(request) -> str:
    return small_takehome(request.param)


# ---- the figures ----


def test_the_stage_is_the_study_when_its_last_whole_month_ended(stage):
    assert str(stage.month) == "2026-10"
    assert stage.experiences["occurred_at"].max() < pd.Timestamp("2026-11-01", tz="Europe/Stockholm")
    assert incident_touchpoint(stage) == "Monthly invoice"


def test_every_position_of_the_rules_is_that_of_the_accounts(stage):
    data = data_of(small_takehome("en"))["capital"]["by_rules"]
    accounts = cx.CapitalAccounts(stage.experiences, stage.study.customers, stage.study.cases, until=stage.month)
    for (i, weight), (j, days) in product(enumerate(LOSS_WEIGHTS), enumerate(HALF_LIVES)):
        rules = replace(START.with_loss_weight(weight), half_life_days=days)
        by_month = accounts.by_month(rules)
        for column in ("capital_median", "at_risk_share"):
            # to four decimals, and the chart's rows are rounded once before that
            assert data[i][j]["live"][column] == pytest.approx(by_month[column].tolist(), abs=0.6e-4)
        share = Language("en").percent(by_month["at_risk_share"].iloc[-1])
        assert f"{share} of 1,594 customers are at risk" in data[i][j]["says"]


def test_a_position_of_the_incident_is_the_stress_test(stage):
    data = data_of(small_takehome("en"))["capital"]["by_incident"]
    # normann, half forgotten in a year, two losses, three gestures
    shown = data[2][1][N_LOSSES.index(2)][N_GESTURES.index(3)]
    rules = START.with_loss_weight(12.0)
    study = stage.study
    alone = cx.stress_test(
        stage.experiences,
        study.customers,
        rules,
        incident=cx.Incident(touchpoint="Monthly invoice", at=stage.known_at, n_losses=2),
        gestures=cx.RecoveryGestures(n_gestures=3),
        cases=study.cases,
        touchpoints=study.touchpoints,
    )
    groups = live_stress_groups(alone.summary, most_segments=MOST_SEGMENTS)
    assert shown["live"] == compact(live_stress(alone.summary, groups=groups))
    assert shown["says"].startswith("Monthly invoice goes wrong twice for each of 1,594 customers")


def test_every_position_of_the_ratings_is_the_balance_of_the_phases(stage):
    scene = trepunkt_scene(stage)
    steps = rating_steps(stage.study.settings.importance)
    assert [phase["steps"] for phase in scene["phases"]] == [["Low", "Medium", "High"]] * 3
    places = {industry["name"]: industry["places"] for industry in scene["industries"]}
    assert places["E-commerce"] == [2, 1, 2] and places["Streaming subscription"] == [1, 2, 1]
    for place, ratings in enumerate(product(*steps.values())):
        shares = cx.importance_shares(dict(zip(steps, ratings, strict=True)))
        assert scene["of_model"][place]["live"]["importance_share"] == compact(list(shares.values()))
    # high, low, high is the 21st of 27: electricity, .429/.143/.429
    assert scene["of_model"][20]["live"]["importance_share"] == [0.4286, 0.1429, 0.4286]
    balance = cx.panels.phase_balance_data(stage.study, importance="restaurant", segment="Farm").balance
    farm = scene["of_customers"][scene["segments"].index("Farm")][9 * 2 + 3 * 2 + 1]["live"]
    assert farm["carried_share"] == compact(balance["carried_share"].tolist())
    assert farm["importance_share"] == compact(balance["importance_share"].tolist())


def test_less_than_a_month_is_said_in_days(stage):
    said = [refilled_words(months, 0.1, 1.5, stage)[0].split("were ")[-1] for months in (0.03, 0.2, 0.99, 1.0)]
    # a month has 365.25 / 12 days
    assert said == ["after 1 day (3 to 46).", "after 6 days (3 to 46).", "after 30 days (3 to 46).",
                    "after 1.0 months (0.1 to 1.5)."]  # fmt: skip


def test_segments_stand_in_the_order_of_the_swedish_alphabet():
    stage = Stage.of(demo(), language="sv")
    scene = trepunkt_scene(stage)
    assert scene["segments"] == ["Alla kunder", "Lantbruk", "Lägenhet", "Småföretag", "Villa"]
    farm = cx.panels.phase_balance_data(stage.study, segment="Farm").balance
    assert scene["of_customers"][1][20]["live"]["carried_share"] == compact(farm["carried_share"].tolist())


def test_a_study_without_phases_is_not_said_to_have_too_few_customers(write_study):
    met = "".join(f"{customer},2026-{month:02}-03,visit,csat,5\n" for customer in range(20) for month in (8, 9, 10))
    files = {"responses.csv": "customer_id,answered_at,touchpoint,metric,score\n" + met}
    stage = Stage.of(cx.load_study(write_study(files)), language="en")
    shown = trepunkt_scene(stage)["of_customers"][0][0]
    assert shown["says"] == "The study does not say which phase its touchpoints belong to."
    assert shown["live"]["nothing"] == ""


# ---- the file ----


def test_the_whole_file_is_under_three_megabytes(page):
    capital = data_of(page)["capital"]
    per_position = len(json.dumps(capital, ensure_ascii=False)) / (len(LOSS_WEIGHTS) * len(HALF_LIVES))
    missing = len(capital_scene.LOSS_WEIGHTS) * len(capital_scene.HALF_LIVES) - len(LOSS_WEIGHTS) * len(HALF_LIVES)
    whole = len(page.encode("utf-8")) + missing * per_position
    assert missing > 0 and 1_000_000 < whole < 3_000_000


def test_many_segments_of_long_names_are_a_small_file_at_every_position(tmp_path):
    html = takehome_html(many_segments(tmp_path / "many", n_segments=14))
    assert len(html.encode("utf-8")) < takehome.MOST_BYTES
    by_incident = data_of(html)["capital"]["by_incident"]
    cells = [cell for a in by_incident for b in a for c in b for cell in c]
    assert len(cells) == 7 * 4 * 3 * 4
    # a name stands in the chart, once, and not at every position
    assert len(json.dumps(by_incident)) < 500_000 and "Segment number" not in json.dumps(by_incident)
    # all customers and the five largest, of whom the same are shown wherever the sliders stand
    assert {len(cell["live"]["lines"]) for cell in cells} == {(1 + 5) * 3}
    assert all(line is not None for cell in cells for line in cell["live"]["lines"][::3])
    assert "The 5 largest of 14 segments." in html


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(takehome, "MOST_BYTES", 1_000_000)
    study = many_segments(tmp_path / "many", n_segments=3)
    with few_positions(), pytest.raises(ParameterError, match=r"would have 1\.\d MB and may have 1: .* 3 segments"):
        takehome_html(study)


def test_two_segments_may_be_written_alike(tmp_path):
    labels = "[labels.sv]\n" + "".join(f'"{name}" = "Samma"\n' for name in LONG_NAMES[:2])
    study = many_segments(tmp_path / "alike", n_segments=2, settings=labels)
    with few_positions():
        page = takehome_html(study, language="sv")
    lines = data_of(page)["capital"]["by_incident"][0][0][0][1]["live"]["lines"]
    assert len(lines) == 9 and all(lines)
    assert page.count('"name":"Samma"') == 6  # two segments, three lines each


def test_it_asks_for_nothing_and_stores_nothing(page):
    own = re.sub(r"<script>.*?</script>", " ", page, count=1, flags=re.DOTALL)  # without the charts' library
    assert len(own) < len(page) - 500_000
    without_schema = own.replace("https://vega.github.io/schema/", "")
    assert re.findall(r"(?:https?:)?//[a-z]", without_schema.replace("  // ", "")) == []
    for word in (
        "fetch(",
        "XMLHttpRequest",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "document.cookie",
        "import(",
    ):
        assert word not in own
    assert "default-src 'none'; script-src 'sha256-" in own
    assert " style=" not in own and " onclick" not in own


@pytest.mark.parametrize("column", IDS)
def test_no_id_is_in_it(page, column):
    ids = set(getattr(demo(), IDS[column])[column].dropna())
    assert len(ids) > 1000
    own = re.sub(r"<script>.*?</script>", " ", page, flags=re.DOTALL)
    assert not ids & set(re.findall(r"[A-Z][0-9]{4,}", own))


def test_no_comment_is_in_it(page):
    comments = pd.concat([demo().responses["comment"], demo().events["note"]]).dropna().map(one_line).unique()
    assert len(comments) > 50
    own = one_line(re.sub(r"<script>.*?</script>", " ", page, flags=re.DOTALL))
    assert not [comment for comment in comments if comment in own]


def test_its_labels_are_in_the_language():
    swedish = small_takehome("sv")
    assert '<html lang="sv" data-locale="sv-SE">' in swedish
    assert "Månadsfaktura går fel" in swedish and "Monthly invoice" not in swedish
    assert "Lantbruk" in swedish and '"Farm"' not in swedish


def test_a_study_of_few_customers_shows_none_of_their_figures(tmp_path):
    study = cx.load_study(make_study(tmp_path / "study"))
    assert 0 < study.events["customer_id"].nunique() < 5
    with few_positions():
        data = data_of(takehome_html(study))
    for by_weight in data["capital"]["by_rules"]:
        for position in by_weight:
            assert set(position["live"]["capital_median"]) <= {None}
            assert set(position["live"]["at_risk_share"]) <= {None}
            assert position["says"].endswith("there are too few customers to show.")
    every = [cell for a in data["capital"]["by_incident"] for b in a for c in b for cell in c]
    assert all(cell["live"]["lines"] == [] for cell in every)
    assert not any(re.search(r"\d", cell["says"]) for cell in every)
    for of_segment in data["trepunkt"]["of_customers"]:
        assert all(not position["live"]["has_carried"] for position in of_segment)


def test_a_hostile_name_is_text(tmp_path):
    study = cx.load_study(make_study(tmp_path / "study"))
    settings = replace(study.settings, name="</script><script>alert(1)</script>")
    with few_positions():
        html = takehome_html(replace(study, settings=settings))
    assert "alert(1)</script>" not in html
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in html


def test_what_is_refused():
    with pytest.raises(ParameterError, match="language is 'de'; allowed: en, sv"):
        takehome_html(demo(), language="de")


def test_a_study_without_experiences_is_refused(write_study):
    files = {"touchpoints.csv": "touchpoint,phase,stage\nad,purchase,awareness\n",
             "events.csv": "customer_id,occurred_at,touchpoint\n1,2026-10-03,ad\n"}  # fmt: skip
    with pytest.raises(ParameterError, match="no experiences from the purchase on"):
        takehome_html(cx.load_study(write_study(files)))
