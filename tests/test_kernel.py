import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.capital.entries import Entries
from cxlib.capital.kernel import KINDS
from cxlib.capital.rules import CapitalRules
from tests.capital_by_hand import Entry, account

gaps = st.floats(-1, 1) | st.sampled_from([-1.0, -0.1, 0.0, 0.1, 1.0])


@st.composite
def accounts(draw) -> list[Entry]:
    """One customer's entries in time order: ties, long gaps, heavy weights, some losses returned."""
    entries: list[Entry] = []
    seconds = draw(st.integers(-(10**9), 2 * 10**9))
    for _ in range(draw(st.integers(0, 12))):
        seconds += draw(st.sampled_from([0, 1, 3_600, 86_400]) | st.integers(0, 10 * 365 * 86_400))
        returnable = [
            i
            for i, entry in enumerate(entries)
            if entry.recovers is None and all(other.recovers != i for other in entries)
        ]
        if returnable and draw(st.booleans()):
            entries.append(Entry(seconds, recovers=draw(st.sampled_from(returnable))))
        else:
            entries.append(Entry(seconds, draw(gaps), draw(st.sampled_from([0.0, 1.0, 2.5, 1e6]))))
    return entries


@st.composite
def rules(draw) -> CapitalRules:
    loss_weight = draw(st.floats(0.1, 20))
    return CapitalRules(
        loss_weight=loss_weight,
        resolved_loss_weight=draw(st.none() | st.floats(0, 1).map(lambda part: part * loss_weight)),
        half_life_days=draw(st.none() | st.floats(0.5, 5_000)),
        carry_over=draw(st.floats(0, 2)),
        carry_over_decay=draw(st.floats(0, 1)),
        neutral_band=draw(st.sampled_from([0.0, 0.1, 0.25])),
        measure=draw(st.sampled_from(["sign", "size"])),
        opening=draw(st.floats(-10, 10)),
    )


def run_kernel(customers: list[list[Entry]], rules: CapitalRules):
    offsets = np.concatenate([[0], np.cumsum([len(entries) for entries in customers])]).astype(np.int64)
    flat = [(entry, start) for entries, start in zip(customers, offsets, strict=False) for entry in entries]
    seconds = np.array([entry.seconds for entry, _ in flat], np.int64)
    recovers = [-1 if entry.recovers is None else start + entry.recovers for entry, start in flat]
    kind, amount, capital = Entries(
        customers=pd.RangeIndex(len(customers)),
        offsets=offsets,
        occurred_at=pd.Series(seconds),
        seconds=seconds,
        gap=np.array([entry.gap for entry, _ in flat], np.float64),
        weight=np.array([entry.weight for entry, _ in flat], np.float64),
        recovers=np.array(recovers, np.int64),
        experience_row=np.arange(len(flat)),
    ).accumulate(rules)
    return [KINDS[code] for code in kind], amount, capital


@given(st.lists(accounts(), max_size=4), rules())
@settings(max_examples=300, deadline=None)
def test_kernel_equals_the_recurrence_in_plain_python(customers, rules):
    kinds, amounts, capitals = run_kernel(customers, rules)
    expected = [line for entries in customers for line in account(entries, rules)]
    assert kinds == [kind for kind, _, _ in expected]
    scale = max([1.0, *(abs(amount) for _, amount, _ in expected)])
    np.testing.assert_allclose(amounts, [amount for _, amount, _ in expected], rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose(capitals, [line[2] for line in expected], rtol=1e-9, atol=1e-9 * scale)


@given(accounts(), rules())
@settings(max_examples=100, deadline=None)
def test_a_recovery_never_lifts_capital_above_what_it_was_without_the_loss(entries, rules):
    """Checked for the loss alone: without a spiral, dropping a loss changes nothing but its amount."""
    rules = CapitalRules(
        loss_weight=rules.loss_weight,
        resolved_loss_weight=rules.resolved_loss_weight,
        half_life_days=rules.half_life_days,
    )
    without_returned_losses = [
        Entry(
            entry.seconds,
            0.0 if any(e.recovers == i for e in entries) and entry.gap < 0 else entry.gap,
            entry.weight,
            entry.recovers,
        )
        for i, entry in enumerate(entries)
    ]
    _, amounts, capital = run_kernel([entries], rules)
    _, _, unhurt = run_kernel([without_returned_losses], rules)
    assert (capital <= unhurt + 1e-9 * np.abs(amounts).max(initial=1.0) * max(len(entries), 1)).all()


@pytest.mark.parametrize("half_life_days, expected", [(None, 1.0), (10.0, 0.5), (5.0, 0.25)])
def test_capital_halves_with_every_half_life(half_life_days, expected):
    gain_then_neutral = [Entry(0, 1.0), Entry(10 * 86_400, 0.0)]
    _, _, capital = run_kernel([gain_then_neutral], CapitalRules(half_life_days=half_life_days))
    assert capital[-1] == pytest.approx(expected, rel=1e-12)
