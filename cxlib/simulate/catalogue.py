"""The segments and touchpoints of the generated firm, with their true rates and qualities."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SegmentTruth:
    """One segment of customers.

    Attributes
    ----------
    segment : str
    share : float, 0-1
    median_price : float, SEK per month
    quality_offset : float, units of the 1-5 scale
    answered_share : float, 0-1
        Share of the questions asked that are answered.
    price_notice_share : float, 0-1
        Share of its customers that get a notice when new prices are announced.
    outage_factor : float
        Multiplies the rate of power outages.
    """

    segment: str
    share: float
    median_price: float
    quality_offset: float
    answered_share: float
    price_notice_share: float
    outage_factor: float = 1.0


@dataclass(frozen=True, kw_only=True)
class TouchpointTruth:
    """One touchpoint: its row in ``touchpoints.csv`` and what is true about it.

    Attributes
    ----------
    touchpoint, phase, stage, owners, needs, weight, potential, cost_per_contact, required,
    default_experience, expectation
        As in the table `touchpoints`; None = empty.
    monthly_rate : float, events per customer and month
        0 where the touchpoint happens on its own occasions (sign-up, invoices, the incident).
    winter_factor : float
        Multiplies the rate from November to March.
    quality_offset : float, units of the 1-5 scale
        Added to the mean of the phase.
    asked_share : float, 0-1
        Share of the events that are followed by a question.
    scored_share : float, 0-1
        Share of the events whose rating was taken on the spot, in the event's own `score`.
    channels : tuple of (channel, share)
    """

    touchpoint: str
    phase: str
    stage: str
    owners: str
    needs: str
    potential: float
    cost_per_contact: float
    weight: float = 1.0
    required: bool = False
    default_experience: int = 0
    expectation: float | None = None
    monthly_rate: float = 0.0
    winter_factor: float = 1.0
    quality_offset: float = 0.0
    asked_share: float = 0.0
    scored_share: float = 0.0
    channels: tuple[tuple[str, float], ...] = (("web", 1.0),)


SEGMENTS = (
    SegmentTruth(
        segment="Apartment",
        share=0.46,
        median_price=430,
        quality_offset=0.10,
        answered_share=0.38,
        price_notice_share=0.10,
        outage_factor=0.4,
    ),
    SegmentTruth(
        segment="House",
        share=0.36,
        median_price=1450,
        quality_offset=0.0,
        answered_share=0.52,
        price_notice_share=0.85,
    ),
    SegmentTruth(
        segment="Farm",
        share=0.07,
        median_price=2900,
        quality_offset=-0.15,
        answered_share=0.55,
        price_notice_share=0.85,
        outage_factor=3.0,
    ),
    SegmentTruth(
        segment="Small business",
        share=0.11,
        median_price=3600,
        quality_offset=-0.10,
        answered_share=0.33,
        price_notice_share=0.20,
    ),
)

TOUCHPOINTS = (
    TouchpointTruth(
        touchpoint="Advertising",
        phase="purchase",
        stage="awareness",
        owners="Marketing",
        needs="know that the firm exists",
        potential=0.15,
        cost_per_contact=4,
        channels=(("web", 1.0),),
    ),
    TouchpointTruth(
        touchpoint="Price quote",
        phase="purchase",
        stage="evaluation",
        owners="Sales;Pricing",
        needs="compare prices;understand the terms",
        potential=0.45,
        cost_per_contact=18,
        quality_offset=-0.4,
        asked_share=0.30,
        channels=(("web", 0.8), ("phone", 0.2)),
    ),
    TouchpointTruth(
        touchpoint="Sign-up",
        phase="purchase",
        stage="purchase",
        owners="Sales",
        needs="understand the terms;get a contract",
        potential=0.7,
        cost_per_contact=35,
        default_experience=1,
        required=True,
        quality_offset=0.1,
        asked_share=0.75,
        channels=(("web", 0.7), ("phone", 0.3)),
    ),
    TouchpointTruth(
        touchpoint="Supplier switch",
        phase="purchase",
        stage="purchase",
        owners="Sales;Operations;IT",
        needs="a switch without gaps;know what happens next",
        potential=0.8,
        cost_per_contact=22,
        required=True,
        default_experience=1,
        quality_offset=0.1,
        asked_share=0.6,
        channels=(("email", 0.75), ("letter", 0.25)),
    ),
    TouchpointTruth(
        touchpoint="Contract change",
        phase="purchase",
        stage="use",
        owners="Sales;Customer service",
        needs="get a contract;control the cost",
        potential=0.6,
        cost_per_contact=30,
        default_experience=1,
        monthly_rate=0.10,
        quality_offset=0.1,
        asked_share=0.6,
        channels=(("app", 0.55), ("web", 0.2), ("phone", 0.25)),
    ),
    TouchpointTruth(
        touchpoint="Contract renewal",
        phase="purchase",
        stage="loyalty",
        owners="Sales;Marketing",
        needs="get a contract;feel chosen again",
        potential=0.75,
        cost_per_contact=28,
        default_experience=1,
        quality_offset=-0.1,
        asked_share=0.6,
        channels=(("app", 0.4), ("web", 0.35), ("phone", 0.25)),
    ),
    TouchpointTruth(
        touchpoint="Usage report",
        phase="consumption",
        stage="use",
        owners="Digital;IT",
        needs="control the cost;see the own consumption",
        potential=0.55,
        cost_per_contact=2,
        weight=0.5,
        monthly_rate=0.22,
        quality_offset=0.2,
        asked_share=0.25,
        channels=(("app", 0.7), ("email", 0.3)),
    ),
    TouchpointTruth(
        touchpoint="Customer service",
        phase="consumption",
        stage="use",
        owners="Customer service",
        needs="get help",
        potential=0.65,
        cost_per_contact=85,
        required=True,
        monthly_rate=0.05,
        quality_offset=0.6,
        asked_share=0.3,
        scored_share=0.4,
        channels=(("phone", 0.55), ("chat", 0.3), ("email", 0.15)),
    ),
    TouchpointTruth(
        touchpoint="Power outage",
        phase="consumption",
        stage="use",
        owners="Operations;Customer service",
        needs="electricity that works;know what happens next",
        potential=0.3,
        cost_per_contact=12,
        weight=0.5,
        default_experience=-1,
        monthly_rate=0.010,
        winter_factor=1.8,
        quality_offset=-0.9,
        asked_share=0.25,
        channels=(("app", 0.6), ("phone", 0.4)),
    ),
    TouchpointTruth(
        touchpoint="Energy advice",
        phase="consumption",
        stage="use",
        owners="Customer service;Marketing",
        needs="control the cost;see the own consumption",
        potential=0.8,
        cost_per_contact=140,
        expectation=3.5,
        monthly_rate=0.012,
        winter_factor=1.5,
        quality_offset=0.9,
        asked_share=0.7,
        channels=(("phone", 0.7), ("chat", 0.3)),
    ),
    TouchpointTruth(
        touchpoint="Monthly invoice",
        phase="payment",
        stage="use",
        owners="Billing;IT",
        needs="pay the right amount;understand the cost",
        potential=0.5,
        cost_per_contact=6,
        required=True,
        quality_offset=0.25,
        asked_share=0.24,
        channels=(("email", 0.5), ("app", 0.35), ("letter", 0.15)),
    ),
    TouchpointTruth(
        touchpoint="Invoice question",
        phase="payment",
        stage="use",
        owners="Billing;Customer service",
        needs="understand the cost;get help",
        potential=0.6,
        cost_per_contact=95,
        monthly_rate=0.03,
        winter_factor=1.4,
        quality_offset=0.15,
        asked_share=0.3,
        scored_share=0.35,
        channels=(("phone", 0.6), ("chat", 0.25), ("email", 0.15)),
    ),
    TouchpointTruth(
        touchpoint="Corrected invoice",
        phase="payment",
        stage="use",
        owners="Billing",
        needs="pay the right amount;be put right",
        potential=0.55,
        cost_per_contact=14,
        monthly_rate=0.002,
        quality_offset=0.9,
        asked_share=0.6,
        channels=(("email", 0.6), ("app", 0.3), ("letter", 0.1)),
    ),
    TouchpointTruth(
        touchpoint="Payment reminder",
        phase="payment",
        stage="use",
        owners="Billing",
        needs="pay in time",
        potential=0.2,
        cost_per_contact=9,
        weight=0.5,
        default_experience=-1,
        monthly_rate=0.006,
        quality_offset=-0.8,
        asked_share=0.1,
        channels=(("letter", 0.5), ("email", 0.5)),
    ),
    TouchpointTruth(
        touchpoint="Price change notice",
        phase="payment",
        stage="use",
        owners="Pricing;Marketing",
        needs="understand the cost;know what happens next",
        potential=0.35,
        cost_per_contact=5,
        quality_offset=-1.0,
        asked_share=0.75,
        channels=(("email", 0.7), ("letter", 0.3)),
    ),
)
