"""What the report says of the feedback loop: whether it is closed, who has what overdue, and what closing goes with."""

from __future__ import annotations

from collections.abc import Mapping

from IPython.display import HTML

from cxlib.findings.sections import section_html
from cxlib.findings.words import ReportWords, shown_difference
from cxlib.language import ENGLISH, NO_VALUE, Language

MOST_OWNERS = 12


def feedback_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """Whether the loop is closed.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    language : Language
    """
    words = ReportWords(figures, language)
    loop = figures["feedback"]
    sentences, table, note = [words.text("feedback.nothing")], None, None
    if loop:
        sentences = [*_state(words, loop), *_closing(words, loop["closing"])]
        owners = [row for row in loop["owners"] if row["n_cases"] or row["n_overdue_ever"]][:MOST_OWNERS]
        table = _owner_table(words, owners) if len(owners) > 1 else None
        note = words.text("feedback.note", **_targets(words, loop))
    return section_html(
        "section.html.j2",
        heading=words.text("feedback.heading"),
        sentences=sentences,
        table=table,
        actions=None,
        note=note,
    )


def _targets(words: ReportWords, loop: Mapping) -> dict[str, str]:
    return {
        name: words.language.number(loop[name], 0 if float(loop[name]).is_integer() else 1)
        for name in ("resolve_days", "inform_days")
    }


def _state(words: ReportWords, loop: Mapping) -> list[str]:
    """What became of the recent cases, and what is overdue of all."""
    language, recent, backlog = words.language, loop["recent"], _backlog(words, loop)
    if not recent["n_cases"]:
        return [words.text("feedback.no_recent", months=words.recent), backlog]
    if recent["n_resolved"] is None:
        return [words.text("feedback.too_few", months=words.recent, n=language.number(recent["n_cases"])), backlog]
    opened = words.text(
        "feedback.opened",
        months=words.recent,
        n=language.number(recent["n_cases"]),
        customers=language.number(recent["n_customers"]),
        resolved=language.number(recent["n_resolved"]),
        resolved_share=language.percent(recent["resolved_share"]),
        informed=language.number(recent["n_informed"]),
        informed_share=language.percent(recent["informed_share"]),
    )
    if recent["in_time_share"] is not None:
        opened += " " + words.text(
            "feedback.in_time",
            due=language.number(recent["n_due"]),
            share=language.percent(recent["in_time_share"]),
            low=language.percent(recent["low_in_time_share"]),
            high=language.percent(recent["high_in_time_share"]),
            **_targets(words, loop),
        )
    return [opened, f"{_wait(words, recent)} {backlog}"]


def _wait(words: ReportWords, row: Mapping) -> str:
    median, low, high = (row[f"{word}_close_days"] for word in ("median", "low", "high"))
    if median is None:
        return words.text("feedback.not_half")
    key = "feedback.half_plain" if low is None else "feedback.half_open" if high is None else "feedback.half"
    shown = {name: words.language.number(x) for name, x in (("low", low), ("high", high)) if x is not None}
    return words.text(key, days=words.language.number(median), **shown)


def _backlog(words: ReportWords, loop: Mapping) -> str:
    language, ever = words.language, loop["ever"]
    if ever["n_overdue"] is None:
        return words.text("feedback.backlog_hidden")
    if ever["n_overdue"] == 0:
        return words.text("feedback.backlog_none", all=language.number(ever["n_cases"]))
    text = words.text(
        "feedback.backlog",
        n=language.number(ever["n_overdue"]),
        all=language.number(ever["n_cases"]),
        open=language.number(ever["n_overdue_open"]),
        untold=language.number(ever["n_overdue_untold"]),
    )
    if loop["n_overdue_gone"]:
        text += " " + words.text("feedback.gone", n=language.number(loop["n_overdue_gone"]))
    owners = [row for row in loop["owners"] if row["owner"] and row["n_overdue_ever"] is not None]
    most = max(owners, key=lambda row: row["n_overdue_ever"], default=None)
    if len(owners) > 1 and most["n_overdue_ever"]:
        n = language.number(most["n_overdue_ever"])
        text += " " + words.text("feedback.most", owner=words.name(most["owner"]), n=n)
    return text


def _closing(words: ReportWords, closing: Mapping) -> list[str]:
    """The capital of those still customers, and who left after the time to answer had run out."""
    differences = {row["measure"]: row for row in closing["differences"]}
    return [
        _capital(words, closing["groups"], differences["capital_unrecovered"]),
        *_left(words, closing, differences["left_share"]),
    ]


def _capital(words: ReportWords, groups: list[Mapping], difference: Mapping) -> str:
    language = words.language
    closed, _, left_open = groups
    if closed["mean_capital"] is None or left_open["mean_capital"] is None:
        return words.text("feedback.closing_unknown")
    capital = words.text(
        "feedback.closing",
        n_closed=language.number(closed["n_current"]),
        closed=language.signed(closed["mean_capital"], 1),
        n_open=language.number(left_open["n_current"]),
        open=language.signed(left_open["mean_capital"], 1),
        closed_unrecovered=language.signed(closed["mean_capital_unrecovered"], 1),
        open_unrecovered=language.signed(left_open["mean_capital_unrecovered"], 1),
    )
    verdict = words.text(
        "feedback.chance" if _may_be_chance(difference) else "feedback.apart",
        difference=language.signed(
            shown_difference(closed["mean_capital_unrecovered"], left_open["mean_capital_unrecovered"], decimals=1), 1
        ),
        low=language.signed(_end(difference, "low"), 1),
        high=language.signed(_end(difference, "high"), 1),
    )
    return f"{capital} {verdict}"


def _left(words: ReportWords, closing: Mapping, difference: Mapping) -> list[str]:
    if difference["difference"] is None:
        return []
    language = words.language
    in_time, others = closing["departures"]
    points = shown_difference(in_time["left_share"], others["left_share"], factor=100, decimals=1)
    return [
        words.text(
            "feedback.left_alike" if _may_be_chance(difference) else "feedback.left",
            days=language.number(closing["followed_days"]),
            in_time=language.percent(in_time["left_share"], 1),
            n_in_time=language.number(in_time["n_stayed"]),
            others=language.percent(others["left_share"], 1),
            n_others=language.number(others["n_stayed"]),
            difference=language.signed(points, 1),
            low=language.signed(100 * difference["low_difference"], 1),
            high=language.signed(100 * difference["high_difference"], 1),
        )
    ]


def _may_be_chance(difference: Mapping) -> bool:
    low, high = difference["low_difference"], difference["high_difference"]
    return low is None or high is None or low <= 0 <= high


def _end(difference: Mapping, end: str) -> float:
    value = difference[f"{end}_difference"]
    return float("nan") if value is None else value


def _owner_table(words: ReportWords, rows: list[Mapping]) -> dict:
    language = words.language
    columns = ("owner", "cases", "resolved", "informed", "in_time", "days", "overdue")

    def ranged(row: Mapping) -> str:
        if row["in_time_share"] is None:
            return NO_VALUE
        names = {"share": "in_time_share", "low": "low_in_time_share", "high": "high_in_time_share"}
        return words.text(
            "feedback.share",
            n=language.number(row["n_due"]),
            **{word: language.percent(row[name]) for word, name in names.items()},
        )

    def days(row: Mapping) -> str:
        median, low, high = (row[f"{word}_close_days"] for word in ("median", "low", "high"))
        if row["n_resolved"] is None or not row["n_cases"]:
            return NO_VALUE
        if median is None:
            return words.text("feedback.not_half_short")
        shown = {"days": language.number(median), "low": "" if low is None else language.number(low)}
        if low is None:
            return shown["days"]
        if high is None:
            return words.text("feedback.days_open", **shown)
        return words.text("feedback.days", high=language.number(high), **shown)

    def count(value: float | None) -> str:
        return NO_VALUE if value is None else language.number(value)

    return {
        "caption": words.text("feedback.caption", months=words.recent),
        "n_text_columns": 1,
        "columns": [words.text(f"feedback.column_{name}") for name in columns],
        "rows": [
            (
                words.name(row["owner"]) if row["owner"] else words.text("feedback.no_owner"),
                language.number(row["n_cases"]),
                count(row["n_resolved"]),
                count(row["n_informed"]),
                ranged(row),
                days(row),
                count(row["n_overdue_ever"]),
            )
            for row in rows
        ],
    }
