"""What the report says of the journey: the weakest link, what nothing measures, and whose touchpoints they are."""

from __future__ import annotations

from collections.abc import Mapping

from IPython.display import HTML

from cxlib.findings.sections import section_html
from cxlib.findings.words import ReportWords
from cxlib.language import ENGLISH, Language

PARTLY = 0.5
"""Where at most this share of a stage's touchpoints is measured, the sentence about the weakest link says so."""

MOST_NAMED = 5
"""So many touchpoints without a department are named; of the others the number is said."""


def journey_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """Where the journey's weakest link is, and which survey suits the stages that nothing measures.

    Parameters
    ----------
    figures : mapping
        As `month_figures` or `journey_month_figures` gives it.
    language : Language
    """
    words = ReportWords(figures, language)
    found = figures["journey"]
    stages = found["stages"]
    is_staged = any(row["n_touchpoints"] or row["is_measured"] for row in stages)
    unmeasured = [row for row in stages if not row["is_measured"]] if is_staged else []
    sentences = _stage_sentences(words, stages) if is_staged else [words.text("journey.no_stages")]
    if unmeasured:
        listed = words.join([_stage(words, row) for row in unmeasured])
        sentences.append(words.text("journey.unmeasured", stages=listed))
    note = words.text("journey.note", months=words.recent)
    if found["n_without_stage"]:
        note += " " + words.text("journey.without_stage", n=language.number(found["n_without_stage"]))
    return section_html(
        "section.html.j2",
        heading=words.text("journey.heading"),
        sentences=sentences,
        actions=[
            {"name": _stage(words, row), "text": words.text(f"journey.survey_{row['stage']}")} for row in unmeasured
        ],
        table=None,
        note=note,
    )


def ownership_section(figures: Mapping, *, language: Language = ENGLISH) -> HTML:
    """Which touchpoints several departments share, and which of those has the lowest net.

    Parameters
    ----------
    figures : mapping
        As `month_figures` or `journey_month_figures` gives it.
    language : Language
    """
    words = ReportWords(figures, language)
    found = figures["journey"]
    names = list(dict.fromkeys(row["touchpoint"] for row in found["owners"]))
    nobody = [row["touchpoint"] for row in found["owners"] if row["department"] is None]
    if len(nobody) == len(names):
        return section_html(
            "replay.html.j2",
            heading=words.text("ownership.heading"),
            sentences=[words.text("ownership.nothing")],
            note=None,
        )
    sentences = _shared_sentences(words, found, n_touchpoints=len(names))
    if nobody:
        listed = [words.name(name) for name in nobody[:MOST_NAMED]]
        if len(nobody) > MOST_NAMED:
            listed.append(words.text("ownership.more", n=language.number(len(nobody) - MOST_NAMED)))
        sentences.append(words.text("ownership.nobody", names=words.join(listed)))
    return section_html(
        "replay.html.j2",
        heading=words.text("ownership.heading"),
        sentences=sentences,
        note=words.text("ownership.note", months=words.recent),
    )


def _stage(words: ReportWords, row: Mapping) -> str:
    return words.language.text(f"names.stage.{row['stage']}")


def _stage_sentences(words: ReportWords, stages: list[Mapping]) -> list[str]:
    shown = [row for row in stages if row["mean_experience"] is not None]
    hidden = [row for row in stages if row["is_measured"] and row["mean_experience"] is None]
    sentences = []
    weakest = next((row for row in stages if row["is_weakest"]), None)
    if weakest:
        sentences.append(_weakest(words, weakest, shown))
        sentences.append(_against_expectation(words, shown))
    elif shown:
        sentences.append(words.text("journey.one_stage", **_figures(words, shown[0])))
    if hidden:
        sentences.append(words.text("journey.hidden", stages=words.join([_stage(words, row) for row in hidden])))
    return sentences


def _figures(words: ReportWords, row: Mapping) -> dict[str, str]:
    language = words.language
    return {
        "stage": _stage(words, row),
        "negative": language.percent(row["share_negative"]),
        "n": language.number(row["n_experiences"]),
        "mean": language.signed(row["mean_experience"], 2),
        "low": language.signed(row["low_mean"], 2),
        "high": language.signed(row["high_mean"], 2),
    }


def _weakest(words: ReportWords, weakest: Mapping, shown: list[Mapping]) -> str:
    key = "journey.weakest_but_positive" if weakest["low_mean"] > 0 else "journey.weakest"
    sentence = words.text(key, **_figures(words, weakest))
    if weakest["is_surely_weakest"]:
        sentence += " " + words.text("journey.surely")
    else:
        near = [row for row in shown if row is not weakest and row["low_mean"] <= weakest["high_mean"]]
        sentence += " " + words.text("journey.perhaps", stages=words.join([_stage(words, row) for row in near]))
    if weakest["n_touchpoints_measured"] <= PARTLY * weakest["n_touchpoints"]:
        sentence += " " + words.text(
            "journey.partly",
            measured=words.language.number(weakest["n_touchpoints_measured"]),
            listed=words.language.number(weakest["n_touchpoints"]),
        )
    return sentence


def _against_expectation(words: ReportWords, shown: list[Mapping]) -> str:
    by_gap = sorted(shown, key=lambda row: row["mean_gap"])
    values = {}
    for place, row in (("best", by_gap[-1]), ("least", by_gap[0])):
        values[place] = _stage(words, row)
        for end, name in (("gap", "mean_gap"), ("low", "low_gap"), ("high", "high_gap")):
            values[f"{place}_{end}"] = words.language.signed(100 * row[name], 1)
    return words.text("journey.expectation", **values)


def _shared_sentences(words: ReportWords, found: Mapping, *, n_touchpoints: int) -> list[str]:
    language, shared = words.language, found["shared"]
    if not shared:
        return [words.text("ownership.none_shared")]
    sentence = words.text(
        "ownership.shared_one" if len(shared) == 1 else "ownership.shared_many",
        n=language.number(len(shared)),
        all=language.number(n_touchpoints),
    )
    lowest = next((row for row in shared if row["is_shown"]), None)
    if lowest is None:
        return [sentence]
    said = words.text(
        "ownership.lowest",
        touchpoint=words.name(lowest["touchpoint"]),
        net=language.signed(lowest["net_capital"]),
        drained=language.signed(lowest["capital_drained"]),
        negative=language.percent(lowest["share_negative"]),
        n=language.number(lowest["n_experiences"]),
        owners=words.join([words.name(name) for name in lowest["owners"]]),
    )
    return [f"{sentence} {said}"]
