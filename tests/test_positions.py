"""Whatever two positions of a filter or a slider show beside one another: nothing of few people follows from it."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlib as cx
from cxlib.archetypes import PHASES
from cxlib.capital import accounts as accounts_module
from cxlib.confidentiality.audit import derivable_groups
from cxlib.findings.windows import shown_windows, telling_windows
from cxlib.panels import capital_explorer_data, phase_balance_data
from cxlib.panels.explorer_data import explorer_accounts, explorer_data
from cxlib.panels.phases_data import MeasuredPhases
from cxlib.workshop.scenes import Stage
from cxlib.workshop.sliders.capital import CapitalScene
from cxlib.workshop.trepunkt_scene import trepunkt_scene
from tests.toy_workshop import small_takehome

ROOT = Path(__file__).parents[1]

AUDITED = {
    # what is chosen by it: held against every other choice below
    "panels/explorer_controls.py segment": "another choice of people",
    "panels/phases_controls.py segment": "another choice of people",
    # one customer's own account, for whoever may see the study
    "panels/explorer_controls.py customer": "one customer, by name",
    # decision 0028: whoever may move the months may see the study; between the segments they are audited
    "panels/phases_controls.py months": "another choice of months",
    # the same people in every position: below
    "charts/loss_weight.py loss_weight": "the same people",
    "charts/phases.py trepunkt_": "the same people",
    # whoever is a customer then is hit, whatever goes wrong: below
    "workshop/sliders/capital.py incident": "the same people",
    "charts/smallest_set.py capital_given_up": "touchpoints that are shown already",
}


CHOOSERS = {
    "Dropdown",
    "Combobox",
    "Select",
    "SelectMultiple",
    "SelectionSlider",
    "SelectionRangeSlider",
    "RadioButtons",
}


def controls_of(path: Path):
    """What a module lets its reader choose: ipywidgets with options, and parameters of charts bound to a control."""
    source = path.read_text(encoding="utf-8")
    if not any(word in source for word in ("widgets", "bind", "selection_")):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr in CHOOSERS:
                yield node.targets[0].attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            if node.func.attr in ("selection_point", "selection_interval"):
                yield node.func.attr
            if node.func.attr == "param" and "bind" in named:
                yield ast.unparse(named["name"]).removeprefix("f").strip("'\"").partition("{")[0]


def test_every_control_that_chooses_people_or_months_is_audited_here():
    package = ROOT / "cxlib"
    found = {
        f"{path.relative_to(package).as_posix()} {control}"
        for path in sorted(package.rglob("*.py"))
        for control in controls_of(path)
    }
    # an archetype sets ratings, and no people
    assert found - {"panels/phases_controls.py archetype"} == set(AUDITED)


# ---- the capital explorer: segments and all customers, month by month ----


def study_of_segments(write_study, **sizes) -> cx.Study:
    """Customers of each segment who pay an invoice in September and in October."""
    customers, events = [], []
    for segment, size in sizes.items():
        for place in range(size):
            name = f"{segment}{place}"
            customers.append(f"{name},2026-06-01,{'' if segment == 'Nobody' else segment}")
            events += [f"{name},2026-{month}-05,Invoice,{1 if place % 3 else 5}" for month in ("09", "10")]
    files = {
        "study.toml": 'name = "Toy"\narchetype = "e-commerce"\n',
        "touchpoints.csv": "touchpoint,phase,stage\nInvoice,payment,use\n",
        "customers.csv": "customer_id,joined_on,segment\n" + "\n".join(customers) + "\n",
        "events.csv": "customer_id,occurred_at,touchpoint,score\n" + "\n".join(events) + "\n",
    }
    return cx.load_study(write_study(files))


def told_by_segments(study, *, smallest_base=5) -> list[tuple]:
    """What all positions of the explorer's segment tell of few customers, in any month."""
    accounts = explorer_accounts(study)
    rules, requirement = cx.CapitalRules(), cx.Requirement()
    positions = {
        segment: explorer_data(
            accounts,
            rules=rules,
            requirement=requirement,
            segment=segment,
            customer_id=None,
            smallest_base=smallest_base,
        )
        for segment in (None, *accounts.segments)
    }
    cells = accounts.by_segment(rules, smallest_base=1)
    zones = {segment: data.zones["share"].notna().any() for segment, data in positions.items()}
    told = []
    for month, of_month in cells.groupby("month"):
        of_month = of_month.reset_index(drop=True)
        is_last = month == accounts.months[-1].to_timestamp()
        sums = []
        for segment, data in positions.items():
            row = data.by_month.loc[data.by_month["month"] == month]
            is_in = np.ones(len(of_month)) if segment is None else (of_month["segment"] == segment).to_numpy(float)
            if row["at_risk_share"].notna().any() or row["capital_median"].notna().any():
                sums.append(is_in)
            if is_last and zones[segment]:
                sums.append(is_in)
        totals = pd.DataFrame(np.array(sums).reshape(len(sums), len(of_month)))
        found = derivable_groups(of_month, totals, base="n_customers", smallest_base=smallest_base)
        told += [(str(month)[:7], *of_month.loc[list(group), "segment"]) for group in found["cells"]]
    return told


@pytest.fixture(scope="module")
def demo() -> cx.Study:
    return cx.load_study(ROOT / "data" / "demo")


@pytest.mark.parametrize("smallest_base", [5, 60])
def test_no_two_segments_of_the_bundled_study_tell_of_few_in_any_month(demo, smallest_base):
    assert told_by_segments(demo, smallest_base=smallest_base) == []


@pytest.mark.parametrize("sizes", [{"A": 20, "B": 9, "C": 3}, {"A": 20, "B": 9, "Nobody": 3}, {"A": 6, "B": 2, "C": 2}])
def test_a_segment_of_three_is_not_all_less_the_others(write_study, sizes):
    study = study_of_segments(write_study, **sizes)
    assert told_by_segments(study) == []
    # all customers are shown, so that something has to be hidden
    assert capital_explorer_data(study).by_month["capital_median"].notna().all()


def test_the_audit_finds_what_positions_without_a_guard_tell(write_study, monkeypatch):
    def small_ones_alone(frame, *, base, columns, within=None, smallest_base=5, **_):
        return cx.suppress_small_bases(frame, base=base, columns=columns, smallest_base=smallest_base)

    study = study_of_segments(write_study, A=20, B=9, C=3)
    monkeypatch.setattr(accounts_module, "suppress_derivable", small_ones_alone)
    assert told_by_segments(study) == [("2026-09", "C"), ("2026-10", "C")]


# ---- the panel of the phases: segments and all customers, in the same months ----


def told_by_phases(measured, *, since=None, until=None, smallest_base=5) -> list[tuple]:
    """What all positions of the panel's segment tell of few customers in these months."""
    rows = measured._measured.assign(segment=measured._segment, month=measured._month)
    first = measured.month(since, name="since", default=measured.months[0])
    last = measured.month(until, name="until", default=measured.months[-1])
    rows = rows.loc[rows["month"].between(first.to_timestamp(), last.to_timestamp())].astype({"phase": "str"})
    cells = rows.groupby(["segment", "phase"], dropna=False)["customer_id"].agg(frozenset).rename("who").reset_index()
    sums = []
    for segment in (None, *measured.segments):
        balance = measured.carried(segment=segment, since=first, until=last, smallest_base=smallest_base)
        is_in = np.ones(len(cells)) if segment is None else (cells["segment"] == segment).to_numpy(float)
        shown = balance.loc[balance["mean_experience"].notna(), "phase"].astype("str")
        sums += [is_in * (cells["phase"] == phase).to_numpy(float) for phase in shown]
        if len(shown):
            sums.append(is_in)  # the shares add up to 1
    totals = pd.DataFrame(np.array(sums).reshape(len(sums), len(cells)))
    found = derivable_groups(cells, totals, base="who", smallest_base=smallest_base)
    return [tuple(cells.loc[list(group), ["segment", "phase"]].itertuples(index=False)) for group in found["cells"]]


@pytest.fixture(scope="module")
def demo_phases(demo) -> MeasuredPhases:
    return MeasuredPhases(demo)


@pytest.mark.parametrize(
    ("since", "until"),
    [(None, None), ("2024-11", "2024-11"), ("2025-01", "2025-03"), ("2025-12", "2025-12"), ("2026-10", "2026-10")],
)
def test_no_two_segments_of_the_bundled_study_tell_of_few_in_a_phase(demo_phases, since, until):
    assert told_by_phases(demo_phases, since=since, until=until) == []


def study_of_phases(write_study, met) -> cx.Study:
    """Customers of each segment by the touchpoints that they met: ("North", "Shop", range(9))."""
    events, people = [], {}
    for segment, touchpoint, places in met:
        for place in places:
            people[f"{segment}{place}"] = segment
            events.append(f"{segment}{place},2026-01-05,{touchpoint},{5 if place % 2 else 1}")
    files = {
        "study.toml": 'name = "Toy"\narchetype = "e-commerce"\n',
        "touchpoints.csv": "touchpoint,phase\nShop,purchase\nLift,consumption\nTill,payment\n",
        "customers.csv": "customer_id,segment\n" + "".join(f"{name},{segment}\n" for name, segment in people.items()),
        "events.csv": "customer_id,occurred_at,touchpoint,score\n" + "\n".join(events) + "\n",
    }
    return cx.load_study(write_study(files))


@pytest.mark.parametrize("same", [True, False])
def test_three_of_a_segment_in_two_phases_are_not_told_by_the_others(write_study, same):
    """The three of North at the lift are those at the till, or three others: either way all less South tell them."""
    till = range(3) if same else range(3, 6)
    met = [("North", "Shop", range(12)), ("North", "Lift", range(3)), ("North", "Till", till)]
    met += [("South", touchpoint, range(30)) for touchpoint in ("Shop", "Lift", "Till")]
    assert told_by_phases(MeasuredPhases(study_of_phases(write_study, met))) == []


# ---- windows of months of a touchpoint ----


@pytest.mark.parametrize("month", ["2025-02", "2025-06", "2026-10"])
def test_no_two_windows_of_a_touchpoint_of_the_bundled_study_tell_of_few(demo, month):
    period = pd.Period(month, "M")
    signed = cx.experiences(demo.as_of((period + 1).to_timestamp()))
    signed = signed.loc[signed["is_measured"]]
    windows = shown_windows(period, recent_months=3, choice_months=12)
    hidden = telling_windows(signed, windows, smallest_base=5)
    months = signed["occurred_at"].dt.tz_localize(None).dt.to_period("M")
    for touchpoint in sorted(signed["touchpoint"].unique()):
        rows = signed.loc[signed["touchpoint"] == touchpoint].assign(month=months)
        cells = rows.groupby("month")["customer_id"].agg(frozenset).rename("who").reset_index()
        shown = [window for name, window in windows.items() if touchpoint not in hidden[name]]
        sums = [cells["month"].between(first, last).astype(float) for first, last in shown]
        totals = pd.DataFrame(np.array(sums).reshape(len(sums), len(cells)))
        assert derivable_groups(cells, totals, base="who").empty, touchpoint


# ---- the workshop: what a room and its file show ----


TAKE_HOME = {
    "crash_weight": "a model",
    "industry": "ratings, and no people",
    "phase-": "the same people: below",
    "segment": "another choice of people: below",
    "loss_weight": "the same people: below",
    "half_life": "the same people: below",
    "losses": "the same people: below",
    "gestures": "the same people: below",
}


def test_every_control_of_the_workshops_file_is_audited_here():
    template = (ROOT / "cxlib" / "workshop" / "page_template" / "index.html.j2").read_text(encoding="utf-8")
    calls = re.findall(r'{{ range\("([\w-]+)"', template)
    assert set(calls) | set(re.findall(r'<select id="([\w-]+)"', template)) == set(TAKE_HOME)


def told_by_scene(study, *, smallest_base=5) -> list[tuple]:
    """What all positions of the workshop's second scene tell of few customers, in the room and in the file."""
    stage = Stage.of(study, smallest_base=smallest_base)
    measured = MeasuredPhases(stage.study)
    rows = measured._measured.assign(segment=measured._segment).astype({"phase": "str"})
    cells = rows.groupby(["segment", "phase"], dropna=False)["customer_id"].agg(frozenset).rename("who").reset_index()
    scene, sums = trepunkt_scene(stage), []
    for segment, positions in zip((None, *measured.segments), scene["of_customers"], strict=True):
        # the ratings move what is declared, and never what is shown of people
        assert len({tuple(each["live"]["carried_share"]) for each in positions}) == 1
        is_in = np.ones(len(cells)) if segment is None else (cells["segment"] == segment).to_numpy(float)
        shares = positions[0]["live"]["carried_share"]
        sums += [
            is_in * (cells["phase"] == phase).to_numpy(float)
            for phase, share in zip(PHASES, shares, strict=True)
            if share is not None
        ]
        if any(share is not None for share in shares):
            sums.append(is_in)
    assert all(each["live"]["carried_share"] == [None] * 3 for each in scene["of_model"])
    totals = pd.DataFrame(np.array(sums).reshape(len(sums), len(cells)))
    found = derivable_groups(cells, totals, base="who", smallest_base=smallest_base)
    return [tuple(cells.loc[list(group), ["segment", "phase"]].itertuples(index=False)) for group in found["cells"]]


def test_no_two_segments_of_the_workshop_tell_of_few_in_a_phase(demo, write_study):
    assert told_by_scene(demo) == []
    met = [("North", "Shop", range(12)), ("North", "Lift", range(3)), ("North", "Till", range(3, 6))]
    met += [("South", touchpoint, range(30)) for touchpoint in ("Shop", "Lift", "Till")]
    assert told_by_scene(study_of_phases(write_study, met)) == []


@pytest.fixture(scope="module")
def workshops_scene(demo) -> CapitalScene:
    return CapitalScene(Stage.of(demo))


def test_every_position_of_the_workshops_incident_has_the_same_people(workshops_scene):
    scene, bases = workshops_scene, []
    scene.shows.value = "stress"
    for touchpoint, losses, gestures, weight in [
        (scene.incident.value, 1, 1, 2.25),
        (scene.incident.options[0][1], 3, 0, 2.25),
        (scene.incident.options[-1][1], 2, 3, 12),
    ]:
        scene.incident.value, scene.n_losses.value, scene.n_gestures.value = touchpoint, losses, gestures
        scene.controls.loss_weight.value = weight
        bases.append(scene.summary[["group", "segment", "n_customers"]])
    for other in bases[1:]:
        pd.testing.assert_frame_equal(bases[0], other)


def test_the_incident_hits_those_whom_the_last_month_shows(workshops_scene):
    """Else the stress test's share before it, less the month's, would tell of those who are in one of them."""
    scene = workshops_scene
    scene.shows.value = "stress"
    hit = scene.summary.set_index(scene.summary["segment"].fillna(""))["n_customers"]
    for segment, n_customers in hit.items():
        shown = scene._accounts.by_month(cx.CapitalRules(), segment=segment or None)
        assert shown["n_customers"].iloc[-1] == n_customers


def test_every_position_of_the_workshops_file_has_the_same_people(demo):
    """The groups that are shown are the same in each, so that nothing is left between two of them."""
    data = json.loads(re.search(r'id="workshop-data">(.*?)</script>', small_takehome("en"), re.DOTALL)[1])["capital"]
    lives = [cell["live"] for a in data["by_incident"] for b in a for c in b for cell in c]
    # the groups and their people stand in the chart; here is which of them are shown
    shown = {tuple(line is not None for line in live["lines"][::3]) for live in lives}
    assert len(lives) > 50 and len(shown) == 1 and sum(next(iter(shown))) > 3
    counts = {tuple(position["live"]["n_customers"]) for by_weight in data["by_rules"] for position in by_weight}
    assert len(counts) == 1


# ---- sliders under which the people stay ----


def test_every_position_of_the_loss_weight_has_the_same_people(demo):
    accounts = explorer_accounts(demo)
    bases = [
        accounts.by_month(cx.CapitalRules().with_loss_weight(weight))[["month", "n_customers"]]
        for weight in (1, 2.25, 12)
    ]
    for other in bases[1:]:
        pd.testing.assert_frame_equal(bases[0], other)


def test_every_position_of_the_ratings_has_the_same_people(demo):
    carried = ["phase", "n_experiences", "n_customers", "mean_experience", "carried_share"]
    views = [
        phase_balance_data(demo, importance=name).balance[carried] for name in ("restaurant", "streaming subscription")
    ]
    pd.testing.assert_frame_equal(*views)
