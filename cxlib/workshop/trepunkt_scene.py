"""The second scene for the file: every position of the three ratings, without data and with the study's own."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from cxlib.archetypes import PHASES, RATINGS
from cxlib.charts.live_phases import live_phases, live_trepunkt, live_trepunkt_chart
from cxlib.panels.phases_data import MeasuredPhases, PhaseBalanceData, balance_data, study_ratings
from cxlib.panels.phases_words import balance_sentences
from cxlib.workshop.scenes import Stage, compact
from cxlib.workshop.trepunkt_words import ratings_words


def rating_steps(declared: Mapping[str, float]) -> dict[str, list[float]]:
    """The ratings that each phase's slider has: low, medium, high, and the one that the study declares.

    >>> rating_steps({"purchase": 3, "consumption": 0.5, "payment": 3})["consumption"]
    [0.5, 1.0, 2.0, 3.0]
    """
    return {phase: sorted({*RATINGS.values(), float(declared[phase])}) for phase in PHASES}


def trepunkt_scene(stage: Stage) -> dict[str, object]:
    """Everything that the second scene may show.

    Parameters
    ----------
    stage : Stage

    Returns
    -------
    dict of
        phases : list of name, steps (what each place of the slider is called), start (the place)
        industries : list of name and places (one per phase); those whose ratings the sliders have
        segments : list of str, "all customers" first
        chart : altair chart with the parameter `live`
        of_model : list of live, says and note, one per position; purchase turns slowest, payment fastest
        of_customers : a list as of_model for each segment
    """
    language, settings = stage.language, stage.study.settings
    declared = study_ratings(stage.study, None)
    steps = rating_steps(declared)
    positions = [dict(zip(PHASES, ratings, strict=True)) for ratings in product(*steps.values())]
    measured = MeasuredPhases(stage.study)
    since, until = measured.months[0], measured.months[-1]
    segments = [None, *language.by_label(measured.segments, stage.labels)]
    of_customers = []
    for segment in segments:
        carried = measured.carried(segment=segment, since=since, until=until, smallest_base=stage.smallest_base)
        data = [balance_data(carried, ratings=each, segment=segment, since=since, until=until) for each in positions]
        # the ratings change nothing of what was carried
        live = live_phases(data[0].balance, language=language)
        if not measured.has_phases:
            live = live | {"nothing": ""}  # it is no matter of few customers, and the sentence says it
        of_customers.append([_of_customers(each, live, stage, has_phases=measured.has_phases) for each in data])
    return {
        "phases": [
            {
                "name": language.text(f"names.phase.{phase}"),
                "steps": [_rating_name(rating, stage) for rating in steps[phase]],
                "start": steps[phase].index(declared[phase]),
            }
            for phase in PHASES
        ],
        "industries": [
            {"name": _industry_name(name, stage), "places": [steps[phase].index(own[phase]) for phase in PHASES]}
            for name, own in settings.archetypes.items()
            if all(own[phase] in steps[phase] for phase in PHASES)
        ],
        "segments": [language.text("panels.phases.all_segments"), *map(stage.label, segments[1:])],
        "chart": live_trepunkt_chart(declared, language=language),
        "of_model": [
            {
                "live": compact(live_trepunkt(each, language=language)),
                "says": ratings_words(each, language=language),
                "note": language.text("workshop.trepunkt.model_note"),
            }
            for each in positions
        ],
        "of_customers": of_customers,
    }


def _of_customers(
    data: PhaseBalanceData, live: Mapping[str, object], stage: Stage, *, has_phases: bool
) -> dict[str, object]:
    """What is shown and said at one position; whose experiences these are stands in the note."""
    whose, *others = balance_sentences(data, labels=stage.labels, language=stage.language, has_phases=has_phases)
    of_ratings = live_trepunkt(data.ratings, language=stage.language)
    shown = {name: live[name] for name in of_ratings} | {"importance_share": of_ratings["importance_share"]}
    return {
        "live": compact(shown),
        "says": " ".join(others),
        "note": f"{whose} {stage.language.text('workshop.trepunkt.note')}",
    }


def _rating_name(rating: float, stage: Stage) -> str:
    for name, value in RATINGS.items():
        if value == rating:
            return stage.language.text(f"names.rating.{name}")
    return stage.language.number(rating, 0 if rating.is_integer() else 1)


def _industry_name(name: str, stage: Stage) -> str:
    known = {"restaurant", "e-commerce", "streaming subscription", "infrastructure subscription"}
    return stage.language.text(f"names.archetype.{name}") if name in known else stage.label(name)
