import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.capital.entries import Entries
from cxlib.capital.kernel import KINDS
from cxlib.capital.month_balances import MonthBalances, MonthLayout
from cxlib.capital.months import months_of
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


def flat_entries(customers: list[list[Entry]]) -> Entries:
    offsets = np.concatenate([[0], np.cumsum([len(entries) for entries in customers])]).astype(np.int64)
    flat = [(entry, start) for entries, start in zip(customers, offsets, strict=False) for entry in entries]
    seconds = np.array([entry.seconds for entry, _ in flat], np.int64)
    recoveries = [i for i, (entry, _) in enumerate(flat) if entry.recovers is not None]
    return Entries(
        customers=pd.RangeIndex(len(customers)),
        offsets=offsets,
        seconds=seconds,
        gap=np.array([entry.gap for entry, _ in flat], np.float64),
        weight=np.array([entry.weight for entry, _ in flat], np.float64),
        experience_row=np.arange(len(flat)),
        moments=pd.Series(pd.to_datetime(seconds, unit="s")),
        recoveries=np.array(recoveries, np.int64),
        recovered=np.array([flat[i][1] + flat[i][0].recovers for i in recoveries], np.int64),
        informed_at=seconds[recoveries] * 1_000_000 if recoveries else seconds[:0],
    )


def run_kernel(customers: list[list[Entry]], rules: CapitalRules):
    kind, amount, capital = flat_entries(customers).accumulate(rules)
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


@given(st.lists(accounts(), max_size=4), rules(), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_gains_and_losses_kept_apart_are_the_recurrence_in_plain_python(customers, rules, months_cut):
    """Month-ends without a ledger: gained - loss_weight * lost + forgiven_weight * returned."""
    entries = flat_entries(customers)
    if not entries.n_entries:
        return
    months = months_of(entries.seconds, None)
    months = months[: max(1, len(months) - months_cut)]
    layout = MonthLayout.of(entries, months)
    balances = MonthBalances.of(entries, layout, rules)
    counted = np.arange(len(months)) >= layout.first_month[:, None]  # the rest holds anything
    gained, lost = np.where(counted, balances.gained, 0), np.where(counted, balances.lost, 0)
    returned = np.where(counted, balances.returned, 0) if balances.returned.size else 0
    capital = gained - rules.loss_weight * lost + rules.forgiven_weight * returned
    losses = []
    for customer, own in enumerate(customers):
        lines = account(own, rules)
        scale = max([1.0, *(abs(amount) for _, amount, _ in lines)])
        for month, end in enumerate(layout.ends):
            known = [line for entry, line in zip(own, lines, strict=True) if entry.seconds < end]
            assert (month >= layout.first_month[customer]) == bool(known)
            if known:
                kept = 2.0 ** (-(end - own[len(known) - 1].seconds) * (1 / rules.half_life_seconds))
                assert capital[customer, month] == pytest.approx(known[-1][2] * kept, rel=1e-9, abs=1e-9 * scale)
        losses += [-amount / rules.loss_weight for kind, amount, _ in known if kind == "loss"]
    assert balances.average_loss_size == pytest.approx(np.mean(losses) if losses else 0.0, rel=1e-9)


@pytest.mark.parametrize("half_life_days", [None, 90])
def test_one_thread_or_many_give_the_same_bits(half_life_days):
    random = np.random.default_rng(2)
    sizes = random.integers(0, 60, 12_000)
    n = int(sizes.sum())
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    seconds = np.concatenate([np.sort(random.integers(0, 10**8, size)) for size in sizes])
    entries = Entries(
        customers=pd.RangeIndex(len(sizes)),
        offsets=offsets,
        seconds=seconds,
        gap=random.uniform(-1, 1, n),
        weight=random.uniform(0, 2, n),
        experience_row=np.arange(n),
        moments=pd.Series(pd.to_datetime(seconds, unit="s")),
    )
    assert len(entries.blocks) > 3
    rules = CapitalRules(loss_weight=2.25, half_life_days=half_life_days, carry_over=0.4, measure="size")
    one, three = entries.accumulate(rules, threads=1), entries.accumulate(rules, threads=3)
    for some, others in zip(one, three, strict=True):
        np.testing.assert_array_equal(some, others)
    layout = MonthLayout.of(entries, months_of(seconds, None))
    apart = [MonthBalances.of(entries, layout, rules, threads=threads) for threads in (1, 3)]
    counted = np.arange(len(layout.months)) >= layout.first_month[:, None]
    for name in ("gained", "lost"):
        some, others = (getattr(balances, name)[counted] for balances in apart)
        np.testing.assert_array_equal(some, others)
    assert apart[0].average_loss_size == apart[1].average_loss_size


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
