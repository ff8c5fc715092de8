"""What is true in a generated study: every number that the generator draws from, in one frozen place."""

from __future__ import annotations

from dataclasses import dataclass, field

from cxlib.capital.rules import CapitalRules
from cxlib.simulate.catalogue import SEGMENTS, TOUCHPOINTS, SegmentTruth, TouchpointTruth


@dataclass(frozen=True, kw_only=True)
class IncidentTruth:
    """One month in which a large share of the customers got a wrong, far too high, invoice.

    Attributes
    ----------
    month : str
        Month of the wrong invoices, ``YYYY-MM``.
    affected_share : float, 0-1
        Share of the customers with an invoice that month whose invoice was wrong.
    quality_drop : float, units of the 1-5 scale
        How much lower the affected customers rate that invoice and their questions about it.
    asked_share, answered_share : float, 0-1
        The firm asked nearly all affected customers, and more of them answered than usual.
    question_shares : tuple of float, 0-1
        Share of the affected that contact the firm about it, in the month itself, the next, and so on.
    opened_share, resolved_share, informed_share : float, 0-1
        Share of their negative answers that got a case, of these that were resolved, of these whose customer
        was told.
    median_days_to_resolve : float, days
        The queue was long: a case took this many days at the median.
    """

    month: str = "2026-02"
    affected_share: float = 0.80
    quality_drop: float = 2.2
    asked_share: float = 0.90
    answered_share: float = 0.75
    question_shares: tuple[float, ...] = (0.25, 0.10)
    opened_share: float = 0.95
    resolved_share: float = 0.95
    median_days_to_resolve: float = 50.0
    informed_share: float = 0.95


@dataclass(frozen=True, kw_only=True)
class ChurnTruth:
    """Logistic hazard of leaving in a month: ``1 / (1 + exp(-(intercept + slope * capital)))``.

    `capital` is the customer's capital at the end of the month before, by `Truth.rules`; nobody leaves in the
    month of joining.

    Attributes
    ----------
    intercept : float, logit
        -3.8 is 2.2 % a month at capital zero.
    slope : float, logit per unit of capital
        Negative: more capital, fewer leave.
    """

    intercept: float = -3.8
    slope: float = -0.45


@dataclass(frozen=True, kw_only=True)
class AnswerTruth:
    """How answers, cases and the relational survey come about, outside the incident.

    Attributes
    ----------
    noise_sd, disposition_sd : float, units of the 1-5 scale
        Spread of a score around its mean: from occasion to occasion, and from customer to customer.
    language_share_sv : float, 0-1
        Share of the comments that are in Swedish; the others are in English.
    comment_share : float, 0-1
        Share of the answers with a comment.
    own_expectation_share : float, 0-1
        Share of the answers that state what the customer had expected.
    opened_share, resolved_share, informed_share : float, 0-1
        Share of negative answers that get a case, of cases that are resolved, of these whose customer is told.
    median_days_to_resolve : float, days
    nps_at_zero : float, units of the 0-10 scale
        Mean recommendation of a customer without capital, before rounding.
    nps_per_capital : float, units of the 0-10 scale per unit of capital at the previous month end
    nps_noise_sd : float, units of the 0-10 scale
    weights_from_month : int
        Answers to the relational survey carry a survey weight from this month of the study on (0 = the first).
    """

    noise_sd: float = 0.90
    disposition_sd: float = 0.40
    language_share_sv: float = 0.7
    comment_share: float = 0.12
    own_expectation_share: float = 0.10
    opened_share: float = 0.60
    resolved_share: float = 0.85
    informed_share: float = 0.85
    median_days_to_resolve: float = 12.0
    nps_at_zero: float = 6.5
    nps_per_capital: float = 0.8
    nps_noise_sd: float = 1.7
    weights_from_month: int = 12


def _default_rules() -> CapitalRules:
    return CapitalRules(loss_weight=2.25, resolved_loss_weight=1.0, half_life_days=365)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """The known truth of a generated study; written beside the data as ``truth.toml``.

    Attributes
    ----------
    rules : CapitalRules
        The rules by which capital drives churn and recommendation: loss weight 2.25, 1.0 once resolved and
        told, half-life 365 days.
    phase_quality : tuple of (phase, float), units of the 1-5 scale
        Mean score per phase before rounding; a touchpoint adds its own `quality_offset`.
    touchpoints, segments : tuple
        See `TouchpointTruth`, `SegmentTruth`.
    joining_shares : tuple of float
        Share of all customers that join in the first months (the firm starts with the study, so that every
        customer's history is whole); the others join evenly over the months that remain.
    late_payer_share : float, 0-1
        Customers who get nearly all of the payment reminders.
    price_notice_months : tuple of str, ``YYYY-MM``
        When new prices are announced to the segments with `price_notice_share`.
    incident : IncidentTruth
    churn : ChurnTruth
    answers : AnswerTruth
    """

    rules: CapitalRules = field(default_factory=_default_rules)
    phase_quality: tuple[tuple[str, float], ...] = (
        ("purchase", 4.1),
        ("consumption", 3.3),
        ("payment", 3.1),
    )
    touchpoints: tuple[TouchpointTruth, ...] = TOUCHPOINTS
    segments: tuple[SegmentTruth, ...] = SEGMENTS
    joining_shares: tuple[float, ...] = (0.30, 0.18, 0.10)
    late_payer_share: float = 0.06
    price_notice_months: tuple[str, ...] = ("2025-10", "2026-10")
    incident: IncidentTruth = IncidentTruth()
    churn: ChurnTruth = ChurnTruth()
    answers: AnswerTruth = AnswerTruth()
