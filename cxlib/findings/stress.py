"""What the report says of the stress test, and of the incident that it is held against."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from IPython.display import HTML

from cxlib.findings.sections import section_html
from cxlib.findings.stress_figures import MONTHS_SEARCHED
from cxlib.findings.words import ReportWords, shown_difference
from cxlib.language import ENGLISH, Language


def stress_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """If something goes wrong: who would be at risk, for how long, and what gestures would change.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    language : Language
    """
    words = ReportWords(figures, language)
    stress = figures["stress"]
    shown = [row for row in stress["summary"] if row["n_at_risk_after"] is not None]
    everyone = next((row for row in shown if row["group"] == "all"), None)
    return section_html(
        "section.html.j2",
        heading=words.text("stress.heading"),
        sentences=_stress_sentences(words, stress, everyone),
        table=_stress_table(words, shown) if everyone and not stress["hurts_nobody"] else None,
        actions=None,
        note=_stress_note(words, stress) if everyone else None,
    )


def stress_subject(figures: Mapping, *, language: Language = ENGLISH) -> str:
    """Which incident the stress test is about, in a sentence; empty where there is none."""
    words, stress = ReportWords(figures, language), figures["stress"]
    if stress["touchpoint"] is None:
        return ""
    key = "stress.subject_one" if stress["n_losses"] == 1 else "stress.subject_many"
    return words.text(key, touchpoint=words.name(stress["touchpoint"]), n=language.number(stress["n_losses"]))


def replay_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """When it did go wrong: what the stress test would have predicted, and what came of it.

    Parameters
    ----------
    figures : mapping
        As `month_figures` gives it.
    language : Language
    """
    words = ReportWords(figures, language)
    replay = figures["replay"]
    if replay is None:
        sentences, note = [words.text("replay.none", n=MONTHS_SEARCHED)], None
    elif not replay["is_shown"]:
        sentences, note = [words.text("replay.hidden", **_what(words, replay))], None
    else:
        sentences, note = _replay_sentences(words, replay), words.text("replay.not_random")
    return section_html("replay.html.j2", heading=words.text("replay.heading"), sentences=sentences, note=note)


def replay_subject(figures: Mapping, *, language: Language = ENGLISH) -> str:
    """Which incident was replayed; empty where none was."""
    words = ReportWords(figures, language)
    return words.text("replay.subject", **_what(words, figures["replay"])) if figures["replay"] else ""


def _stress_note(words: ReportWords, stress: Mapping) -> str:
    touchpoint = words.name(stress["touchpoint"])
    chosen = "" if stress["is_asked_for"] else words.text("stress.chosen", touchpoint=touchpoint, months=words.recent)
    return f"{chosen} {words.text('stress.note', pace_months=stress['pace_months'])}".strip()


def _stress_sentences(words: ReportWords, stress: Mapping, row: Mapping | None) -> list[str]:
    if stress["touchpoint"] is None:
        return [
            words.text("stress.hidden" if words.figures["anything_drained"] else "stress.nothing", months=words.recent)
        ]
    if row is None:
        return [words.text("stress.too_few")]
    touchpoint = words.name(stress["touchpoint"])
    if stress["hurts_nobody"]:
        return [words.text("stress.harmless", touchpoint=touchpoint)]
    language = words.language
    numbers = {
        "base": language.number(row["n_customers"]),
        "before": language.number(row["n_at_risk_before"]),
        "before_share": language.percent(row["at_risk_share_before"], 1),
        "after": language.number(row["n_at_risk_after"]),
        "after_share": language.percent(row["at_risk_share_after"], 1),
    }
    lead = "stress.lead_one" if stress["n_losses"] == 1 else "stress.lead_many"
    cushion = words.text(
        "stress.cushion",
        saved=language.number(row["n_saved_by_cushion"]),
        pushed=language.number(row["n_pushed"]),
    )
    sentences = [
        words.text(lead, touchpoint=touchpoint, n=language.number(stress["n_losses"]), **numbers) + " " + cushion,
        *_refill(words, row),
    ]
    if row["n_gestures"] is not None:
        sentences.append(_gestures(words, stress, row, numbers["after_share"]))
    return sentences


def _refill(words: ReportWords, row: Mapping) -> list[str]:
    if row["n_never_refilling"] is None:
        return []
    if row["median_months_to_refill_is_never"]:
        text = words.text("stress.refill_never")
    else:
        months = _months(words, row["median_months_to_refill"])
        low, high = row["low_months_to_refill"], row["high_months_to_refill"]
        if low is None:
            text = words.text("stress.refill_plain", months=months)
        elif high is None:
            text = words.text("stress.refill_open", months=months, low=words.language.number(low))
        else:
            shown = {"low": words.language.number(low), "high": words.language.number(high)}
            text = words.text("stress.refill", months=months, range=words.text("common.range", **shown))
    if row["n_never_refilling"]:
        text += " " + words.text(
            "stress.never",
            never=words.language.number(row["n_never_refilling"]),
            base=words.language.number(row["n_hurt"]),
            share=words.language.percent(row["never_refilling_share"]),
        )
    return [text]


def _gestures(words: ReportWords, stress: Mapping, row: Mapping, after_share: str) -> str:
    language = words.language
    text = words.text(
        "stress.gestures_one" if stress["n_gestures"] == 1 else "stress.gestures_many",
        n=language.number(stress["n_gestures"]),
        days=words.weight(stress["gesture_days"]),
        total=language.number(row["n_gestures"]),
        back=language.number(row["n_brought_back"]),
        with_share=language.percent(row["at_risk_share_with_gestures"], 1),
        after_share=after_share,
    )
    months = row["median_months_with_gestures"]
    return text if months is None else f"{text} {words.text('stress.quicker', months=_months(words, months))}"


def _months(words: ReportWords, months: float) -> str:
    return words.text("stress.months", n=words.language.number(months, 0 if months >= 10 else 1))


def _stress_table(words: ReportWords, rows: list[Mapping]) -> dict:
    language = words.language
    columns = ["segment", "customers", "before", "after", "gestures", "saved", "months"]
    has_gestures = any(row["n_gestures"] is not None for row in rows)

    def share(row: Mapping, state: str) -> str:
        low, high = (language.percent(row[f"{end}_share_{state}"]) for end in ("low", "high"))
        return words.text("stress.share", share=language.percent(row[f"at_risk_share_{state}"]), low=low, high=high)

    def cells(row: Mapping) -> dict[str, str]:
        name = words.name(row["segment"]) if row["segment"] else words.text("stress.no_segment")
        months = row["median_months_to_refill"]
        return {
            "segment": words.text("stress.all") if row["group"] == "all" else name,
            "customers": language.number(row["n_customers"]),
            "before": language.percent(row["at_risk_share_before"]),
            "after": share(row, "after"),
            "gestures": share(row, "with_gestures") if has_gestures else "",
            "saved": language.number(row["n_saved_by_cushion"]),
            "months": words.text("stress.never_half")
            if row.get("median_months_to_refill_is_never")
            else language.number(float("nan") if months is None else months),
        }

    columns = [name for name in columns if has_gestures or name != "gestures"]
    return {
        "caption": words.text("stress.caption"),
        "n_text_columns": 1,
        "columns": [words.text(f"stress.column_{name}") for name in columns],
        "rows": [tuple(cells(row)[name] for name in columns) for row in sorted(rows, key=_all_first)],
    }


def _all_first(row: Mapping) -> tuple[bool, int]:
    """The order of the rows in table and chart: all, then the largest segment first."""
    return row["group"] != "all", -row["n_customers"]


def _what(words: ReportWords, incident: Mapping) -> dict[str, str]:
    when = words.language.month(pd.Period(incident["month"]).to_timestamp())
    return {"touchpoint": words.name(incident["touchpoint"]), "when": when}


def _replay_sentences(words: ReportWords, replay: Mapping) -> list[str]:
    language = words.language
    largest, *others = replay["incidents"]
    before, predicted, actual = replay["shares"]
    sentences = [
        words.text(
            "replay.happened",
            hit=language.number(largest["n_hit"]),
            base=language.number(largest["n_customers"]),
            share=language.percent(largest["hit_share"]),
            usual=language.percent(largest["usual_share"], 1),
            **_what(words, largest),
        )
    ]
    risk = words.text(
        "replay.risk",
        n=language.number(before["n_customers"]),
        before=language.percent(before["at_risk_share"]),
        predicted=language.percent(predicted["at_risk_share"]),
        actual=language.percent(actual["at_risk_share"]),
    )
    if predicted["at_risk_share"] < actual["low_share"]:
        verdict = "replay.too_mild"
    elif predicted["at_risk_share"] > actual["high_share"]:
        verdict = "replay.too_hard"
    else:
        verdict = "replay.about_right"
    sentences.append(f"{risk} {words.text(verdict)} {_agreement(words, replay['agreement'])}")
    sentences += _really_refilled(words, replay["refill"])
    sentences.append(_left(words, replay["departures"]))
    if others:
        listed = [words.text("replay.other", hit=language.number(row["n_hit"]), **_what(words, row)) for row in others]
        sentences.append(words.text("replay.others", incidents=words.join(listed)))
    return sentences


def _agreement(words: ReportWords, agreement: Mapping) -> str:
    error = words.language.number(agreement["mean_absolute_error"], 1)
    r = agreement["correlation"]
    return words.text(
        "replay.error", error=error, correlation=words.language.number(float("nan") if r is None else r, 2)
    )


def _really_refilled(words: ReportWords, refill: list[Mapping]) -> list[str]:
    predicted, actual = refill
    if actual["refilled_share"] is None or actual["low_refilled"] is None:
        return []
    language = words.language
    return [
        words.text(
            "replay.refill",
            actual=language.percent(actual["refilled_share"]),
            low=language.percent(actual["low_refilled"]),
            high=language.percent(actual["high_refilled"]),
            predicted=language.percent(predicted["refilled_share"]),
            n_months=language.number(actual["n_month_ends"]),
        )
    ]


def _left(words: ReportWords, departures: list[Mapping]) -> str:
    language = words.language
    by_fate = {row["fate"]: row for row in departures}
    pushed, saved = by_fate["pushed"], by_fate["saved"]
    if pushed["left_share"] is None or saved["left_share"] is None:
        return words.text("replay.left_unknown")
    low, high = pushed["low_difference"], pushed["high_difference"]
    return words.text(
        "replay.left_no_difference" if low <= 0 <= high else "replay.left",
        n_pushed=language.number(pushed["n_customers"]),
        pushed=language.percent(pushed["left_share"], 1),
        n_saved=language.number(saved["n_customers"]),
        saved=language.percent(saved["left_share"], 1),
        difference=language.signed(
            shown_difference(pushed["left_share"], saved["left_share"], factor=100, decimals=1), 1
        ),
        low=language.signed(100 * low, 1),
        high=language.signed(100 * high, 1),
        n_months=language.number(pushed["within_months"]),
    )
