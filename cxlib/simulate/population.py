"""The customers of a generated study: who they are, when they join, what they pay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlib.simulate.calendar import Calendar, as_days
from cxlib.simulate.truth import Truth

LAUNCH_DAYS = 12
"""Those who join in the first month do so in its first days, so that their switch is done when it ends."""


@dataclass(frozen=True, eq=False)
class Population:
    """One entry per customer in every array; `disposition` is how kindly a customer rates, in scale units."""

    customer_id: np.ndarray
    segment: np.ndarray
    price_per_month: np.ndarray
    joined_on: np.ndarray
    disposition: np.ndarray
    is_late_payer: np.ndarray
    takes_part: np.ndarray

    def __len__(self) -> int:
        return len(self.customer_id)


def draw_population(generator: np.random.Generator, truth: Truth, calendar: Calendar, n: int) -> Population:
    """Draw `n` customers, numbered in the order in which they join."""
    shares = np.array([segment.share for segment in truth.segments])
    segment = generator.choice(len(shares), size=n, p=shares / shares.sum())

    joining = np.zeros(calendar.months)
    head = np.array(truth.joining_shares[: calendar.months])
    joining[: len(head)] = head
    joining[len(head) :] = (1 - head.sum()) / max(calendar.months - len(head), 1)
    month = np.sort(generator.choice(calendar.months, size=n, p=joining / joining.sum()))
    n_days = np.where(month == 0, LAUNCH_DAYS, calendar.n_days(month))
    joined_on = np.sort(calendar.first_day(month) + as_days(generator.integers(0, n_days)))

    median_price = np.array([one.median_price for one in truth.segments])[segment]
    price = median_price * np.exp(generator.normal(0, 0.28, n))
    offset = np.array([one.quality_offset for one in truth.segments])[segment]
    answered = np.array([one.answered_share for one in truth.segments])[segment]
    return Population(
        customer_id=np.array([f"C{number:05d}" for number in range(1, n + 1)]),
        segment=segment,
        price_per_month=np.round(price / 5).astype(np.int64) * 5,
        joined_on=joined_on,
        disposition=offset + generator.normal(0, truth.answers.disposition_sd, n),
        is_late_payer=generator.random(n) < truth.late_payer_share,
        takes_part=np.clip(answered + generator.normal(0, 0.15, n), 0.03, 0.97),
    )
