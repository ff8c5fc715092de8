"""What a bad and a good answer about a driver go together with: penalty–reward contrasts, and the type that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.drivers.answers import DriverAnswers, driver_answers
from cxlib.drivers.cautions import Caution, cautions_of_answers, in_words
from cxlib.drivers.correlations import Products, weighted_sums
from cxlib.drivers.directions import better_of, scales_of, signs_of
from cxlib.drivers.elimination import ROUNDING
from cxlib.drivers.regression import HIGHEST_P
from cxlib.drivers.resampling import Watcher, percentile_interval, samples_of_people
from cxlib.errors import ParameterError
from cxlib.language import ENGLISH, Language
from cxlib.scales import Scale

TYPES = ("basic", "performance", "excitement")
"""Missed when bad; as much missed as welcome; welcome when good."""

REASONS = ("too_few", "outcome_alike", "few_bad", "few_good", "no_effect", "wrong_sign")
"""Why a driver has no type, the first that holds: too few people in all, an outcome that everybody answered alike, too
few with a bad or a good answer (no figures are shown in these four), an effect that may be chance, a bad answer that
surely goes with a better outcome or a good one with a worse."""

THRESHOLD = 0.2

FEW_IN_GROUP = 30
"""A group of fewer people gives a coefficient that another sample would turn around."""

FIGURES = [
    "penalty", "low_penalty", "high_penalty", "reward", "low_reward", "high_reward",
    "impact", "low_impact", "high_impact", "asymmetry", "low_asymmetry", "high_asymmetry",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class PenaltyReward:
    """What bad and good answers go together with, and what to know before it is believed.

    Attributes
    ----------
    outcome : str
    drivers : DataFrame, one row per driver, as given
        As `penalty_reward` says.
    r2 : float, 0 to 1: of all bad and good answers together
    n_customers : int
    effective_n : float
    fates : DataFrame, one row per fate: fate, n_answers
    draws : int
    cautions : tuple of Caution
    """

    outcome: str
    drivers: pd.DataFrame
    r2: float
    n_customers: int
    effective_n: float
    fates: pd.DataFrame
    draws: int
    cautions: tuple[Caution, ...]

    def __repr__(self) -> str:
        types = self.drivers["type"].value_counts()
        found = ", ".join(f"{types.get(name, 0)} {name}" for name in TYPES)
        return f"<PenaltyReward of {self.outcome!r}: {found}; {self.n_customers} people, {len(self.cautions)} cautions>"

    def said(self, *, names: dict[str, str] | None = None, language: Language = ENGLISH) -> list[str]:
        """The cautions in words; `names` says how columns are called."""
        return in_words(self.cautions, outcome=self.outcome, names=names, language=language)


def penalty_reward(
    answers: pd.DataFrame,
    *,
    outcome: str,
    drivers: Sequence[str],
    low: float | Mapping[str, float],
    high: float | Mapping[str, float],
    scales: Mapping[str, Scale] | None = None,
    threshold: float = THRESHOLD,
    draws: int = 1000,
    seed: int = 0,
    smallest_base: int = SMALLEST_BASE,
    progress: Watcher | None = None,
) -> PenaltyReward:
    """What a bad and a good answer about each driver go together with, against one in between.

    Parameters
    ----------
    answers : DataFrame, one row per answered form
        As for `driver_importance`. Forms that answer everything count.
    outcome : str
    drivers : sequence of str
    low, high : float, or mapping of driver to float
        Answers up to `low` are at one end, from `high` on at the other; low < high. The low ones are the bad ones,
        unless `scales` says otherwise.
    scales : mapping of column to Scale, optional
        Which end is good, of drivers and of the outcome; without one it is the higher.
    threshold : float, 0 to 1
        How far from 0 the asymmetry of a basic or an excitement driver is.
    draws : int, >= 100
        Bootstrap samples of people.
    seed : int
    smallest_base : int
        Fewer people with a bad or a good answer give no figures.
    progress : callable of (done, total), optional

    Returns
    -------
    PenaltyReward
        Its `drivers` has one row per driver:

        driver : str
        better, outcome_better : str, "higher" or "lower": the good end of the driver and of the outcome
        n_bad, n_good : int, people with such an answer
        penalty, reward : float, in units of the outcome: by how much it differs with a bad and with a good answer, the
            other drivers alike; each with its 95 % interval (low_penalty, high_penalty, …). Where a lower outcome is
            better, a penalty is above 0 and a reward below
        impact : float, >= 0: |reward| + |penalty|, with its interval
        asymmetry : float, −1 to 1: (|reward| − |penalty|) / impact, with its interval
        type : str, one of `TYPES`: basic under −threshold, excitement above threshold, else performance; NA where
            `reason` says why
        type_share : float, 0 to 1: of the draws, in how many it has this type
        reason : str, one of `REASONS`; NA where there is a type
        n_customers, effective_n : of the whole, the same in each row

    Raises
    ------
    MissingColumnError
    ParameterError
        What `driver_answers` refuses; a low that is not under its high, or that is not given for each driver; a scale
        of something that is no column.

    Notes
    -----
    One regression of the outcome on two indicators for each driver. Whether a driver has an effect is tested for both
    together (Wald, with the covariance of the draws).

    References
    ----------
    Brandt (1987), in Surprenant (ed.), Add Value to Your Service, 61-65, for the contrasts. Mikulić & Prebežac (2008),
    Managing Service Quality 18, "Prioritizing improvement of service attributes …", for impact range and asymmetry.
    """
    check_smallest_base(smallest_base)
    if not 0 <= threshold <= 1:
        raise ParameterError(f"threshold must be from 0 to 1, found {threshold}")
    used = driver_answers(answers, outcome=outcome, drivers=drivers)
    lows, highs = _cuts(used, low, high)
    scales = scales_of(answers, scales)
    low_and_high = used.scores[:, :-1] <= lows, used.scores[:, :-1] >= highs
    is_bad, is_good = np.where(signs_of(used.drivers, scales) > 0, low_and_high, low_and_high[::-1])
    sign = int(signs_of([outcome], scales)[0])
    cautions = cautions_of_answers(used)
    p = len(used.drivers)
    bases = {"n_bad": _people_in(used, is_bad), "n_good": _people_in(used, is_good)}
    ends = {"better": better_of(used.drivers, scales), "outcome_better": better_of([outcome], scales)[0]}
    frame = pd.DataFrame({"driver": used.drivers, **ends, **bases}).assign(
        **dict.fromkeys(FIGURES, np.nan), type=None, type_share=np.nan, reason=None
    )
    needed, n, r2 = max(smallest_base, 2 * p + 3), used.effective_n, np.nan
    if used.n_customers < needed or n <= 2 * p + 1:
        cautions.insert(0, Caution(kind="too_few", counts={"n": used.n_customers, "needed": needed, "drivers": p}))
        frame["reason"] = "too_few"
    elif any(caution.kind == "outcome_alike" for caution in cautions):
        frame["reason"] = "outcome_alike"
    else:
        found, drawn, r2 = _coefficients(used, is_bad, is_good, draws=draws, seed=seed, progress=progress)
        frame = frame.assign(**_figures(found, drawn, df=n - 2 * p - 1, threshold=threshold))
        frame["reason"] = _reasons(frame, found, drawn, sign, smallest_base)
        has_figures = ~frame["reason"].isin(["few_bad", "few_good"])
        frame[FIGURES] = frame[FIGURES].where(has_figures)
        frame[["type", "type_share"]] = frame[["type", "type_share"]].where(frame["reason"].isna())
        cautions += _cautions(frame)
    frame = frame.assign(n_customers=used.n_customers, effective_n=float(n)).astype(
        dict.fromkeys(["driver", "better", "outcome_better", "type", "reason"], "str")
    )
    return PenaltyReward(
        outcome=outcome,
        drivers=frame,
        r2=r2,
        n_customers=used.n_customers,
        effective_n=float(n),
        fates=used.fates,
        draws=draws,
        cautions=tuple(cautions),
    )


def impact_asymmetry(penalty, reward) -> np.ndarray:
    """(|reward| − |penalty|) / (|reward| + |penalty|), −1 to 1; NaN where both are 0.

    >>> impact_asymmetry([-0.46, -0.75], [0.84, 0.73]).round(2).tolist()
    [0.29, -0.01]
    """
    size, other = np.abs(np.asarray(reward, float)), np.abs(np.asarray(penalty, float))
    both = size + other
    return np.where(both > 0, (size - other) / np.where(both > 0, both, 1.0), np.nan)


def driver_type(asymmetry, *, threshold: float = THRESHOLD) -> np.ndarray:
    """The type that an asymmetry makes, as text; "" where it is NaN.

    >>> driver_type([-0.53, -0.02, 0.3]).tolist()
    ['basic', 'performance', 'excitement']
    """
    asymmetry = np.asarray(asymmetry, float)
    conditions = [np.isnan(asymmetry), asymmetry < -threshold, asymmetry > threshold]
    return np.select(conditions, ["", "basic", "excitement"], "performance")


def _cuts(
    used: DriverAnswers, low: float | Mapping[str, float], high: float | Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """The low and the high of each driver."""
    cuts = []
    for name, given in (("low", low), ("high", high)):
        if isinstance(given, Mapping):
            lacking = [driver for driver in used.drivers if driver not in given]
            if lacking:
                raise ParameterError(
                    f"{name} is not given for {', '.join(map(repr, lacking))}; give one for each driver"
                )
            cuts.append(np.array([given[driver] for driver in used.drivers], float))
        else:
            cuts.append(np.full(len(used.drivers), float(given)))
    lows, highs = cuts
    for driver, at_most, at_least in zip(used.drivers, lows, highs, strict=True):
        if not at_most < at_least:
            raise ParameterError(f"low must be under high; for {driver!r} they are {at_most:g} and {at_least:g}")
    return lows, highs


def _people_in(used: DriverAnswers, group: np.ndarray) -> list[int]:
    return [len(np.unique(used.person[rows])) for rows in group.T]


def _coefficients(
    used: DriverAnswers,
    is_bad: np.ndarray,
    is_good: np.ndarray,
    *,
    draws: int,
    seed: int,
    progress: Watcher | None,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Penalties and rewards, (2p,), those of the draws, (draws, 2p), and R²."""
    indicators = replace(used, scores=np.column_stack([is_bad, is_good, used.scores[:, -1]]).astype(float))
    products = Products.of(indicators)
    units = products.sd[-1] / products.sd[:-1]

    def fitted(times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The coefficients, what they explain, and the outcome's variance, in each sample."""
        covariance = products.covariances(weighted_sums(products, times, indicators))
        # a draw may lack all people of a group
        inverse = np.linalg.pinv(covariance[:, :-1, :-1], rtol=ROUNDING, hermitian=True)
        side = covariance[:, :-1, -1:]
        slopes = inverse @ side
        explained = (np.swapaxes(side, 1, 2) @ slopes)[:, 0, 0]
        return slopes[..., 0] * units, explained, covariance[:, -1, -1]

    # a draw may hold people of one outcome alone, so only the whole has an R²
    (found,), (explained,), (variance,) = fitted(np.ones((1, used.n_customers), dtype=np.int16))
    samples = samples_of_people(used.n_customers, draws=draws, seed=seed, progress=progress)
    return (
        found,
        np.concatenate([fitted(times)[0] for times in samples]),
        float(np.clip(explained / variance, 0.0, 1.0)),
    )


def _figures(found: np.ndarray, drawn: np.ndarray, *, df: float, threshold: float) -> dict[str, np.ndarray]:
    p = len(found) // 2
    penalty, reward = found[:p], found[p:]
    penalties, rewards = drawn[:, :p], drawn[:, p:]
    asymmetry, asymmetries = impact_asymmetry(penalty, reward), impact_asymmetry(penalties, rewards)
    pairs = {
        "penalty": (penalty, penalties),
        "reward": (reward, rewards),
        "impact": (np.abs(penalty) + np.abs(reward), np.abs(penalties) + np.abs(rewards)),
        "asymmetry": (asymmetry, asymmetries),
    }
    figures = {}
    for name, (estimate, samples) in pairs.items():
        low, high = percentile_interval(samples, df=df)
        figures |= {name: estimate, f"low_{name}": np.fmin(low, estimate), f"high_{name}": np.fmax(high, estimate)}
    kind = driver_type(asymmetry, threshold=threshold)
    kinds = driver_type(asymmetries, threshold=threshold)
    return {**figures, "type": kind.astype(object), "type_share": (kinds == kind).mean(axis=0)}


def _reasons(frame: pd.DataFrame, found: np.ndarray, drawn: np.ndarray, sign: int, smallest_base: int) -> np.ndarray:
    """Why a driver has no type; None where it has one. `sign` is −1 where a lower outcome is better."""
    p = len(frame)
    by_chance = np.ones(p)
    for each in range(p):
        both = [each, p + each]
        spread = np.linalg.pinv(np.cov(drawn[:, both], rowvar=False), rtol=ROUNDING, hermitian=True)
        by_chance[each] = special.chdtrc(2, max(found[both] @ spread @ found[both], 0.0))
    if sign > 0:
        is_wrong = (frame["low_penalty"] > 0) | (frame["high_reward"] < 0)
    else:
        is_wrong = (frame["high_penalty"] < 0) | (frame["low_reward"] > 0)
    conditions = [frame["n_bad"] < smallest_base, frame["n_good"] < smallest_base, by_chance > HIGHEST_P, is_wrong]
    found_reason = np.select(conditions, list(REASONS[2:]), "").astype(object)
    return np.where(found_reason == "", None, found_reason)


def _cautions(frame: pd.DataFrame) -> list[Caution]:
    found = []
    for row in frame.itertuples():
        for group, n in (("bad", row.n_bad), ("good", row.n_good)):
            if n < FEW_IN_GROUP:
                found.append(Caution(kind=f"few_{group}", driver=row.driver, counts={"n": n, "wanted": FEW_IN_GROUP}))
        if row.reason == "wrong_sign":
            numbers = {"penalty": row.penalty, "reward": row.reward}
            found.append(Caution(kind="wrong_sign", driver=row.driver, numbers=numbers))
    return found
