"""The three scenes in one HTML file that works by double-click, without Python, a server or a network."""

from __future__ import annotations

from cxlib.capital.presets import PRESETS
from cxlib.charts.live_ten_touchpoints import live_ten_touchpoints_chart
from cxlib.confidentiality import SMALLEST_BASE
from cxlib.errors import ParameterError
from cxlib.language import Language
from cxlib.study import Study
from cxlib.workshop.capital_scene import Watcher, capital_scene
from cxlib.workshop.page import workshop_html
from cxlib.workshop.scenes import SCENES, Stage
from cxlib.workshop.ten_touchpoints import CRASH_WEIGHTS, START_SIGNS, sign_choices
from cxlib.workshop.trepunkt_scene import trepunkt_scene

FIGURES = {"ten_touchpoints": ["ten"], "trepunkt": ["trepunkt"], "capital": ["months", "stress"]}
"""The pictures of each scene; where there are two, one is shown."""
STRETCHED = ["months", "stress"]
"""Those that may be drawn narrower than they are high; a triangle may not."""
MOST_BYTES = 3_000_000
"""More than this is slow to open on a phone, and refused as an attachment here and there."""


def takehome_html(
    study: Study,
    *,
    language: str | None = None,
    smallest_base: int = SMALLEST_BASE,
    progress: Watcher | None = None,
) -> str:
    """The workshop of a study as one HTML file, to be taken home.

    Parameters
    ----------
    study : Study
        Shown as it was known when its last whole month ended.
    language : str, "en" or "sv", optional
        Default the study's.
    smallest_base : int
        Whatever rests on fewer customers is not in the file.
    progress : callable of (done, total), optional
        Told how many positions of the rules are worked out, which takes most of the time.

    Returns
    -------
    str, HTML
        It holds summarised figures only: no ids, no comments, and nothing that a slider does not show.

    Raises
    ------
    ParameterError
        An unknown language, a study without experiences from the purchase on, or so many segments that the file would
        be larger than `MOST_BYTES`.
    """
    stage = Stage.of(study, language=language, smallest_base=smallest_base)
    spoken = stage.language
    trepunkt, capital = trepunkt_scene(stage), capital_scene(stage, progress=progress)
    charts = {
        "ten": live_ten_touchpoints_chart(START_SIGNS, crash_weight=CRASH_WEIGHTS[0], language=spoken),
        "trepunkt": trepunkt.pop("chart"),
        **{name: capital.pop(name) for name in FIGURES["capital"]},
    }
    start = [phase["start"] for phase in trepunkt["phases"]]
    places = [industry["places"] for industry in trepunkt["industries"]]
    page = {
        "study": stage.study.settings.name,
        "month": stage.month_name,
        "scenes": [{"name": name, "title": spoken.text(f"workshop.{name}.title")} for name in SCENES],
        "ten": {
            "signs": START_SIGNS,
            "choices": sign_choices(spoken),
            "crash_weights": [spoken.number(weight) for weight in CRASH_WEIGHTS],
            "crash_start": 0,
        },
        "trepunkt": {**trepunkt, "start": places.index(start) if start in places else None},
        "capital": capital,
    }
    data = {
        "scenes": SCENES,
        "figures": FIGURES,
        "stretched": STRETCHED,
        "texts": {"failed": spoken.text("workshop.failed")},
        "ten": {
            "signs": START_SIGNS,
            "crash_weights": CRASH_WEIGHTS,
            "presets": list(PRESETS.items()),
            **_ten_texts(spoken),
        },
        "trepunkt": {
            "sizes": [len(phase["steps"]) for phase in trepunkt["phases"]],
            "industries": places,
            "of_model": trepunkt["of_model"],
            "of_customers": trepunkt["of_customers"],
        },
        "capital": {"by_rules": capital["by_rules"], "by_incident": capital["by_incident"]},
    }
    html = workshop_html(page, charts, data, spoken)
    size = len(html.encode("utf-8"))
    if size > MOST_BYTES:
        n_segments = len(trepunkt["segments"]) - 1  # the first is all customers
        raise ParameterError(
            f"the file of the workshop would have {size / 1e6:.1f} MB and may have {MOST_BYTES / 1e6:.0f}: the study "
            f"has {n_segments:,} segments with figures of their own; use fewer of them, or shorter names"
        )
    return html


def _ten_texts(language: Language) -> dict[str, str]:
    """The sentences of the first scene, whose numbers the page fills in."""
    balances = {name: f"{{{name}}}" for preset in PRESETS for name in (preset, f"{preset}_left")}
    return {
        "says": language.text("workshop.ten_touchpoints.says", **balances),
        "holds_all": language.text("workshop.ten_touchpoints.holds_all"),
        "holds_some": language.text("workshop.ten_touchpoints.holds_some", weights="{weights}"),
        "holds_none": language.text("workshop.ten_touchpoints.holds_none"),
        "and": language.text("workshop.ten_touchpoints.and", first="{first}", last="{last}"),
    }
