"""What the report says of the order of the phases, and of their importance as declared and as found."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from IPython.display import HTML

from cxlib.charts.phase_order import days_text, missing_order, order_name
from cxlib.findings.sections import section_html
from cxlib.findings.words import ReportWords
from cxlib.language import ENGLISH, Language

ABBREVIATIONS = ("nps", "csat", "ces")


def phase_order_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """In which order customers meet the phases, how long it takes, and how often payment comes up.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    language : Language
    """
    words = ReportWords(figures, language)
    rows = figures["phase_order"]
    ordered = [row for row in rows if row["group"] == "order"]
    earlier = next((row for row in rows if row["group"] == "began_earlier"), None)
    n_earlier = language.number(earlier["n_customers"]) if earlier else ""
    missing = missing_order([row["group"] for row in rows])
    sentences = [words.text(f"order.{missing}", n=n_earlier)] if missing else _order_sentences(words, ordered)
    if earlier and missing != "all_began_earlier":
        sentences.append(words.text("order.began_earlier", n=n_earlier))
    return section_html(
        "section.html.j2",
        heading=words.text("order.heading"),
        sentences=sentences,
        table=None,
        actions=None,
        note=words.text("order.note") if ordered else None,
    )


def importance_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """Which phase the overall score hangs on in the data, and whether the declared weights fit.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    language : Language
    """
    compared = pd.DataFrame(figures["found_importance"]["phases"])
    return importance_words(compared, metric=importance_subject(figures, language=language), language=language)


def importance_words(compared: pd.DataFrame, *, metric: str, language: Language = ENGLISH) -> HTML:
    """The declared importance against the one found, in words: whether they fit, and how sure that is.

    Parameters
    ----------
    compared : DataFrame
        As `declared_against_found` gives it.
    metric : str
        How the overall score is called: nps, csat and ces are written in capitals.
    language : Language
    """
    rows = compared.astype(object).where(compared.notna(), None).to_dict("records")
    has_shares = all(row["importance_share"] is not None for row in rows)
    say = _Importance(rows, metric.upper() if metric in ABBREVIATIONS else metric, language)
    return section_html(
        "section.html.j2",
        heading=language.text("report.importance.heading"),
        sentences=say.sentences() if has_shares else [say.reason()],
        table=None,
        actions=None,
        note=say.note(has_shares) if rows[0]["n_answered"] else None,
    )


def importance_subject(figures: Mapping, *, language: Language = ENGLISH) -> str:
    """How the overall score is called: NPS, or the label of the study's own scale."""
    metric = figures["found_importance"]["metric"]
    return metric.upper() if metric in ABBREVIATIONS else ReportWords(figures, language).name(metric)


def _order_sentences(words: ReportWords, ordered: list[Mapping]) -> list[str]:
    language = words.language
    first, *others = ordered
    sentences = [
        words.text(
            f"order.first_{first['payments']}",
            share=language.percent(first["share"]),
            low=language.percent(first["low_share"]),
            high=language.percent(first["high_share"]),
            n=language.number(first["n_ordered"]),
            order=order_name(first["order"], language).lower(),
        )
    ]
    phases = [language.text(f"names.phase.{phase}").lower() for phase in first["order"].split("-")]
    steps = [
        words.text("order.step", before=before, after=after, days=_days(words, first, span))
        for before, after, span in zip(phases, phases[1:], ("days_to_second", "days_to_third"), strict=False)
        if first[span] is not None
    ]
    if steps:
        sentences.append(words.text("order.steps", steps=words.join(steps)))
    if first["payments"] == "recurring" and first["days_between_payments"] is not None:
        sentences.append(words.text("order.between", days=_days(words, first, "days_between_payments")))
    if others:
        second = others[0]
        sentences.append(
            words.text(
                f"order.second_{second['payments']}",
                share=language.percent(second["share"]),
                order=order_name(second["order"], language).lower(),
            )
        )
    return sentences


def _days(words: ReportWords, row: Mapping, span: str) -> str:
    """A median number of days as it stands in a sentence."""
    days = row[span]
    if days < 1:
        return words.text("order.under_a_day")
    shown = days_text(days, words.language)
    return words.text("order.one_day" if shown == days_text(1.0, words.language) else "order.days", n=shown)


def _goes_the_wrong_way(row: Mapping) -> bool:
    """Whether better experiences of the phase go with lower scores, by more than chance."""
    return (row["correlation"] or 0) < 0 < row["low_share"]


class _Importance:
    """The rows of `declared_against_found`, spoken in one language."""

    def __init__(self, rows: list[Mapping], metric: str, language: Language) -> None:
        self.rows, self.metric, self.language = rows, metric, language

    def sentences(self) -> list[str]:
        percent = self.language.percent
        most = max(self.rows, key=lambda row: row["importance_share"])
        found = {"low": percent(most["low_share"]), "high": percent(most["high_share"])}
        share = percent(most["importance_share"])
        differing = [
            self._text(
                "differs",
                phase=self._phase(row),
                declared=percent(row["declared_share"]),
                low=percent(row["low_share"]),
                high=percent(row["high_share"]),
            )
            for row in self.rows
            if row["verdict"] != "agrees"
        ]
        wrong_way = [self._phase(row) for row in self.rows if _goes_the_wrong_way(row)]
        explained = {"r2": percent(most["r2"]), "low": percent(most["low_r2"]), "high": percent(most["high_r2"])}
        sentences = [
            self._text("most", phase=self._phase(most), share=share, metric=self.metric, **found),
            self._text("disagree", parts=self._join(differing)) if differing else self._text("agree"),
            self._text("r2", n=self.language.number(most["n_customers"]), metric=self.metric, **explained),
        ]
        if wrong_way:
            sentences.insert(1, self._text("wrong_way", phases=self._join(wrong_way)))
        return sentences

    def reason(self) -> str:
        """Why the data do not say which phase matters."""
        first = self.rows[0]
        unmeasured = [self._phase(row) for row in self.rows if row["n_without"] == row["n_answered"]]
        return self._text(
            first["reason"],
            metric=self.metric,
            n=self.language.number(first["n_customers"]),
            r2=self.language.percent(0.0 if first["r2"] is None else first["r2"], 1),
            phases=self._join(unmeasured) if unmeasured else "",
        )

    def note(self, has_shares: bool) -> str | None:
        """Who is left out, if anybody is, and that a correlation is no cause."""
        first, number = self.rows[0], self.language.number
        no_cause = self._text("no_cause") if has_shares else None
        lacking = [row for row in self.rows if row["n_without"]]
        if not lacking:
            return no_cause
        left_out = self._text(
            "left_out",
            n=number(first["n_answered"] - first["n_customers"]),
            base=number(first["n_answered"]),
            metric=self.metric,
            phases=", ".join(f"{self._phase(row)} {number(row['n_without'])}" for row in lacking),
        )
        return f"{no_cause} {left_out}" if no_cause else left_out

    def _text(self, key: str, **values: object) -> str:
        return self.language.text(f"report.importance.{key}", **values)

    def _phase(self, row: Mapping) -> str:
        return self.language.text(f"names.phase.{row['phase']}").lower()

    def _join(self, parts: list[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        return self.language.text("report.common.and", first=", ".join(parts[:-1]), last=parts[-1])
