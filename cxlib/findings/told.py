"""You said, we did, in words for customers: as a section of a page, or as Markdown."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from IPython.display import HTML

from cxlib.feedback.told import Told
from cxlib.findings.sections import section_html
from cxlib.language import ENGLISH, Language
from cxlib.plain_line import plain_line


@dataclass(frozen=True, kw_only=True)
class ToldWords:
    """What is said around the figures: over which months, and by which rule names are left out.

    Attributes
    ----------
    first, last : Period, months
    smallest_base : int
        That of the figures; stated.
    labels : mapping of str to str
        How touchpoints and actions read in the language; a name without a label stays as it is.
    """

    first: pd.Period
    last: pd.Period
    smallest_base: int
    labels: Mapping[str, str]

    def when(self, language: Language) -> str:
        """The months in words: In October 2026, or From August to October 2026."""
        last = language.month(self.last.to_timestamp())
        if self.first == self.last:
            return language.text("told.in_month", month=last)
        return language.text("told.in_months", first=language.month(self.first.to_timestamp()), last=last)

    def name(self, name: object, language: Language) -> str:
        """A touchpoint as it reads in the language; those without a name of their own are the rest."""
        return language.text("told.rest") if pd.isna(name) else self.labels.get(str(name), str(name))


def told_section(told: Told, words: ToldWords, *, language: Language = ENGLISH) -> HTML:
    """What may be told to all customers, as a section of a page.

    Parameters
    ----------
    told : Told
        As `cxlib.told` gives it.
    words : ToldWords
    language : Language
    """
    return section_html("told.html.j2", **_content(told, words, language))


def told_markdown(told: Told, words: ToldWords, *, title: str, language: Language = ENGLISH) -> str:
    """The same as Markdown, under a title; what names of the study hold of markup is plain text.

    Parameters
    ----------
    told, words, language
        As `told_section` takes them.
    title : str
    """
    content = _content(told, words, language)
    lines = [f"# {plain_markdown(title)}", "", plain_markdown(content["lead"]), ""]
    for part in content["parts"]:
        lines += [f"## {plain_markdown(part['name'])}", "", plain_markdown(part["sentence"]), ""]
        if part["actions"]:
            lines += [plain_markdown(part["did"]), ""]
            lines += [*(f"- {plain_markdown(action)}" for action in part["actions"]), ""]
        elif part["did"]:
            lines += [plain_markdown(part["did"]), ""]
    return "\n".join([*lines, f"*{plain_markdown(content['note'])}*", ""])


def plain_markdown(text: str) -> str:
    """A text on one line whose letters Markdown takes for letters.

    >>> print(plain_markdown("<b>Invoice*"))
    \\<b\\>Invoice\\*
    """
    text = plain_line(text)
    # A point or a hyphen is markup only where a line begins with it; escaped everywhere it would be hard to read.
    return re.sub(r"^([0-9]+)?([.)+-])", r"\1\\\2", re.sub(r"([\\`*_\[\]<>#|~&])", r"\\\1", text))


def _content(told: Told, words: ToldWords, language: Language) -> dict:
    total = told.total.iloc[0]
    if pd.isna(total["n_customers"]):
        lead, tiles, parts = language.text("told.nothing", when=words.when(language)), [], []
    else:
        lead = _lead(total, words, language)
        tiles = _tiles(total, language)
        parts = [_part(row, told.actions, words, language) for row in told.touchpoints.to_dict("records")]
    note = language.text("told.note", n=language.number(words.smallest_base))
    return {"lead": lead, "tiles": tiles, "parts": parts, "note": note}


def _lead(total: pd.Series, words: ToldWords, language: Language) -> str:
    numbers = _numbers(total, language)
    sentences = [language.text("told.lead", when=words.when(language), **numbers)]
    n_waiting = total["n_cases"] - total["n_informed"]
    if pd.notna(total["half_days"]):
        sentences.append(_half(total, language))
    if n_waiting:
        sentences.append(language.text("told.waiting", n=language.number(n_waiting)))
    return " ".join(sentences)


def _numbers(row: Mapping, language: Language) -> dict[str, str]:
    return {
        "n": language.number(row["n_customers"]),
        "cases": language.number(row["n_cases"]),
        "resolved": language.number(row["n_resolved"]),
        "informed": language.number(row["n_informed"]),
    }


def _half(row: Mapping, language: Language) -> str:
    """By when half had an answer: in whole days, rounded up, so that it is true."""
    days = row["half_days"]
    if pd.notna(days):
        days = max(math.ceil(days), 1)
        return language.text("told.half_day" if days == 1 else "told.half", days=language.number(days))
    return language.text("told.not_half")


def _tiles(total: pd.Series, language: Language) -> list[dict[str, str]]:
    numbers = _numbers(total, language)
    in_cases, of_cases = (language.text(f"told.{key}", **numbers) for key in ("in_cases", "of_cases"))
    tiles = [
        {"label": language.text("told.tile_told"), "value": numbers["n"], "note": in_cases},
        {"label": language.text("told.tile_resolved"), "value": numbers["resolved"], "note": of_cases},
        {"label": language.text("told.tile_informed"), "value": numbers["informed"], "note": of_cases},
    ]
    if pd.notna(total["half_days"]):
        days = language.number(max(math.ceil(total["half_days"]), 1))
        tiles.append(
            {
                "label": language.text("told.tile_days"),
                "value": language.text("told.days", days=days),
                "note": language.text("told.tile_days_note"),
            }
        )
    return tiles


def _part(row: Mapping, actions: pd.DataFrame, words: ToldWords, language: Language) -> dict:
    of_it = actions["touchpoint"].isna() if pd.isna(row["touchpoint"]) else actions["touchpoint"] == row["touchpoint"]
    done = actions.loc[of_it & (actions["kind"] != "unwritten")]  # nothing to say of what nobody noted
    named = [
        language.text(
            "told.action",
            action=words.name(action["action"], language)
            if action["kind"] == "named"
            else language.text(f"told.{action['kind']}"),
            n=language.number(action["n_cases"]),
        )
        for action in done.to_dict("records")
    ]
    is_varied = done["action"].isna().all()  # nothing that may be named
    is_noted = (done["kind"] != "mixed").all()
    did = ("told.did_varied" if is_noted else "told.did_unsaid") if is_varied else "told.did"
    sentence = language.text("told.part", **_numbers(row, language))
    return {
        "name": words.name(row["touchpoint"], language),
        "sentence": f"{sentence} {_half(row, language)}",
        "did": language.text(did) if len(done) else "",
        "actions": [] if is_varied else named,
    }
