"""What the panel of the three phases says below its picture, as HTML that escapes the study's texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from html import escape
from itertools import count

import pandas as pd

from cxlib.archetypes import PHASES
from cxlib.language import Language
from cxlib.panels.phases_data import PhaseBalanceData

BLOCK = "line-height:1.4;max-width:720px"
OWN_NAME = "own ratings"


def balance_sentences(
    data: PhaseBalanceData,
    *,
    labels: Mapping[str, str],
    language: Language,
    is_all_zero: bool = False,
    has_phases: bool = True,
) -> list[str]:
    """Whose experiences these are, which phase carries, which drains, and how far the two points lie apart.

    Parameters
    ----------
    data : PhaseBalanceData
    labels : mapping from a name of the study's own to how it reads in the language
    language : Language
    is_all_zero : bool
        Whether every slider stands at zero.
    has_phases : bool
        Whether the study says of any touchpoint met which phase it belongs to.
    """

    def text(key: str, **values: object) -> str:
        return language.text(f"panels.phases.{key}", **values)

    def name(row) -> str:
        return language.text(f"names.phase.{row['phase']}")

    rows = data.balance.to_dict("records")
    who = text("all_segments") if data.segment is None else labels.get(data.segment, data.segment)
    sentences = [
        text(
            "one_month" if data.since == data.until else "whose",
            who=who,
            since=language.month(data.since.to_timestamp()),
            until=language.month(data.until.to_timestamp()),
            n=language.number(sum(row["n_experiences"] for row in rows)),
        )
    ]
    carrying = [row for row in rows if not pd.isna(row["carried_share"]) and row["carried_share"] > 0]
    if carrying:
        most = max(carrying, key=lambda row: row["carried_share"])
        shares = {
            "carried": language.percent(most["carried_share"]),
            "declared": language.percent(most["importance_share"]),
        }
        sentences.append(text("carries", phase=name(most), **shares))
    draining = [row for row in rows if not pd.isna(row["drained_share"]) and row["drained_share"] > 0]
    if draining:
        most = max(draining, key=lambda row: row["drained_share"])
        sentences.append(text("drains", phase=name(most), share=language.percent(most["drained_share"])))
    imbalance = rows[0]["imbalance"]
    if not pd.isna(imbalance):
        sentences.append(text("imbalance", share=language.percent(imbalance)))
    if not (carrying or draining):
        sentences.append(text("nothing" if has_phases else "no_phases"))
    unmeasured = [name(row) for row in rows if not row["n_experiences"]]
    if unmeasured and has_phases:
        sentences.append(text("unmeasured", phases=", ".join(unmeasured)))
    if is_all_zero:
        sentences.append(language.text("charts.trepunkt.all_zero"))
    return sentences


def settings_lines(ratings: Mapping[str, float], archetype: str | None, *, taken: Collection[str] = ()) -> str:
    """The lines of study.toml that declare these ratings.

    Parameters
    ----------
    ratings : mapping of phase to number
    archetype : str or None
        The archetype whose ratings these are: it is named, and needs no lines of its own.
    taken : collection of str
        Names of archetypes that the study has already: another one gets the lines.

    Returns
    -------
    str

    Examples
    --------
    >>> print(settings_lines({"purchase": 3, "consumption": 0.5, "payment": 3}, None))
    archetype = "own ratings"
    <BLANKLINE>
    [archetypes."own ratings"]
    purchase = 3.0
    consumption = 0.5
    payment = 3.0
    """
    chosen = _free_name(taken) if archetype is None else archetype
    quoted = chosen.replace("\\", "\\\\").replace('"', '\\"')
    lines = [f'archetype = "{quoted}"']
    if archetype is None:
        lines += ["", f'[archetypes."{quoted}"]', *(f"{phase} = {float(ratings[phase])!r}" for phase in PHASES)]
    return "\n".join(lines)


def _free_name(taken: Collection[str]) -> str:
    names = (OWN_NAME if number == 1 else f"{OWN_NAME} {number}" for number in count(1))
    return next(name for name in names if name not in taken)


def balance_html(sentences: list[str], *, lines: str, language: Language) -> str:
    """The sentences, and below them the lines for study.toml."""
    first, *others = (escape(sentence) for sentence in sentences)
    keep = escape(language.text("panels.phases.keep"))
    return (
        f"<div style='{BLOCK}'><p style='margin:4px 0'><b>{first}</b></p><p style='margin:4px 0'>{' '.join(others)}</p>"
        f"<details><summary>{keep}</summary><pre style='margin:4px 0 0 16px'>{escape(lines)}</pre></details></div>"
    )
