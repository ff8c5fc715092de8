"""Parts that share people: their bases do not add up to the people behind them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx
from cxlib.confidentiality import few_told, suppress_derivable
from cxlib.confidentiality.audit import derivable_groups
from cxlib.errors import ParameterError


def parts_of(*people, **columns) -> pd.DataFrame:
    """Parts of a total, each of the letters that name its people."""
    who = [frozenset(letters) for letters in people]
    return pd.DataFrame({"who": who, "n": [len(each) for each in who], "share": 0.5, **columns})


def told_beside_the_total(frame, shown) -> list[tuple]:
    """What the total and the parts shown tell of few, by the audit on the people themselves."""
    totals = pd.DataFrame(np.vstack([np.ones(len(frame)), np.eye(len(frame))[shown]]), columns=frame.index)
    return list(derivable_groups(frame, totals, base="who")["cells"])


def shown_of(frame, parts) -> np.ndarray:
    hidden = suppress_derivable(frame, base="n", columns=["share"], parts=parts)["share"].isna()
    return np.flatnonzero(~hidden)


def test_the_same_three_in_two_parts_are_three():
    # the total less the third part is abc twice: six by their bases, three people
    frame = parts_of("abc", "abc", "abcdefgh", "defghijkl")
    assert shown_of(frame, "apart").tolist() == [2, 3]
    assert told_beside_the_total(frame, [2, 3]) == [(0, 1)]
    assert shown_of(frame, "overlapping").tolist() == [3]
    assert told_beside_the_total(frame, [3]) == []


def test_parts_are_apart_or_overlapping():
    with pytest.raises(
        ParameterError, match=r"found 'overlaping'; allowed: apart, overlapping; did you mean 'overlapp"
    ):
        shown_of(parts_of("abc"), "overlaping")
    with pytest.raises(ParameterError, match="parts: found 'x'"):
        told(parts_of("abc", stage=["A"], phase=["X"]), parts="x")


def test_an_experience_of_nobody_known_guards_no_stage():
    """Two of use and two of loyalty are four, whatever rows without a customer stand beside theirs."""
    people = {
        "use": ["a", "b", None],
        "loyalty": ["c", "d", None],
        "purchase": [*"efghijkl"],
        "awareness": [*"mnopqrs"],
    }
    rows = [
        {"customer_id": who, "touchpoint": f"at {stage}", "stage": stage, "gap": 0.5, "experience": 1}
        for stage, ids in people.items()
        for who in ids
    ]
    experiences = pd.DataFrame(rows).assign(expected=0.5, met=1.0, is_measured=True)
    touchpoints = pd.DataFrame({"touchpoint": [f"at {stage}" for stage in people], "stage": list(people)})
    journey = cx.journey(experiences, touchpoints).set_index("stage")
    assert journey["n_customers"][["use", "loyalty"]].tolist() == [2, 2]
    assert journey["mean_experience"].notna().sum() == 1


def test_by_the_people_themselves_no_more_is_hidden_than_is_needed():
    # three and three others are six, so nothing has to guard them
    frame = parts_of("abc", "def", "abcdefgh", "defghijkl")
    by_people = {"base": "n", "columns": ["share"], "parts": "overlapping", "people": "who"}
    assert suppress_derivable(frame, **by_people)["share"].isna().tolist() == [True, True, False, False]
    same = parts_of("abc", "abc", "abcdefgh", "defghijkl")
    assert suppress_derivable(same, **by_people)["share"].isna().tolist() == [True, True, True, False]
    assert suppress_derivable(same, **by_people, smallest_base=3)["share"].notna().all()


some_people = st.sets(st.sampled_from("abcdefghij"), max_size=8).map("".join)


@settings(max_examples=60)
@given(st.lists(some_people, min_size=1, max_size=6))
def test_nothing_of_few_people_is_told_by_the_total_and_the_parts_shown(people):
    frame = parts_of(*people)
    if len(frozenset().union(*frame["who"])) < 5:  # then the total is not shown either
        return
    shown = shown_of(frame, "overlapping")
    assert told_beside_the_total(frame, shown) == []
    by_people = suppress_derivable(frame, base="n", columns=["share"], parts="overlapping", people="who")
    more = np.flatnonzero(by_people["share"].notna())
    assert told_beside_the_total(frame, more) == []
    # to know the people never hides more, and of parts that are apart more can be shown still
    assert set(shown) <= set(more) <= set(shown_of(frame, "apart"))


def told(frame, *, parts="overlapping", stages=("A", "B"), phases=("X", "Y")) -> list:
    hidden = frame[["stage", "phase", "n"]]
    shown = {"shown_rows": list(stages), "shown_columns": list(phases)}
    return list(few_told(hidden, base="n", rows="stage", columns="phase", parts=parts, **shown))


def test_a_stage_less_a_phase_can_leave_the_same_people_twice():
    # A less X leaves what is of A and not of X: abc at one touchpoint and abc at another
    people = ("abc", "abc", "abcdef", "ghijkl")
    frame = parts_of(*people, stage=["A", "A", "A", "B"], phase=["Y", "Y", "X", "X"])
    assert (["A"], ["X"]) not in told(frame.iloc[:3].assign(n=[3, 3, 6]), parts="apart", stages="A", phases="")
    both = frame.iloc[:3].assign(phase=["Y", "Y", None])
    assert not told(both, parts="apart", stages="", phases="Y")
    assert told(both, stages="", phases="Y") == [([], ["Y"])]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(some_people, st.sampled_from(["A", "B", None]), st.sampled_from(["X", "Y", None])), max_size=5),
    st.sets(st.sampled_from("AB")),
    st.sets(st.sampled_from("XY")),
)
def test_where_the_audit_finds_few_people_few_are_told(rows, stages, phases):
    frame = parts_of(*(people for people, _, _ in rows))
    frame = frame.assign(stage=[stage for _, stage, _ in rows], phase=[phase for _, _, phase in rows])
    sums = [frame["stage"] == stage for stage in sorted(stages)] + [frame["phase"] == phase for phase in sorted(phases)]
    totals = pd.DataFrame(np.array(sums, dtype=float).reshape(len(sums), len(frame)), columns=frame.index)
    if len(derivable_groups(frame, totals, base="who")):
        assert told(frame, stages=sorted(stages), phases=sorted(phases))


# ---- in a report ----


def test_a_report_hides_a_third_touchpoint_where_two_have_the_same_three_customers(write_study):
    """Ten customers; three of them were asked about Repair and about Move too, both of the phase of Invoice."""
    events = [f"c{n},2026-10-0{1 + n % 9},{touchpoint},4" for n in range(10) for touchpoint in ("Invoice", "Reminder")]
    events += [f"c{n},2026-10-12,{touchpoint},2" for n in range(3) for touchpoint in ("Repair", "Move")]
    touchpoints = ["Invoice", "Reminder", "Repair", "Move"]
    files = {
        "study.toml": 'name = "Toy"\narchetype = "e-commerce"\n',
        "touchpoints.csv": "touchpoint,phase,stage\n" + "".join(f"{name},payment,use\n" for name in touchpoints),
        "customers.csv": "customer_id,joined_on\n" + "".join(f"c{n},2026-06-01\n" for n in range(10)),
        "events.csv": "customer_id,occurred_at,touchpoint,score\n" + "\n".join(events) + "\n",
        "responses.csv": "customer_id,answered_at,metric,score\nc0,2026-10-06,nps,9\n",
    }
    study, rules = cx.load_study(write_study(files)), cx.CapitalRules()
    experiences = cx.experiences(study, rules)
    zones = cx.risk_zones(
        cx.customer_months(cx.capital_ledger(experiences, rules), rules, until=pd.Period("2026-10", "M")),
        study.customers,
        cx.Requirement(),
    )
    figures = cx.findings.month_figures(
        study, experiences, zones, period=pd.Period("2026-10", "M"), importance=study.settings.importance, rules=rules,
        requirement=cx.Requirement(), smallest_base=5,
    )  # fmt: skip
    phase = next(row for row in figures["phases"] if row["phase"] == "payment")
    assert phase["mean_experience"] is not None  # so the phase less what is shown of it must not be the three
    shown = {row["touchpoint"] for row in figures["touchpoints"] if row["net_capital"] is not None}
    people = experiences.groupby("touchpoint")["customer_id"].agg(frozenset)
    hidden = set(touchpoints) - shown
    assert len(frozenset().union(*people[list(hidden)])) >= 5
    owned = {row["touchpoint"] for row in figures["journey"]["owners"] if row["is_shown"]}
    assert owned <= shown
