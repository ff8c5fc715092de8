"""Summarised frames as the model gives them, small enough to read, for the tests of the charts."""

from __future__ import annotations

import numpy as np
import pandas as pd

PHASES = pd.CategoricalDtype(["purchase", "consumption", "payment"], ordered=True)
ZONES = pd.CategoricalDtype(["at_risk", "thin", "cushioned"], ordered=True)

TOUCHPOINTS = [
    ("Webbplats och prisjämförelse", "purchase"),
    ("Kundtjänst vid teckning", "purchase"),
    ("Återförsäljare", "purchase"),
    ("Välkomstbrev", "purchase"),
    ("Elleverans", "consumption"),
    ("Felanmälan och återkoppling vid strömavbrott", "consumption"),
    ("Mina sidor och förbrukningsöversikt", "consumption"),
    ("Mätaravläsning", "consumption"),
    ("Faktura", "payment"),
    ("Autogiro", "payment"),
    ("Påminnelse och inkasso", "payment"),
    ("Årsavräkning", "payment"),
]


def months(count: int) -> pd.DatetimeIndex:
    return pd.date_range(end="2026-10-01", periods=count, freq="MS").as_unit("us")


def capital_by_month(count: int = 24) -> pd.DataFrame:
    steps = np.arange(count)
    median = 1 + 0.25 * steps - np.where(steps > count * 0.7, 2.4, 0)
    share = 0.08 + 0.02 * np.sin(steps / 3) + np.where(steps > count * 0.7, 0.09, 0)
    return pd.DataFrame(
        {
            "month": months(count),
            "n_customers": 1400 + 20 * steps,
            "n_at_risk": ((1400 + 20 * steps) * share).round().astype(int),
            "at_risk_share": share,
            "low_share": share - 0.015,
            "high_share": share + 0.017,
            "capital_q25": median - 1.5 - 0.05 * steps,
            "capital_median": median,
            "capital_q75": median + 2 + 0.08 * steps,
        }
    )


def chosen(count: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    parts = []
    for label, drift in (("Kund A", 0.35), ("Kund B", 0.05), ("Kund C", -0.1)):
        steps = rng.choice([-1, 0, 1], count, p=[0.25, 0.35, 0.4])
        capital = np.cumsum(steps) + drift * np.arange(count)
        parts.append(pd.DataFrame({"customer_label": label, "month": months(count), "capital": capital}))
    return pd.concat(parts, ignore_index=True)


def zones_by_month(count: int = 24) -> pd.DataFrame:
    capital = capital_by_month(count)
    parts = []
    for zone in ZONES.categories:
        share = capital["at_risk_share"]
        share = {"at_risk": share, "thin": 0.18 - share / 3, "cushioned": 0.82 - share * 2 / 3}[zone]
        parts.append(
            pd.DataFrame(
                {
                    "month": capital["month"],
                    "zone": pd.Categorical([zone] * count, dtype=ZONES),
                    "n_customers": capital["n_customers"],
                    "n_in_zone": (capital["n_customers"] * share).round().astype(int),
                    "share": share,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def capital_by_loss_weight(count: int = 24, weights=None) -> pd.DataFrame:
    weights = np.arange(1, 12.25, 0.25) if weights is None else weights
    parts = []
    for weight in weights:
        frame = capital_by_month(count).drop(columns="n_at_risk")
        steps = np.arange(count)
        for name in ("capital_q25", "capital_median", "capital_q75"):
            frame[name] -= (weight - 1) * 0.11 * steps * (1.6 if name == "capital_q25" else 1)
        frame["at_risk_share"] = (frame["at_risk_share"] * (1 + (weight - 1) / 3)).clip(upper=0.97)
        frame["low_share"] = frame["at_risk_share"] - 0.015
        frame["high_share"] = frame["at_risk_share"] + 0.017
        frame.insert(0, "loss_weight", weight)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def balance() -> pd.DataFrame:
    importance = np.array([3, 1, 3]) / 7
    carried = np.array([0.31, 0.48, 0.21])
    mean = np.array([0.34, 0.21, -0.12])
    margin = np.array([0.04, 0.02, 0.03])
    return pd.DataFrame(
        {
            "phase": pd.Categorical(list(PHASES.categories), dtype=PHASES),
            "n_experiences": [2311, 8210, 3904],
            "mean_experience": mean,
            "low_mean": mean - margin,
            "high_mean": mean + margin,
            "share_negative": [0.12, 0.2, 0.41],
            "carried_share": carried,
            "importance_share": importance,
            "gap_points": carried - importance,
            "value": importance * mean,
            "imbalance": np.abs(carried - importance).sum() / 2,
            "is_weakest": [False, False, True],
        }
    )


def touchpoint_inventory(count: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    names = [TOUCHPOINTS[i % 12][0] + (f" {i // 12 + 1}" if i >= 12 else "") for i in range(count)]
    carried = rng.integers(20, 900, count).astype(float)
    drained = -rng.integers(5, 700, count).astype(float)
    mean = (carried + drained) / (carried - drained)
    return pd.DataFrame(
        {
            "touchpoint": names,
            "phase": pd.Categorical([TOUCHPOINTS[i % 12][1] for i in range(count)], dtype=PHASES),
            "n_experiences": rng.integers(100, 4000, count),
            "mean_experience": mean,
            "low_mean": mean - 0.05,
            "high_mean": mean + 0.05,
            "share_negative": rng.uniform(0.05, 0.5, count),
            "capital_carried": carried,
            "capital_drained": drained,
            "net_capital": carried + drained,
        }
    )


def nps_by_month(count: int = 24) -> pd.DataFrame:
    steps = np.arange(count)
    points = 18 + 6 * np.sin(steps / 2.5) - np.where(steps > count * 0.7, 22, 0)
    return pd.DataFrame(
        {
            "month": months(count),
            "n_responses": 90 + (steps * 37) % 60,
            "nps_points": points,
            "standard_error_points": 7.0,
            "low_points": points - 14,
            "high_points": points + 13,
        }
    )


def stress_summary() -> pd.DataFrame:
    """All, two segments that may be shown, and one that may not."""
    base = np.array([1594, 729, 582, 3])
    shares = {
        "before": np.array([0.16, 0.09, 0.23, np.nan]),
        "after": np.array([0.61, 0.55, 0.98, np.nan]),
        "with_gestures": np.array([0.34, 0.26, 0.43, np.nan]),
    }
    frame = pd.DataFrame(
        {
            "group": ["all", "segment", "segment", "segment"],
            "segment": [None, "Lägenhet", "Villa och fritidshus", "Lantbruk"],
            "n_customers": base,
        }
    )
    for state, share in shares.items():
        frame[f"at_risk_share_{state}"] = share
        frame[f"low_share_{state}"] = share - 0.03
        frame[f"high_share_{state}"] = np.minimum(share + 0.03, 1.0)
    return frame


def replay_by_month(count: int = 9) -> pd.DataFrame:
    """Two months before the incident, and what came of it."""
    share = np.concatenate([[0.1, 0.09, 0.55], 0.4 * 0.85 ** np.arange(count - 3)])
    return pd.DataFrame(
        {
            "month": months(count),
            "is_incident": np.arange(count) == 2,
            "n_customers": 703 - 8 * np.arange(count),
            "n_at_risk": (share * 700).astype(int),
            "at_risk_share": share,
            "low_share": share - 0.03,
            "high_share": share + 0.03,
        }
    )


def replay_shares() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "moment": ["before", "predicted", "actual"],
            "n_customers": 703,
            "at_risk_share": [0.09, 0.45, 0.55],
            "low_share": [0.07, 0.42, 0.52],
            "high_share": [0.11, 0.48, 0.58],
        }
    )


def journey_stages() -> pd.DataFrame:
    """Nothing measures the first stage, too few were asked in the last; use is the weakest."""
    nan = np.nan
    return pd.DataFrame(
        {
            "stage": pd.Categorical(["awareness", "evaluation", "purchase", "use", "loyalty"]),
            "part": pd.Categorical(["before", "before", "during", "after", "after"]),
            "n_experiences": [0, 40, 282, 4798, 3],
            "mean_experience": [nan, 0.4, 0.69, 0.1, nan],
            "low_mean": [nan, 0.2, 0.62, 0.07, nan],
            "high_mean": [nan, 0.6, 0.75, 0.12, nan],
            "share_negative": [nan, 0.1, 0.05, 0.32, nan],
            "low_negative": [nan, 0.04, 0.03, 0.31, nan],
            "high_negative": [nan, 0.23, 0.08, 0.34, nan],
            "n_scaled": [0, 40, 282, 4798, 3],
            "mean_expected": [nan, nan, 0.5, 0.5, nan],
            "mean_met": [nan, nan, 0.76, 0.53, nan],
            "is_measured": [False, True, True, True, True],
            "is_weakest": [False, False, False, True, False],
            "is_surely_weakest": [False, False, False, True, False],
        }
    )
