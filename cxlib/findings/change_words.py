"""How a changed figure is written: its name, its size with the interval, and what to think of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.findings.changes_figures import LARGEST, Change, Comparison, Estimate, Subject
from cxlib.findings.definitions import Difference
from cxlib.findings.words import shown_difference
from cxlib.language import NO_VALUE, Language, catalogue, placeholders

DECIMALS = {"share": 1, "units": 1, "points": 0, "count": 0, "mean": 2}
FACTOR = {"share": 100}
_UNITS = {"share": "report.tiles.points", "points": "report.tiles.score_points"}

MOST_DIFFERENCES = 3
"""Differences that a cell or a sentence names; the rest are counted."""

NAMED = {"measure": "rule_value", "better": "rule_value", "phase": "phase"}
"""Settings, and parts of scales and touchpoints, whose value is one of a list; under which names it stands."""

LONGEST_VALUE = 40
"""Letters of a setting's value; an earlier file may hold anything."""


class FigureWords:
    """Figures and their changes in one language.

    Parameters
    ----------
    language : Language
    labels : mapping of name to label
        How the study's own names read in the language.
    """

    def __init__(self, language: Language, labels: Mapping[str, str]) -> None:
        self.language = language
        self.labels = labels

    def text(self, key: str, **values: object) -> str:
        return self.language.text(f"report.since.{key}", **values)

    def name(self, subject: Subject) -> str:
        """What a figure is called."""
        if subject.figure == "phase_mean":
            return self.text("phase_mean", phase=self.language.text(f"names.phase.{subject.item}"))
        if subject.figure == "touchpoint_mean":
            return self.text("touchpoint_mean", touchpoint=self.label(str(subject.item)))
        return self.text(subject.figure)

    def value(self, subject: Subject, estimate: Estimate) -> str:
        """A figure as a cell shows it; a dash where it is not there or may not be shown."""
        return self.number(subject, estimate.value)

    def label(self, name: str) -> str:
        """A name of the study's own as it reads in this language."""
        return str(self.labels.get(name, name))

    def number(self, subject: Subject, value: float | None) -> str:
        decimals = DECIMALS[subject.unit]
        if value is None:
            return NO_VALUE
        if subject.unit == "share":
            return self.language.percent(value, decimals)
        if subject.unit == "count":
            return self.language.number(value)
        return self.language.signed(value, decimals)

    def cell(self, row: Change, *, interval: bool = True) -> str:
        """A change with its interval and what to think of it, or why there is none."""
        if row.state == "redefined":
            return self.text("redefined", differences=self.differences(row.differs))
        if row.state != "compared":
            return self.text(row.state)
        subject, decimals = row.subject, DECIMALS[row.subject.unit]
        factor = FACTOR.get(subject.unit, 1)
        change = shown_difference(row.now.value, row.then.value, factor=factor, decimals=decimals)
        size = self.language.number(abs(change), decimals)
        size = self.language.text(_UNITS[subject.unit], n=size) if subject.unit in _UNITS else size
        said = self.text("same") if change == 0 else f"{'▲' if change > 0 else '▼'} {size}"
        if interval and not pd.isna(row.low):
            low, high = (self.language.signed(factor * end, decimals) for end in (row.low, row.high))
            said += " " + self.text("interval", low=low, high=high).replace(" ", "\N{NO-BREAK SPACE}")
        verdict = self.verdict(row)
        return self.text("judged", change=said, verdict=self.text(verdict)) if change and verdict else said

    def verdict(self, row: Change) -> str | None:
        """`may_be_chance`, `better` or `worse`; None where a change is neither."""
        if row.may_be_chance is None or row.subject.more_is_better is None or row.change == 0:
            return None
        if row.may_be_chance:
            return "may_be_chance"
        return "better" if (row.change > 0) == row.subject.more_is_better else "worse"

    def differences(self, differs: tuple[Difference, ...]) -> str:
        """In what two definitions differ, in words."""
        named = [self._difference(each) for each in differs[:MOST_DIFFERENCES]]
        rest = len(differs) - MOST_DIFFERENCES
        return ", ".join(named + ([self.text("more_differences", n=self.language.number(rest))] if rest > 0 else []))

    def _difference(self, difference: Difference) -> str:
        what = difference.part or difference.setting
        then, now = self._setting(what, difference.then), self._setting(what, difference.now)
        key = f"setting.{difference.setting}"
        if difference.name is not None:
            name = self.label(difference.name)
            part = self._part(difference.part)
            return self.text(
                "item", item=self._known(key, difference.setting, name=name), part=part, then=then, now=now
            )
        return self.text("setting_changed", setting=self._known(key, difference.setting), then=then, now=now)

    def _part(self, part: str | None) -> str:
        return self._known(f"part.{part}", str(part))

    def _known(self, key: str, fallback: str, /, **values: object) -> str:
        """The text of a setting; `fallback` for one of a later version, or of a file that gives too little for it."""
        text = catalogue(self.language.code).get(f"report.since.{key}")
        if text is None or not placeholders(text) <= values.keys():
            return " ".join([fallback, *map(str, values.values())])
        return self.text(key, **values)

    def _setting(self, what: str, value: object) -> str:
        """The value of a setting, by its name where it is one of a list."""
        key = f"names.{NAMED[what]}.{value}" if what in NAMED else ""
        if key in catalogue(self.language.code):
            said = self.language.text(key)
            return said[:1].lower() + said[1:]
        if what == "scale":
            value = self.label(str(value)) if value is not None else None
        if value is None:
            return self.text("empty")
        if isinstance(value, bool):
            return self.text("yes" if value else "no")
        said = str(value)
        if isinstance(value, int | float) and "e" not in (short := f"{value:.6g}" if abs(value) < LARGEST else "e"):
            return self.language.number(value, len(short.partition(".")[2]))
        return said if len(said) <= LONGEST_VALUE else said[: LONGEST_VALUE - 1] + "…"


WRITTEN = {"share": "percent", "units": "signed-1", "points": "signed-1", "count": "count", "mean": "signed-2"}
"""How a figure of each unit is written in a table of data; see `table_fields.FORMATS`."""


def change_table_rows(
    comparisons: tuple[Comparison, ...], language: Language, labels: Mapping[str, str]
) -> list[dict[str, object]]:
    """A row for each figure and earlier report, for the report's tables as data; shares change in percentage points."""
    words = FigureWords(language, labels)
    return [
        _table_row(words, comparison, row)
        for comparison in comparisons
        for row in comparison.rows
        if row.now.value is not None or row.then.value is not None
    ]


def _table_row(words: FigureWords, comparison: Comparison, row: Change) -> dict[str, object]:
    factor, written = FACTOR.get(row.subject.unit, 1), WRITTEN[row.subject.unit]
    verdict = words.verdict(row)
    change = {
        name: None if pd.isna(value) else round(factor * value, 6)
        for name, value in (("change", row.change), ("change_low", row.low), ("change_high", row.high))
    }
    judged = words.text(verdict) if verdict else "" if row.state == "compared" else words.cell(row)
    return {
        "figure_name": words.name(row.subject),
        "month": comparison.period,
        "value": row.now.value,
        "low": row.now.low,
        "high": row.now.high,
        "base": row.now.base,
        "previous": row.then.value,
        "previous_base": row.then.base,
        **change,
        "judgement": judged or None,
        "formats": dict.fromkeys(("value", "low", "high", "previous"), written)
        | dict.fromkeys(change, "signed-2" if row.subject.unit == "mean" else "signed-1"),
    }
