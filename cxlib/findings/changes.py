"""What the report says of the changes: a table against the two earlier reports, and what is certain in it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

import pandas as pd

from cxlib.findings.changes_figures import HEADLINE, Change, Comparison, Estimate, Subject
from cxlib.findings.definitions import Difference
from cxlib.findings.words import ReportWords, shown_difference
from cxlib.language import NO_VALUE, catalogue

DECIMALS = {"share": 1, "units": 1, "points": 0, "count": 0, "mean": 2}
FACTOR = {"share": 100}
_CHANGE_UNIT = {"share": "tiles.points", "points": "tiles.score_points"}

MOST_TOUCHPOINTS = 3
"""Touchpoints in the table: those that moved most."""

MOST_DIFFERENCES = 3
"""Differences that a cell or a sentence names; the rest are counted."""

LONGEST_VALUE = 40
"""Letters of a setting's value; an earlier file may hold anything."""


class ChangeWords:
    """The comparisons of a month, spoken in one language.

    Parameters
    ----------
    words : ReportWords
    comparisons : tuple of Comparison
        As `changes_since` gives them.
    report : str
        The report's name, for the command that makes a missing one.
    """

    def __init__(self, words: ReportWords, comparisons: tuple[Comparison, ...], *, report: str) -> None:
        self.words = words
        self.language = words.language
        self.report = report
        self.comparisons = comparisons
        self.compared = [each for each in comparisons if each.state == "compared"]

    def text(self, key: str, **values: object) -> str:
        return self.words.text(f"since.{key}", **values)

    def month(self, comparison: Comparison) -> str:
        return self.language.month(pd.Period(comparison.period).to_timestamp())

    # ---- tables ----

    def headline_table(self) -> dict | None:
        """The headline figures with their changes; None where there is nothing to compare with."""
        return self._table("caption", [subject for subject in HEADLINE if self._shows(subject)])

    def more_table(self) -> dict | None:
        """The phases, the overdue cases and the touchpoints that moved most."""
        subjects = {row.subject: None for each in self.compared for row in each.rows}
        named = [subject for subject in subjects if subject not in HEADLINE and subject.figure != "touchpoint_mean"]
        return self._table("more_caption", [*named, *self._movers()])

    def _shows(self, subject: Subject) -> bool:
        return any(row.subject == subject for each in self.compared for row in each.rows)

    def _movers(self) -> list[Subject]:
        rows = [row for each in self.compared for row in each.rows if row.subject.figure == "touchpoint_mean"]
        sure = [row for row in rows if row.state == "compared" and row.may_be_chance is False]
        sure.sort(key=lambda row: (-abs(row.change), row.subject.item))
        return list(dict.fromkeys(row.subject for row in sure))[:MOST_TOUCHPOINTS]

    def _table(self, caption: str, subjects: list[Subject]) -> dict | None:
        if not self.compared or not subjects:
            return None
        months = [self.month(comparison) for comparison in self.compared]
        columns = [self.text("figure"), *(self.text("column", then=month) for month in months)]
        columns += [month[:1].upper() + month[1:] for month in (self.words.month, *months)]
        rows = []
        for subject in subjects:
            found = [self._row(comparison, subject) for comparison in self.compared]
            now = next(row.now for row in found if row is not None)
            cells = [NO_VALUE if row is None else self.cell(row) for row in found]
            values = [NO_VALUE if row is None else self.value(subject, row.then) for row in found]
            rows.append([self.name(subject), *cells, self.value(subject, now), *values])
        return {
            "caption": self.text(caption),
            "columns": columns,
            "n_text_columns": 1 + len(self.compared),
            "rows": rows,
        }

    def _row(self, comparison: Comparison, subject: Subject) -> Change | None:
        return next((row for row in comparison.rows if row.subject == subject), None)

    def name(self, subject: Subject) -> str:
        """What a figure is called."""
        if subject.figure == "phase_mean":
            return self.text("phase_mean", phase=self.language.text(f"names.phase.{subject.item}"))
        if subject.figure == "touchpoint_mean":
            return self.text("touchpoint_mean", touchpoint=self.words.name(str(subject.item)))
        return self.text(subject.figure)

    def value(self, subject: Subject, estimate: Estimate) -> str:
        """A figure as a cell shows it; a dash where it is not there or may not be shown."""
        return self.number(subject, estimate.value)

    def number(self, subject: Subject, value: float | None) -> str:
        decimals = DECIMALS[subject.unit]
        if value is None:
            return NO_VALUE
        if subject.unit == "share":
            return self.language.percent(value, decimals)
        if subject.unit == "count":
            return self.language.number(value)
        return self.language.signed(value, decimals)

    def cell(self, row: Change) -> str:
        """A change with its interval and what to think of it, or why there is none."""
        if row.state == "redefined":
            return self.text("redefined", differences=self.differences(row.differs))
        if row.state != "compared":
            return self.text(row.state)
        subject, decimals = row.subject, DECIMALS[row.subject.unit]
        factor = FACTOR.get(subject.unit, 1)
        change = shown_difference(row.now.value, row.then.value, factor=factor, decimals=decimals)
        size = self.language.number(abs(change), decimals)
        size = self.words.text(_CHANGE_UNIT[subject.unit], n=size) if subject.unit in _CHANGE_UNIT else size
        said = self.text("same") if change == 0 else f"{'▲' if change > 0 else '▼'} {size}"
        if not pd.isna(row.low):
            low, high = (self.language.signed(factor * end, decimals) for end in (row.low, row.high))
            interval = self.text("interval", low=low, high=high).replace(" ", "\N{NO-BREAK SPACE}")
            said = f"{said} {interval}"
        verdict = self.verdict(row)
        return self.text("judged", change=said, verdict=self.text(verdict)) if change and verdict else said

    def verdict(self, row: Change) -> str | None:
        """`may_be_chance`, `better` or `worse`; None where a change is neither."""
        if row.may_be_chance is None or row.subject.more_is_better is None or row.change == 0:
            return None
        if row.may_be_chance:
            return "may_be_chance"
        return "better" if (row.change > 0) == row.subject.more_is_better else "worse"

    # ---- sentences ----

    def sentences(self) -> list[str]:
        """What changed by more than chance, and what was not compared, for each earlier report."""
        return [*map(self._certain, self.compared), *(said for each in self.compared for said in self._redefined(each))]

    def _certain(self, comparison: Comparison) -> str:
        rows = [row for row in comparison.rows if row.state == "compared" and row.may_be_chance is not None]
        movers = set(self._movers())
        sure = [
            self.text("changed", name=self.name(row.subject), verdict=self.text(self.verdict(row)))
            for row in rows
            if self.verdict(row) in ("better", "worse")
            and (row.subject.figure != "touchpoint_mean" or row.subject in movers)
        ]
        then = self.month(comparison)
        if not rows:
            return self.text("nothing_compared", then=then)
        return self.text("certain", then=then, changes=", ".join(sure)) if sure else self.text("all_chance", then=then)

    def _redefined(self, comparison: Comparison) -> list[str]:
        groups: dict[str, list[str]] = {}
        for row in comparison.rows:
            if row.state == "redefined" and row.subject.figure != "touchpoint_mean":
                groups.setdefault(self.differences(row.differs), []).append(self.name(row.subject))
        said = [
            self.text("counted_otherwise", then=self.month(comparison), names="; ".join(names), differences=differences)
            for differences, names in groups.items()
        ]
        if any(row.state == "undefined" for row in comparison.rows):
            said.append(self.text("made_earlier", then=self.month(comparison)))
        return said

    def differences(self, differs: tuple[Difference, ...]) -> str:
        """In what two definitions differ, in words."""
        named = [self._difference(each) for each in differs[:MOST_DIFFERENCES]]
        rest = len(differs) - MOST_DIFFERENCES
        return ", ".join(named + ([self.text("more_differences", n=self.language.number(rest))] if rest > 0 else []))

    def _difference(self, difference: Difference) -> str:
        then, now = self._setting(difference.then), self._setting(difference.now)
        key = f"setting.{difference.setting}"
        if difference.name is not None:
            name = self.words.name(difference.name)
            part = self._part(difference.part)
            return self.text(
                "item", item=self._known(key, difference.setting, name=name), part=part, then=then, now=now
            )
        return self.text("setting_changed", setting=self._known(key, difference.setting), then=then, now=now)

    def _part(self, part: str | None) -> str:
        return self._known(f"part.{part}", str(part))

    def _known(self, key: str, name: str, **values: object) -> str:
        """The text of a setting; the name of one that a later version may have had."""
        known = f"report.since.{key}" in catalogue(self.language.code)
        return self.text(key, **values) if known else " ".join([name, *map(str, values.values())])

    def _setting(self, value: object) -> str:
        if value is None:
            return self.text("empty")
        if isinstance(value, bool):
            return self.text("yes" if value else "no")
        if isinstance(value, int | float):
            return self.language.number(value, 0 if float(value).is_integer() else 2)
        said = str(value)
        return said if len(said) <= LONGEST_VALUE else said[: LONGEST_VALUE - 1] + "…"

    # ---- notes ----

    def notes(self) -> list[str]:
        """What the reader should know of the comparisons, in small print."""
        said = [self.text("note")] if self.compared else []
        said += [note for each in self.compared if each.against == "before" for note in self._before_notes(each)]
        if any(row.subject.figure == "phase_mean" for each in self.compared for row in each.rows):
            said.append(self.text("recent", months=self.words.recent))
        return said + [self._state(each) for each in self.comparisons if each.state != "compared"]

    def _before_notes(self, comparison: Comparison) -> list[str]:
        said = []
        if any(row.test == "paired" for row in comparison.rows):
            said.append(self.text("paired", then=self.month(comparison)))
        known = [
            self.text(
                "known_now",
                name=self.name(row.subject),
                then=self.value(row.subject, row.then),
                now=self.number(row.subject, row.known_now),
            )
            for row in comparison.rows
            if row.known_now is not None
            and self.value(row.subject, row.then) != self.number(row.subject, row.known_now)
        ]
        if known:
            said.append(self.text("known_by_now", then=self.month(comparison), figures="; ".join(known)))
        return said

    def _state(self, comparison: Comparison) -> str:
        command = f"cx report {self.report} --period {comparison.period}"
        segment = self.words.figures["segment"]
        command += f" --segment {shlex.quote(segment)}" if segment else ""
        first = pd.Period(self.words.figures["first_month"] or comparison.period).to_timestamp()
        return self.text(
            f"state.{comparison.state}",
            then=self.month(comparison),
            command=command,
            first=self.language.month(first),
            problem=comparison.problem,
        )


def as_stated(figures: Mapping, comparisons: tuple[Comparison, ...]) -> Mapping:
    """The figures with the headline's values of the period before as its report stated them, where comparable.

    Either report knows what was known at the end of its own period; what came in later is known of one of them only.
    So the tiles, too, compare like with like, and say the same as the table.
    """
    headline = dict(figures["headline"])
    for row in (
        row for each in comparisons if each.against == "before" for row in each.rows if row.subject in HEADLINE
    ):
        if row.state == "compared":
            name = row.subject.figure
            stated = {"previous": row.then.value} | ({} if row.may_be_chance is None else _judged(headline[name], row))
            headline[name] = headline[name] | stated
    return {**figures, "headline": headline}


def _judged(figure: Mapping, row: Change) -> dict:
    """The judgement of a change, for a tile that gives one."""
    return {"may_be_chance": row.may_be_chance} if "may_be_chance" in figure else {}


def changes_said(
    words: ReportWords, comparisons: tuple[Comparison, ...], *, report: str = "monthly"
) -> Mapping[str, object]:
    """What a section shows of the changes: two tables, sentences and notes."""
    said = ChangeWords(words, comparisons, report=report)
    return {
        "table": said.headline_table(),
        "more": said.more_table(),
        "sentences": said.sentences(),
        "notes": said.notes(),
    }
