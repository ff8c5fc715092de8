"""Which words detractors and promoters write more than one another."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy import special, stats

from cxlib.answers import respondents, survey_weights
from cxlib.comments.stop_words import STOP_WORDS
from cxlib.comments.words import words_of
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import normal_quantile
from cxlib.metrics.measures import HIGHEST_DETRACTOR, LOWEST_PROMOTER

PRIOR_PEOPLE = 20.0
"""The prior weighs as so many more people on either side, who use every word as often as everybody does."""

CHANCE = 0.05

COLUMNS = {
    "word": "str",
    "n_detractors": "Int64",
    "n_promoters": "Int64",
    "n_detractors_wrote": "int64",
    "n_promoters_wrote": "int64",
    "detractor_share": "float64",
    "promoter_share": "float64",
    "log_odds": "float64",
    "low_log_odds": "float64",
    "high_log_odds": "float64",
    "z": "float64",
    "may_be_chance": "bool",
}


def comment_keyness(
    responses: pd.DataFrame,
    *,
    metric: str = "nps",
    detractors_at_most: float = HIGHEST_DETRACTOR,
    promoters_at_least: float = LOWEST_PROMOTER,
    stop_words: Collection[str] = STOP_WORDS,
    prior_people: float = PRIOR_PEOPLE,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """The words by how much more of the detractors than of the promoters wrote them.

    Counted are people, not how often they write a word: one angry customer is one, however long the letter.

    Parameters
    ----------
    responses : DataFrame, one row per answer
        Needs score and comment; where there is a `metric` column only rows of `metric` count, and of weight 0 none.
        Answers of one customer_id are one person's, one without it is somebody else's.
    metric : str
    detractors_at_most, promoters_at_least : float
        The scores that make the two groups; those of the Net Promoter Score, unless another scale is meant.
    stop_words : collection of str
    prior_people : float, > 0
        The more, the further rare words are drawn to no difference.
    smallest_base : int, >= 1
        A word that fewer people wrote on either side is left out, and every word where fewer wrote anything on one of
        them. Of the words shown, a count from 1 up to it is not: see the notes.

    Returns
    -------
    DataFrame, one row per word, the detractors' most telling first
        word : str
        n_detractors, n_promoters : int, who wrote it; NA where they are some, but fewer than `smallest_base`
        n_detractors_wrote, n_promoters_wrote : int, who wrote anything
        detractor_share, promoter_share : float, 0 to 1, of those who wrote anything; NA with the count
        log_odds, low_log_odds, high_log_odds : float, log of the odds among detractors over those among promoters,
            with its 95 % interval; above 0 the word is the detractors'
        z : float, log_odds over its standard error
        may_be_chance : bool, at 5 % false discoveries among all words that are shown (Benjamini & Hochberg)

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    With y of n people writing a word, a = prior_people · share of all and b = prior_people − a, the log odds are
    log((y + a) / (n − y + b)) on either side, and their difference has the variance 1/(y + a) + 1/(n − y + b), summed
    over both (Monroe et al., equations 16, 19 and 20, with people for words). So a rare word needs more to stand out,
    and a common one is not told by its number alone. Somebody who answered as both is counted on both sides.

    That one promoter wrote a word is a figure on one person. So where 1 to `smallest_base` − 1 of a side wrote it the
    count is not shown, and nothing that would give it back: log_odds and z are those of the count among these that says
    least, and the interval holds the intervals of all of them. That nobody of a side wrote it is a figure on that side.

    Words are single and as they are written: "inte nöjd" is "inte" and "nöjd", and "faktura" is not "fakturan". A name
    that enough people write is shown: read the list before you pass it on.

    References
    ----------
    Monroe, Colaresi & Quinn (2008), Political Analysis 16(4).
    """
    check_smallest_base(smallest_base)
    if not prior_people > 0:
        raise ParameterError(f"prior_people: found {prior_people}; allowed: a number above 0, such as {PRIOR_PEOPLE:g}")
    if not detractors_at_most < promoters_at_least:
        raise ParameterError(
            f"detractors_at_most ({detractors_at_most:g}) must lie below promoters_at_least ({promoters_at_least:g})"
        )
    require_columns(responses, ["score", "comment"], name="responses")
    answers = responses.loc[responses["metric"] == metric] if "metric" in responses.columns else responses
    answers = answers.loc[answers["comment"].notna() & (survey_weights(answers) > 0)]
    comments = pd.DataFrame(
        {
            "person": respondents(answers)[0],
            "score": answers["score"].to_numpy("float64", na_value=np.nan),
            "comment": answers["comment"].astype("str").to_numpy(),
        }
    )
    # a comment of blanks or dots says nothing, and who wrote it wrote nothing
    comments = comments.loc[comments["comment"].str.contains(r"\w", regex=True)]
    sides = {
        "detractors": comments.loc[comments["score"] <= detractors_at_most],
        "promoters": comments.loc[comments["score"] >= promoters_at_least],
    }
    n_wrote = {side: rows["person"].nunique() for side, rows in sides.items()}
    if min(n_wrote.values()) < smallest_base:
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    users = {side: _users(rows, stop_words) for side, rows in sides.items()}
    table = pd.DataFrame({f"n_{side}": found.groupby("word")["person"].nunique() for side, found in users.items()})
    table = table.fillna(0).astype("int64")
    return _judged(table.loc[table.max(axis=1) >= smallest_base], n_wrote, prior_people, smallest_base)


def _users(comments: pd.DataFrame, stop_words: Collection[str]) -> pd.DataFrame:
    """Who wrote which word: one row per person and word."""
    found = comments[["person"]].assign(
        word=[sorted(words_of(comment, stop_words=stop_words)) for comment in comments["comment"]]
    )
    return found.explode("word").dropna().drop_duplicates().astype({"word": "str"})


def _judged(table: pd.DataFrame, n_wrote: dict[str, int], prior_people: float, smallest_base: int) -> pd.DataFrame:
    few = {side: table[f"n_{side}"].between(1, smallest_base - 1) for side in n_wrote}
    # what the figures would be if so many of a side's few wrote the word, as far as the reader is to know
    possible = [
        _log_odds({side: table[f"n_{side}"].mask(few[side], k) for side in n_wrote}, n_wrote, prior_people)
        for k in range(1, max(smallest_base, 2))
    ]
    log_odds, error = (np.array(each) for each in zip(*possible, strict=True))
    least = np.abs(log_odds / error).argmin(axis=0, keepdims=True)
    half = normal_quantile() * error
    shown_odds = np.take_along_axis(log_odds, least, axis=0)[0]
    z = shown_odds / np.take_along_axis(error, least, axis=0)[0]
    p = 2 * special.ndtr(-np.abs(z))
    counts = {side: table[f"n_{side}"].astype("Int64").mask(few[side]) for side in n_wrote}
    judged = pd.DataFrame(
        {
            **{f"n_{side}": counts[side] for side in n_wrote},
            **{f"n_{side}_wrote": n_wrote[side] for side in n_wrote},
            **{f"{side[:-1]}_share": counts[side] / n_wrote[side] for side in n_wrote},
            "log_odds": shown_odds,
            "low_log_odds": (log_odds - half).min(axis=0),
            "high_log_odds": (log_odds + half).max(axis=0),
            "z": z,
            "may_be_chance": (stats.false_discovery_control(p) > CHANCE) if len(table) else False,
        },
        index=table.index,
    )
    judged = judged.rename_axis("word").reset_index().sort_values(["z", "word"], ascending=[False, True])
    return judged[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)


def _log_odds(
    counts: dict[str, pd.Series], n_wrote: dict[str, int], prior_people: float
) -> tuple[np.ndarray, np.ndarray]:
    """The difference of the log odds and its standard error, one per word."""
    # half a person more on either side: a word that everybody wrote has odds too
    share = (sum(counts.values()) + 0.5) / (sum(n_wrote.values()) + 1)
    log_odds, variance = 0.0, 0.0
    for side, sign in (("detractors", 1), ("promoters", -1)):
        used = counts[side] + prior_people * share
        not_used = n_wrote[side] - counts[side] + prior_people * (1 - share)
        log_odds = log_odds + sign * np.log(used / not_used)
        variance = variance + 1 / used + 1 / not_used
    return log_odds.to_numpy(float), np.sqrt(variance.to_numpy(float))
