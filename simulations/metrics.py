"""The intervals of the survey metrics, and of their changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd

import cxlib as cx
from cxlib.scales import Scale
from simulations.check import Check
from simulations.surveys import ALIKE, Design, Scores, n_surveys, population, surveys

BASES = (30, 84, 400)

DESIGNS = {
    "plain": Design(),
    "weighted": Design(is_weighted=True),
    "repeated": Design(is_repeated=True),
    "weighted and repeated": Design(is_weighted=True, is_repeated=True),
}

COUNTED_ALONE = "repeated, counted as independent"
"""What happens to the interval where it is not known who answered: shown, not judged."""

_TEN, _FIVE, _SEVEN = np.arange(0.0, 11), np.arange(1.0, 6), np.arange(1.0, 8)


def _shares(*numbers: float) -> np.ndarray:
    return np.array(numbers) / sum(numbers)


NPS = {
    "45 % promoters, 20 % detractors": Scores(scores=_TEN, shares=_shares(1, 1, 1, 2, 3, 5, 7, 15, 20, 20, 25)),
    "30 % promoters, 40 % detractors": Scores(scores=_TEN, shares=_shares(6, 3, 4, 5, 5, 9, 8, 14, 16, 13, 17)),
    "70 % promoters, 8 % detractors": Scores(scores=_TEN, shares=_shares(1, 0.5, 0.5, 0.5, 0.5, 2, 3, 7, 15, 25, 45)),
}
CSAT = {
    "60 % satisfied": Scores(scores=_FIVE, shares=_shares(10, 12, 18, 35, 25)),
    "80 % satisfied": Scores(scores=_FIVE, shares=_shares(4, 6, 10, 40, 40)),
    "25 % satisfied": Scores(scores=_FIVE, shares=_shares(25, 25, 25, 15, 10)),
}
CES = {
    "mean 4.1, as many above as below": Scores(scores=_SEVEN, shares=_shares(8, 10, 16, 24, 20, 13, 9)),
    "mean 5.3, most at the good end": Scores(scores=_SEVEN, shares=_shares(3, 4, 7, 12, 20, 28, 26)),
}
CEILING = "mean 6.6, three of four give 7"
CES_AT_THE_CEILING = {CEILING: Scores(scores=_SEVEN, shares=_shares(1, 1, 1, 2, 5, 15, 75))}
HUNDRED = {"0 to 100 without steps": Scores(scores=np.array([0.0, 100.0]))}
RATES = {
    "45 % answer": Scores(scores=np.array([0.0, 1.0]), shares=_shares(55, 45)),
    "15 % answer": Scores(scores=np.array([0.0, 1.0]), shares=_shares(85, 15)),
}
HUNDRED_SCALE = Scale(name="hundred", minimum=0, maximum=100, expected=50)


def net_promoter_points(scores: np.ndarray, shares: np.ndarray) -> float:
    return 100 * (shares[scores >= 9].sum() - shares[scores <= 6].sum())


def satisfied_share(scores: np.ndarray, shares: np.ndarray) -> float:
    return shares[scores >= 4].sum()


def mean(scores: np.ndarray, shares: np.ndarray) -> float:
    return float(scores @ shares)


def middle_of_hundred(scores: np.ndarray, shares: np.ndarray) -> float:
    return 100 * np.sqrt(0.5)


def _holds(table: pd.DataFrame, low: str, high: str, truth: float) -> np.ndarray:
    return ((table[low] <= truth) & (truth <= table[high])).to_numpy()


def _level(
    rng: np.random.Generator,
    *,
    metric: Callable[[pd.DataFrame], pd.DataFrame],
    ends: tuple[str, str],
    figure: Callable[[np.ndarray, np.ndarray], float],
    scores: Scores,
    design: Design,
    base: int,
    is_known: bool = True,
) -> np.ndarray:
    drawn = surveys(rng, scores, design, base=base).drop(columns="answered_at")
    if not is_known:
        drawn = drawn.drop(columns="customer_id")
    truth = figure(scores.scores, None if scores.shares is None else population(scores, design))
    return _holds(metric(drawn), *ends, truth)


def _response_rate(drawn: pd.DataFrame) -> pd.DataFrame:
    return cx.response_rate(drawn.assign(score=drawn["score"].where(drawn["score"] == 1)), by="survey")


def middle_of_ten(scores: np.ndarray, shares: np.ndarray) -> float:
    return float(scores[np.searchsorted(shares.cumsum(), 0.5)])


LEVELS = {
    "Net Promoter Score": (
        partial(cx.net_promoter_score, by="survey"), ("low_points", "high_points"), net_promoter_points, NPS,
    ),
    "Top two boxes": (
        partial(cx.customer_satisfaction, by="survey"), ("low_share", "high_share"), satisfied_share, CSAT,
    ),
    "Mean of 1 to 7": (
        partial(cx.customer_effort, by="survey"), ("low_score", "high_score"), mean, CES | CES_AT_THE_CEILING,
    ),
    "Median": (
        partial(cx.median_score, scale=HUNDRED_SCALE, by="survey"), ("low_score", "high_score"), middle_of_hundred,
        HUNDRED,
    ),
    "Median of 0 to 10": (
        partial(cx.median_score, metric="nps", by="survey"), ("low_score", "high_score"), middle_of_ten, NPS,
    ),
    "Response rate": (_response_rate, ("low_share", "high_share"), mean, RATES),
}  # fmt: skip


_FEW = (
    "So few of 30 answers are of the rare kind, and fewer of 17 customers, that the interval moves in large steps; it "
    "errs on the safe side."
)
_STEPS = (
    "The median of a scale with few steps is one of them, and so are the ends of its interval: it can only be too wide."
)
_SKEWED = (
    "Nearly all answers are alike and a few lie far off. Where the sample holds none of those, the spread is too small "
    "and no t interval knows. With such scores show the share in the top two boxes."
)


def _limits(subject: str, truth: str, base: int, design: str) -> dict:
    """Where the coverage may lie elsewhere than from 93 to 97 %, and why."""
    if subject == "Median of 0 to 10":
        return {"highest": 1.0, "reason": _STEPS}
    if truth == CEILING:
        return {"lowest": 0.80, "reason": _SKEWED}
    if (subject, truth, base, design) == ("Response rate", "15 % answer", 30, "repeated"):
        return {"highest": 0.985, "reason": _FEW}
    return {}


def _levels() -> Iterator[Check]:
    for subject, (metric, ends, figure, truths) in LEVELS.items():
        for truth, scores in truths.items():
            draw = partial(_level, metric=metric, ends=ends, figure=figure, scores=scores)
            for base in BASES:
                for name, design in DESIGNS.items():
                    if subject == "Response rate" and design.is_weighted:
                        continue  # a response rate has no survey weights
                    yield Check(
                        subject=subject, truth=truth, base=base, design=name,
                        draw=partial(draw, design=design, base=base), **_limits(subject, truth, base, name),
                    )  # fmt: skip
                yield Check(
                    subject=subject, truth=truth, base=base, design=COUNTED_ALONE, lowest=0, highest=1,
                    draw=partial(draw, design=DESIGNS["repeated"], base=base, is_known=False),
                )  # fmt: skip


# ---- changes ----

CHANGE_DESIGNS = {
    **DESIGNS,
    "the same customers": Design(is_panel=True),
    "the same, weighted and repeated": Design(is_weighted=True, is_repeated=True, is_panel=True),
}
CHANGES = {
    "Change of the Net Promoter Score": ("nps", net_promoter_points, NPS["45 % promoters, 20 % detractors"]),
    "Change of the top two boxes": ("csat", satisfied_share, CSAT["60 % satisfied"]),
    "Change of a mean of 1 to 7": ("ces", mean, CES["mean 5.3, most at the good end"]),
}
SHIFTS = {"no change": 0.0, "a change": -0.4}


def _change(
    rng: np.random.Generator,
    *,
    metric: str,
    figure: Callable[[np.ndarray, np.ndarray], float],
    scores: Scores,
    shift: float,
    design: Design,
    base: int,
) -> np.ndarray:
    drawn = surveys(rng, scores, design, base=base, shifts=(0.0, shift))
    now, then = (figure(scores.scores, population(scores, design, shift=each)) for each in (shift, 0.0))
    table = cx.score_changes(drawn, metric=metric, by="survey")
    return _holds(table.loc[table["change_before"].notna()], "low_before", "high_before", now - then)


def _changes() -> Iterator[Check]:
    for subject, (metric, figure, scores) in CHANGES.items():
        for truth, shift in SHIFTS.items():
            for base in BASES:
                for name, design in CHANGE_DESIGNS.items():
                    yield Check(
                        subject=subject, truth=truth, base=base, design=name,
                        draw=partial(
                            _change, metric=metric, figure=figure, scores=scores, shift=shift, design=design, base=base
                        ),
                    )  # fmt: skip


# ---- trends ----

N_MONTHS = 12


def _trend(rng: np.random.Generator, *, shock: float, design: Design, base: int) -> np.ndarray:
    scores = CES["mean 4.1, as many above as below"]
    drawn = surveys(rng, scores, design, base=base, shifts=(0.0,) * N_MONTHS, shock=shock, times=1500)
    table = cx.score_trend(drawn, metric="ces", by="survey")
    return _holds(table, "low_per_period", "high_per_period", 0.0)


def _trends() -> Iterator[Check]:
    designs = {"plain": Design(), "the same customers": Design(is_panel=True), "repeated": DESIGNS["repeated"]}
    for truth, shock in {"no trend": 0.0, "no trend, months good and bad": 0.3}.items():
        for base in (30, 84):
            for name, design in designs.items():
                yield Check(
                    subject="Slope over twelve months", truth=truth, base=base, design=name,
                    draw=partial(_trend, shock=shock, design=design, base=base),
                )  # fmt: skip


# ---- mix ----


def _mix(rng: np.random.Generator, *, part: str, design: Design, base: int) -> np.ndarray:
    """Two segments that judge otherwise, and of which the one answers more in the second month."""
    scores, metric = CSAT["60 % satisfied"], "csat"
    share_then, share_now, shift_then, shift_now = 0.3, 0.55, (0.4, -0.4), (0.6, -0.3)
    level = np.array(
        [[satisfied_share(scores.scores, scores.shifted(each)) for each in pair] for pair in (shift_then, shift_now)]
    )
    share = np.array([[share_then, 1 - share_then], [share_now, 1 - share_now]])
    truth = {
        "within": float(share.mean(axis=0) @ (level[1] - level[0])),
        "mix": float(level.mean(axis=0) @ (share[1] - share[0])),
    }[part]
    # each survey has two months of its own, and a month without answers after them
    drawn = _two_months(rng, scores, (share_then, share_now), (shift_then, shift_now), design, base)
    return _holds(cx.mix_change(drawn, metric=metric), f"low_{part}", f"high_{part}", truth)


def _two_months(rng, scores, shares, shifts, design: Design, base: int) -> pd.DataFrame:
    times = n_surveys(base)
    survey = np.repeat(np.arange(times), base)
    size = survey.size
    level, is_first = rng.normal(size=size), rng.random(size)
    frames = []
    for month, (share, (first, other)) in enumerate(zip(shares, shifts, strict=True)):
        if not design.is_panel:
            level, is_first = rng.normal(size=size), rng.random(size)
        latent = np.sqrt(ALIKE) * level + np.sqrt(1 - ALIKE) * rng.normal(size=size)
        starts = (np.datetime64("1200-01") + 3 * np.arange(times) + month).astype("datetime64[us]")
        frames.append(
            pd.DataFrame(
                {
                    "customer_id": np.arange(size) + (0 if design.is_panel else month * size),
                    "answered_at": starts[survey],
                    "segment": np.where(is_first < share, "a", "b"),
                    "score": scores.of(latent + np.where(is_first < share, first, other)),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _mixes() -> Iterator[Check]:
    designs = {"plain": Design(), "the same customers": Design(is_panel=True)}
    for part, truth in (("within", "what the segments changed by"), ("mix", "what the mix changed by")):
        for base in (84, 400):
            for name, design in designs.items():
                yield Check(
                    subject="Parts of a change", truth=truth, base=base, design=name,
                    draw=partial(_mix, part=part, design=design, base=base),
                )  # fmt: skip


CHECKS = [*_levels(), *_changes(), *_trends(), *_mixes()]
