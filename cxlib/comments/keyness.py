"""Which words detractors and promoters write more than one another."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy import special, stats

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
    "n_people": "int64",
    "n_detractors": "int64",
    "n_promoters": "int64",
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
        Needs customer_id, score, comment; where there is a `metric` column only rows of `metric` count.
    metric : str
    detractors_at_most, promoters_at_least : float
        The scores that make the two groups; those of the Net Promoter Score, unless another scale is meant.
    stop_words : collection of str
    prior_people : float, > 0
        The more, the further rare words are drawn to no difference.
    smallest_base : int, >= 1
        A word that fewer people wrote is left out. Where fewer wrote at all on either side, every word is.

    Returns
    -------
    DataFrame, one row per word, the detractors' most telling first
        word : str
        n_people, n_detractors, n_promoters : int, who wrote it
        n_detractors_wrote, n_promoters_wrote : int, who wrote anything
        detractor_share, promoter_share : float, 0 to 1, of those who wrote anything
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
    require_columns(responses, ["customer_id", "score", "comment"], name="responses")
    answers = responses.loc[responses["metric"] == metric] if "metric" in responses.columns else responses
    answers = answers.loc[answers["comment"].notna() & answers["customer_id"].notna()]
    score = answers["score"].astype("float64")
    # a comment of blanks or dots says nothing, and who wrote it wrote nothing
    written = answers.loc[answers["comment"].str.contains(r"\w", regex=True)]
    sides = {"detractors": score <= detractors_at_most, "promoters": score >= promoters_at_least}
    written = {side: written.loc[is_in.reindex(written.index)] for side, is_in in sides.items()}
    n_wrote = {side: rows["customer_id"].nunique() for side, rows in written.items()}
    if min(n_wrote.values()) < smallest_base:
        return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)
    users = {side: _users(rows, stop_words) for side, rows in written.items()}
    table = pd.DataFrame({f"n_{side}": found.groupby("word")["customer_id"].nunique() for side, found in users.items()})
    n_people = pd.concat(users.values()).groupby("word")["customer_id"].nunique()
    table = (
        table.fillna(0).astype("int64").assign(n_people=n_people).loc[lambda rows: rows["n_people"] >= smallest_base]
    )
    return _judged(table, n_wrote, prior_people)


def _users(answers: pd.DataFrame, stop_words: Collection[str]) -> pd.DataFrame:
    """Who wrote which word: one row per person and word."""
    found = answers[["customer_id"]].assign(
        word=[sorted(words_of(comment, stop_words=stop_words)) for comment in answers["comment"]]
    )
    return found.explode("word").dropna().drop_duplicates().astype({"word": "str"})


def _judged(table: pd.DataFrame, n_wrote: dict[str, int], prior_people: float) -> pd.DataFrame:
    n_all = sum(n_wrote.values())
    # half a person more on either side: a word that everybody wrote has odds too
    share = (table["n_detractors"] + table["n_promoters"] + 0.5) / (n_all + 1)
    log_odds, variance = 0.0, 0.0
    for side, sign in (("detractors", 1), ("promoters", -1)):
        used = table[f"n_{side}"] + prior_people * share
        not_used = n_wrote[side] - table[f"n_{side}"] + prior_people * (1 - share)
        log_odds = log_odds + sign * np.log(used / not_used)
        variance = variance + 1 / used + 1 / not_used
    error = np.sqrt(variance)
    z = log_odds / error
    p = 2 * special.ndtr(-np.abs(z))
    judged = table.assign(
        n_detractors_wrote=n_wrote["detractors"],
        n_promoters_wrote=n_wrote["promoters"],
        detractor_share=table["n_detractors"] / n_wrote["detractors"],
        promoter_share=table["n_promoters"] / n_wrote["promoters"],
        log_odds=log_odds,
        low_log_odds=log_odds - normal_quantile() * error,
        high_log_odds=log_odds + normal_quantile() * error,
        z=z,
        may_be_chance=(stats.false_discovery_control(p) > CHANCE) if len(table) else False,
    )
    judged = judged.rename_axis("word").reset_index().sort_values(["z", "word"], ascending=[False, True])
    return judged[list(COLUMNS)].astype(COLUMNS).reset_index(drop=True)
