"""A made-up log of experiences: 20 a customer over two years, ids like C000123, in order of time."""

from __future__ import annotations

import numpy as np
import pandas as pd

START = pd.Timestamp("2024-01-01", tz="Europe/Stockholm")
MONTHS = pd.period_range("2024-01", "2025-12", freq="M")
PER_CUSTOMER = 20
SEGMENTS = ("Apartment", "Farm", "House", "Small business")
SEED = 20261031


def experience_log(n_experiences: int, *, with_cases: bool = False) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Experiences in order of time, their customers, and closed cases (of one customer in fifty, or none)."""
    random = np.random.default_rng(SEED)
    n_customers = n_experiences // PER_CUSTOMER
    ids = pd.array([f"C{number:06d}" for number in range(n_customers)], dtype="str")
    code = random.integers(0, n_customers, n_experiences)
    span = int((MONTHS[-1] + 1).to_timestamp().timestamp() - START.timestamp()) - 86_400
    seconds = int(START.timestamp()) + np.sort(random.integers(0, span, n_experiences))
    moments = pd.Series((seconds * 1_000_000).view("datetime64[us]")).dt.tz_localize("UTC")
    experiences = pd.DataFrame(
        {
            "customer_id": ids.take(code),
            "occurred_at": moments.dt.tz_convert("Europe/Stockholm"),
            "gap": np.round(random.uniform(-0.7, 1, n_experiences), 3),
            "weight": random.choice([0.5, 1.0, 2.0], n_experiences),
        }
    )
    customers = pd.DataFrame(
        {
            "customer_id": ids,
            "segment": pd.array(SEGMENTS, dtype="str").take(random.integers(0, len(SEGMENTS), n_customers)),
            "price_per_month": random.lognormal(6, 0.5, n_customers),
        }
    )
    told = experiences.loc[experiences["gap"] < -0.5].drop_duplicates("customer_id").iloc[:: 50 if with_cases else None]
    told = told if with_cases else told.iloc[:0]
    cases = pd.DataFrame(
        {
            "customer_id": told["customer_id"],
            "opened_at": told["occurred_at"] + pd.Timedelta(days=1),
            "customer_informed_at": told["occurred_at"] + pd.Timedelta(days=10),
        }
    ).reset_index(drop=True)
    return experiences, customers, cases
