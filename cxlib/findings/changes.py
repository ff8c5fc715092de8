"""What the report says of the changes: a table against the two earlier reports, and what is certain in it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from math import isfinite

import pandas as pd

from cxlib.findings.change_words import FigureWords
from cxlib.findings.changes_figures import HEADLINE, RECENT, Change, Comparison, Subject
from cxlib.findings.words import ReportWords
from cxlib.language import NO_VALUE

MOST_TOUCHPOINTS = 3
"""Touchpoints of each comparison in the table and the sentence: those that moved most."""


class ChangeWords(FigureWords):
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
        super().__init__(words.language, words.figures["labels"].get(words.language.code, {}))
        self.words = words
        self.report = report
        self.comparisons = comparisons
        self.compared = [each for each in comparisons if each.state == "compared"]

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
        movers = dict.fromkeys(
            each for comparison in self.compared for each in self._movers(comparison)[:MOST_TOUCHPOINTS]
        )
        return self._table("more_caption", [*named, *movers])

    def _shows(self, subject: Subject) -> bool:
        return any(row.subject == subject for each in self.compared for row in each.rows)

    def _movers(self, comparison: Comparison) -> list[Subject]:
        """The touchpoints that certainly changed, the one that changed most first."""
        rows = [row for row in comparison.rows if row.subject.figure == "touchpoint_mean"]
        sure = [row for row in rows if row.may_be_chance is False]
        sure.sort(key=lambda row: (-abs(row.change), row.subject.item))
        return [row.subject for row in sure]

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

    # ---- sentences ----

    def sentences(self) -> list[str]:
        """What changed by more than chance, and what was not compared, for each earlier report."""
        states = {each.against: {row.state for row in each.rows} for each in self.compared}
        known = [
            each
            for each in self.compared
            if states[each.against] & {"compared"} or "undefined" not in states[each.against]
        ]
        return [*map(self._certain, known), *(said for each in self.compared for said in self._redefined(each))]

    def _certain(self, comparison: Comparison) -> str:
        rows = [row for row in comparison.rows if row.state == "compared" and row.may_be_chance is not None]
        movers = self._movers(comparison)
        named = [row.subject for row in rows if row.subject.figure != "touchpoint_mean"] + movers[:MOST_TOUCHPOINTS]
        judged = {row.subject: row for row in rows if row.may_be_chance is False}
        sure = [
            self.text("changed", name=self.name(subject), verdict=self.text(self.verdict(judged[subject])))
            for subject in named
            if subject in judged
        ]
        unnamed = movers[MOST_TOUCHPOINTS:]
        if unnamed:
            sure.append(self.text("more_touchpoints", n=self.language.number(len(unnamed))))
        then = self.month(comparison)
        if not rows:
            return self.text("nothing_compared", then=then)
        return self.text("certain", then=then, changes="; ".join(sure)) if sure else self.text("all_chance", then=then)

    def _redefined(self, comparison: Comparison) -> list[str]:
        groups: dict[str, list[str]] = {}
        for row in comparison.rows:
            if row.state == "redefined" and row.subject.figure != "touchpoint_mean":
                groups.setdefault(self.differences(row.differs), []).append(self.name(row.subject))
        said = [
            self.text("counted_otherwise", then=self.month(comparison), names="; ".join(names), differences=differences)
            for differences, names in groups.items()
        ]
        if said and comparison.against == "before":
            said[-1] += " " + self.text("by_present_rules", then=self.month(comparison))
        if any(row.state == "undefined" for row in comparison.rows):
            said.append(self.text("made_earlier", then=self.month(comparison)))
        return said

    # ---- notes ----

    def notes(self) -> list[str]:
        """What the reader should know of the comparisons, in small print."""
        said = [self.text("note")] if self.compared else []
        said += [note for each in self.compared if each.against == "before" for note in self._before_notes(each)]
        if any(row.subject.figure in RECENT for each in self.compared for row in each.rows):
            said.append(self.text("recent", months=self.words.recent))
        return said + [self._state(each) for each in self.comparisons if each.state != "compared"]

    def _before_notes(self, comparison: Comparison) -> list[str]:
        said = []
        months = self.words.figures["recent_months"]
        if months > 1 and any(row.subject.figure in RECENT for row in comparison.rows):
            numbers = {"n": months, "shared": months - 1, "smallest": self.words.figures["smallest_base"]}
            numbers = {name: self.language.number(value) for name, value in numbers.items()}
            said.append(self.text("overlap", then=self.month(comparison), **numbers))
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
        problem = comparison.problem
        command = f"cx report {self.report} --period {comparison.period}"
        segment = self.words.figures["segment"]
        command += f" --segment {shlex.quote(segment)}" if segment else ""
        first = pd.Period(self.words.figures["first_month"] or comparison.period).to_timestamp()
        return self.text(
            f"state.{comparison.state}",
            then=self.month(comparison),
            command=command,
            first=self.language.month(first),
            problem=self.text(f"problem.{problem}") if comparison.state == "damaged" else problem,
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
            stated = {
                "previous": row.then.value,
                "previous_base": row.then.base,
                "change_low": row.low if isfinite(row.low) else None,
                "change_high": row.high if isfinite(row.high) else None,
                "may_be_chance": row.may_be_chance,
            }
            # Only what the figure says already: a tile that gives no judgement goes on giving none.
            headline[name] = headline[name] | {key: value for key, value in stated.items() if key in headline[name]}
    return {**figures, "headline": headline}


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
