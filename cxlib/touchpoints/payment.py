"""The payment as a hub: its share of what customers meet, answer and gain, and what it could carry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import require_columns
from cxlib.intervals import normal_quantile
from cxlib.touchpoints.choice import Choice
from cxlib.touchpoints.inventory import touchpoint_inventory

SUBJECTS = ("contacts", "answers", "capital_carried", "capital_drained")


@dataclass(frozen=True, kw_only=True, eq=False)
class PaymentHub:
    """What the payment is to customers, and what it could be.

    Attributes
    ----------
    shares : DataFrame, one row per subject (contacts, answers, capital_carried, capital_drained)
        subject : str
        payment, total : float, the payment's part and the whole: contacts, answered questions, experiences of capital
        share, low_share, high_share : float, 0 to 1; the interval, over customers, is that of capital alone: contacts
            and answers are counted in full
        n_customers : int, customers behind the payment's part: those met there, asked about it, measured there
        NaN where the payment's part, or the rest, rests on fewer customers than the smallest base; capital also where
        nobody was asked about the payment
    n_answers_without_touchpoint : int
        Answers about no touchpoint, such as those of a relational survey; left out of the shares.
    best : str or None
        The touchpoint whose mean experience has the highest lower bound; None where none may be judged.
    best_per_experience, payment_per_experience : float
        Net capital of one measured experience of weight 1 there, and at the payment.
    n_payment : int, measured experiences at the payment
    capital_gained, low_gained, high_gained : float
        If each of those gave what one of its weight at the best touchpoint gives; 95 % interval over customers.
    could_go_now, could_go : tuple of str
        Which of the other touchpoints could go as it is, and if the payment gave that; none where no need is known.
    n_others : int
    """

    shares: pd.DataFrame
    n_answers_without_touchpoint: int
    best: str | None
    best_per_experience: float
    payment_per_experience: float
    n_payment: int
    capital_gained: float
    low_gained: float
    high_gained: float
    could_go_now: tuple[str, ...]
    could_go: tuple[str, ...]
    n_others: int

    def __repr__(self) -> str:
        if self.best is None:
            return "<PaymentHub: too few customers were asked about the payment>"
        return (
            f"<PaymentHub: {len(self.could_go)} of {self.n_others} other touchpoints could go "
            f"if the payment gave what {self.best!r} gives>"
        )


def payment_hub(
    experiences: pd.DataFrame,
    ledger: pd.DataFrame,
    touchpoints: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    needs: Iterable[str] | None = None,
    keep: Iterable[str] = (),
    smallest_base: int = SMALLEST_BASE,
) -> PaymentHub:
    """The payment's share of contacts, of answered surveys and of capital; and what would follow if it were excellent.

    Parameters
    ----------
    experiences : DataFrame, one row per experience
        All of them; those with `is_measured` false count as contacts alone. Needs the columns of
        `touchpoint_inventory` and `is_measured`.
    ledger : DataFrame, one row per entry
        Of the measured experiences; needs `customer_id`, `touchpoint`, `phase`, `kind`, `amount`.
    touchpoints : DataFrame, one row per touchpoint
        Needs `touchpoint`, `phase`, `needs`; uses `required`.
    responses : DataFrame, one row per answer
        Needs `customer_id`, `touchpoint`, `score` (NA = unanswered).
    needs : iterable of str, optional
        As in `smallest_touchpoint_set`.
    keep : iterable of str
        Touchpoints that stay, besides those that are required and those of the payment.
    smallest_base : int, >= 1

    Returns
    -------
    PaymentHub

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    "Could go" is what the smallest number of touchpoints does without that covers every need and keeps the net capital
    of today in all, with every touchpoint of the payment among them: unlike in `smallest_touchpoint_set` what the
    payment gains, or what drains and goes, pays for what carries and goes. The gain is a calculation, no forecast: it
    is taken that the payment can be what the best touchpoint is. Intervals of ratios are linearised over customers.
    Linear in the rows, and two programmes.
    """
    check_smallest_base(smallest_base)
    require_columns(experiences, ["is_measured"], name="experiences")
    require_columns(ledger, ["customer_id", "touchpoint", "phase", "kind", "amount"], name="ledger")
    require_columns(responses, ["customer_id", "touchpoint", "score"], name="responses")
    measured = experiences.loc[experiences["is_measured"]]
    inventory = touchpoint_inventory(measured, ledger, touchpoints, contacts=experiences)
    phase_of = touchpoints.set_index("touchpoint")["phase"].astype("str")
    answered = responses.loc[responses["score"].notna()]
    about = answered["touchpoint"].map(phase_of)
    shares = _shares(experiences, ledger, answered.assign(phase=about), smallest_base)
    if not (measured["phase"] == "payment").any():
        shares = _without_capital(shares)

    is_payment = (inventory["phase"] == "payment").to_numpy()
    judged = ((inventory["n_customers"] >= smallest_base) & (inventory["weight_met"] > 0)).to_numpy()
    others = tuple(inventory.loc[~is_payment, "touchpoint"])
    n_payment = int(inventory.loc[is_payment & judged, "n_experiences"].sum())
    found = PaymentHub(
        shares=shares,
        n_answers_without_touchpoint=int(about.isna().sum()),
        best=None,
        best_per_experience=np.nan,
        payment_per_experience=np.nan,
        n_payment=n_payment,
        capital_gained=np.nan,
        low_gained=np.nan,
        high_gained=np.nan,
        could_go_now=(),
        could_go=(),
        n_others=len(others),
    )
    if not n_payment:
        return found
    # by the lower end, so that the best of few answers does not win by luck
    order = {"low_mean": False, "mean_experience": False, "touchpoint": True}
    ranked = inventory.loc[judged].sort_values(list(order), ascending=list(order.values()))
    best = ranked["touchpoint"].iloc[0]
    paid = tuple(inventory.loc[is_payment & judged, "touchpoint"])
    gain = _gain(measured, ledger, best, paid)
    lifted = inventory["net_capital"].mask(is_payment & judged, inventory["weight_met"] * gain["best_per_experience"])
    stay = {*keep, *inventory.loc[is_payment, "touchpoint"]}
    return replace(
        found,
        best=best,
        **gain,
        could_go_now=_could_go(touchpoints, inventory, inventory["net_capital"], needs, stay),
        could_go=_could_go(touchpoints, inventory, lifted, needs, stay),
    )


def _shares(
    experiences: pd.DataFrame, ledger: pd.DataFrame, answered: pd.DataFrame, smallest_base: int
) -> pd.DataFrame:
    # whoever had an experience there stands behind its gains and losses, none of either included
    met = ledger.loc[ledger["kind"] != "recovery"]
    amount = met["amount"].to_numpy()
    rows = {
        "contacts": _parts(experiences, np.ones(len(experiences))),
        "answers": _parts(answered, np.ones(len(answered))),
        "capital_carried": _parts(met, np.maximum(amount, 0.0)),
        "capital_drained": _parts(met, np.maximum(-amount, 0.0)),
    }
    found = []
    for subject in SUBJECTS:
        parts = rows[subject]
        n_payment, n_rest = (int((parts[name] > 0).sum()) for name in ("n_payment", "n_rest"))
        total = float(parts["payment"].sum() + parts["rest"].sum())
        is_hidden = total == 0 or any(0 < n < smallest_base for n in (n_payment, n_rest))
        payment = float(parts["payment"].sum())
        # where all or nothing is the payment's, no customer differs from another, and there is no width to tell
        is_estimate = subject.startswith("capital") and 0 < payment < total
        low, high = _ratio_interval(parts) if is_estimate else (np.nan, np.nan)
        figures = np.array([payment, total, payment / total if total else np.nan, low, high])
        figures = np.full(5, np.nan) if is_hidden else figures
        names = ("payment", "total", "share", "low_share", "high_share")
        found.append({"subject": subject, **dict(zip(names, figures, strict=True)), "n_customers": n_payment})
    return pd.DataFrame(found)


def _without_capital(shares: pd.DataFrame) -> pd.DataFrame:
    """Nobody was asked about the payment: of capital it has no share that is known."""
    figures = ["payment", "total", "share", "low_share", "high_share"]
    unknown = shares["subject"].str.startswith("capital")
    return shares.assign(**{name: shares[name].mask(unknown) for name in figures})


def _parts(rows: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    """Each customer's part at the payment, the rest, and the rows of each; those without a phase are left out."""
    phase = rows["phase"].astype("object")
    known = phase.notna().to_numpy()
    is_payment = (phase == "payment").to_numpy()[known]
    values = values[known]
    frame = pd.DataFrame(
        {
            "payment": np.where(is_payment, values, 0.0),
            "rest": np.where(is_payment, 0.0, values),
            "n_payment": is_payment.astype(np.int64),
            "n_rest": 1 - is_payment,
        },
        index=rows.loc[known, "customer_id"],
    )
    return frame.groupby(level=0).sum()


def _ratio_interval(parts: pd.DataFrame) -> tuple[float, float]:
    """The interval of the payment's share, its customers drawn by chance."""
    total = parts["payment"] + parts["rest"]
    share = parts["payment"].sum() / total.sum()
    half = _half_width(((parts["payment"] - share * total) / total.sum()).to_numpy())
    return max(share - half, 0.0), min(share + half, 1.0)


def _half_width(influence: np.ndarray) -> float:
    """Half the 95 % interval of a sum over customers, each with her influence on it."""
    n = len(influence)
    return normal_quantile() * float(np.sqrt(n * influence.var(ddof=1))) if n > 1 else np.nan


def _gain(measured: pd.DataFrame, ledger: pd.DataFrame, best: str, paid: tuple[str, ...]) -> dict[str, float]:
    """What the payment would gain if each experience of it gave what one of its weight at the best touchpoint gives."""
    weight = measured.get("weight", pd.Series(1.0, measured.index)).groupby(
        [measured["customer_id"], measured["touchpoint"]]
    )
    weight = weight.sum().reset_index(name="weight")
    at_best, at_payment = weight["touchpoint"] == best, weight["touchpoint"].isin(paid)
    by_customer = pd.DataFrame(
        {
            "net_best": ledger.loc[ledger["touchpoint"] == best].groupby("customer_id")["amount"].sum(),
            "weight_best": weight.loc[at_best].groupby("customer_id")["weight"].sum(),
            "net_paid": ledger.loc[ledger["touchpoint"].isin(paid)].groupby("customer_id")["amount"].sum(),
            "weight_paid": weight.loc[at_payment].groupby("customer_id")["weight"].sum(),
        },
        index=measured["customer_id"].dropna().unique(),
    ).fillna(0.0)  # a customer who was not there moved nothing there
    total = by_customer.sum()
    at_its_best = total["net_best"] / total["weight_best"]
    gained = total["weight_paid"] * at_its_best - total["net_paid"]
    influence = (
        by_customer["weight_paid"] * at_its_best
        - by_customer["net_paid"]
        + total["weight_paid"]
        / total["weight_best"]
        * (by_customer["net_best"] - at_its_best * by_customer["weight_best"])
    )
    half = _half_width(influence.to_numpy())
    return {
        "best_per_experience": float(at_its_best),
        "payment_per_experience": float(total["net_paid"] / total["weight_paid"]),
        "capital_gained": float(gained),
        "low_gained": float(gained - half),
        "high_gained": float(gained + half),
    }


def _could_go(
    touchpoints: pd.DataFrame,
    inventory: pd.DataFrame,
    net_capital: pd.Series,
    needs: Iterable[str] | None,
    keep: Iterable[str],
) -> tuple[str, ...]:
    """The touchpoints that the smallest number of them does without, the net capital of today kept in all."""
    lifted = inventory.assign(net_capital=net_capital)
    choice = Choice.of(touchpoints, lifted, objective="count", needs=needs, keep=keep, without=())
    if not choice.needs:
        return ()  # with nothing to be met all could go, and nothing would be said
    net = choice.rows["net_capital"].to_numpy()
    kept = choice.programme(counted=net, floor=float(inventory["net_capital"].sum())).solve()
    if kept is None:
        return ()  # where a good experience of the best touchpoint is worth less than the payment's, all fall short
    return tuple(choice.rows.loc[~kept, "touchpoint"])
