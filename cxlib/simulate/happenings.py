"""What happens to the customers of a generated study: the events, as if nobody left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxlib.simulate.calendar import WAKING_MINUTES, Calendar, as_days, at_random_times
from cxlib.simulate.population import Population
from cxlib.simulate.truth import Truth

BATCH_MINUTES = (6 * 60, 6 * 60 + 59)
"""Invoices and reports are sent by a nightly batch that ends before seven."""

LATE_PAYER_RATE = 0.22
"""Reminders per month to a customer who often pays late."""

LONGEST_SWITCH_DAYS = 15

YEAR_DAYS = 365


@dataclass(frozen=True, eq=False)
class Happenings:
    """One entry per event in every array, in order of time.

    `customer` and `touchpoint` are positions in the population and the truth; `is_wrong` marks what the
    incident touched: the wrong invoices and the questions about them.
    """

    customer: np.ndarray
    at: np.ndarray
    touchpoint: np.ndarray
    is_wrong: np.ndarray

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, rows: np.ndarray) -> Happenings:
        """The events at the positions, or under the mask, `rows`."""
        return Happenings(self.customer[rows], self.at[rows], self.touchpoint[rows], self.is_wrong[rows])


def draw_happenings(
    generator: np.random.Generator, truth: Truth, calendar: Calendar, population: Population
) -> Happenings:
    """Draw every event of every customer from joining to the end of the study."""
    log = _Log(generator, truth, calendar, population)
    log.add_purchases()
    log.add_everyday()
    log.add_invoices()
    log.add_price_notices()
    return log.sorted()


class _Log:
    """Collects events; each `add_…` draws one kind and reads nothing of the others."""

    def __init__(
        self, generator: np.random.Generator, truth: Truth, calendar: Calendar, population: Population
    ) -> None:
        self.generator = generator
        self.truth = truth
        self.calendar = calendar
        self.population = population
        self.number = {one.touchpoint: position for position, one in enumerate(truth.touchpoints)}
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
        joined = calendar.month_of(population.joined_on)
        # one row per customer and whole month after the month of joining
        n_months = calendar.months - 1 - joined
        self.customer = np.repeat(np.arange(len(population)), n_months)
        before = np.repeat(np.cumsum(n_months) - n_months, n_months)
        self.month = np.arange(len(self.customer)) - before + joined[self.customer] + 1

    def add(self, touchpoint, customer, at, *, wrong=False) -> None:
        rows = at < self.calendar.end.astype("datetime64[m]")
        customer, at = customer[rows], at[rows]
        self.parts.append(
            (
                customer,
                at,
                np.full(len(customer), self.number[touchpoint]),
                np.broadcast_to(wrong, len(rows))[rows],
            )
        )

    def on_days(self, touchpoint, customer, days, minutes=WAKING_MINUTES, *, wrong=False) -> None:
        self.add(touchpoint, customer, at_random_times(self.generator, days, minutes), wrong=wrong)

    def add_purchases(self) -> None:
        """Quote and sign-up on the day of joining, the switch, and a renewal a year, some with a new quote."""
        draw, everyone = self.generator, np.arange(len(self.population))
        joined_on = self.population.joined_on
        compared = everyone[draw.random(len(everyone)) < 0.5]
        self.on_days("Price quote", compared, joined_on[compared], (7 * 60, 11 * 60))
        self.on_days("Sign-up", everyone, joined_on, (11 * 60 + 30, 21 * 60))
        switched_on = joined_on + as_days(draw.integers(3, LONGEST_SWITCH_DAYS, len(everyone)))
        self.on_days("Supplier switch", everyone, switched_on)
        for year in range(1, self.calendar.months // 12 + 1):
            renewed_on = joined_on + as_days(YEAR_DAYS * year + draw.integers(-12, 1, len(everyone)))
            renews = draw.random(len(everyone)) < 0.8
            compares = renews & (draw.random(len(everyone)) < 0.35)
            self.on_days("Price quote", everyone[compares], (renewed_on - as_days(6))[compares])
            self.on_days("Contract renewal", everyone[renews], renewed_on[renews])

    def add_everyday(self) -> None:
        """What can happen in any month, at the touchpoint's rate."""
        outage_factor = np.array([segment.outage_factor for segment in self.truth.segments])
        winter = self.calendar.is_winter(self.month)
        for one in self.truth.touchpoints:
            if not one.monthly_rate:
                continue
            rate = one.monthly_rate * np.where(winter, one.winter_factor, 1.0)
            if one.touchpoint == "Power outage":
                rate = rate * outage_factor[self.population.segment[self.customer]]
            elif one.touchpoint == "Payment reminder":
                rate = np.where(self.population.is_late_payer[self.customer], LATE_PAYER_RATE, rate)
            rows = self.generator.random(len(self.customer)) < rate
            days = self.calendar.random_days(self.generator, self.month[rows])
            self.on_days(one.touchpoint, self.customer[rows], days)

    def add_invoices(self) -> None:
        """An invoice a month; in the month of the incident many are wrong, asked about, then corrected."""
        draw, incident = self.generator, self.truth.incident
        at_number = self.calendar.number(incident.month)
        days = self.calendar.first_day(self.month) + as_days(draw.integers(4, 8, len(self.month)))
        # none before the switch is done
        due = days >= self.population.joined_on[self.customer] + as_days(LONGEST_SWITCH_DAYS)
        customer, month, days = self.customer[due], self.month[due], days[due]
        wrong = (month == at_number) & (draw.random(len(month)) < incident.affected_share)
        self.on_days("Monthly invoice", customer, days, BATCH_MINUTES, wrong=wrong)
        hit = customer[wrong]
        if not len(hit):
            return
        for later, share in enumerate(incident.question_shares):
            asks = hit[draw.random(len(hit)) < share]
            first_day = self.calendar.first_day(at_number + later) + as_days(9 if later == 0 else 0)
            days = first_day + as_days(draw.integers(0, 18, len(asks)))
            self.on_days("Invoice question", asks, days, wrong=True)
        # corrected in the two months after, for those who asked and those who did not alike
        days = self.calendar.first_day(at_number + 1) + as_days(draw.integers(9, 50, len(hit)))
        self.on_days("Corrected invoice", hit, days, BATCH_MINUTES)

    def add_price_notices(self) -> None:
        """New prices, announced to some segments more than to others."""
        shares = np.array([segment.price_notice_share for segment in self.truth.segments])
        for month in self.truth.price_notice_months:
            rows = self.month == self.calendar.number(month)
            customer = self.customer[rows]
            told = customer[self.generator.random(len(customer)) < shares[self.population.segment[customer]]]
            days = self.calendar.first_day(self.calendar.number(month)) + as_days(
                self.generator.integers(8, 17, len(told))
            )
            self.on_days("Price change notice", told, days)

    def sorted(self) -> Happenings:
        customer, at, touchpoint, wrong = (np.concatenate(arrays) for arrays in zip(*self.parts, strict=True))
        order = np.lexsort((touchpoint, customer, at))
        return Happenings(customer, at, touchpoint, wrong).take(order)
