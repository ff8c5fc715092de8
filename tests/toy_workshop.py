"""The workshop of the bundled study with fewer positions of the third scene's sliders, which take most of the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

import cxlib as cx
from cxlib.workshop import capital_scene
from cxlib.workshop.takehome import takehome_html

DEMO = Path(__file__).parents[1] / "data" / "demo"
LOSS_WEIGHTS = (1.0, 2.25, 12.0)
HALF_LIVES = (None, 365.0)


@contextmanager
def few_positions() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(capital_scene, "LOSS_WEIGHTS", LOSS_WEIGHTS)
        patch.setattr(capital_scene, "HALF_LIVES", HALF_LIVES)
        yield


@cache
def demo() -> cx.Study:
    return cx.load_study(DEMO)


@cache
def small_takehome(language: str) -> str:
    with few_positions():
        return takehome_html(demo(), language=language)


LONG_NAMES = [f"Segment number {number:03} of those who live by the lake" for number in range(200)]


def many_segments(folder: Path, *, n_segments: int, settings: str = "") -> cx.Study:
    """Seven customers in each of many segments, eight in the first; each met every phase in September and October."""
    folder.mkdir()
    met = {"Shop": "purchase", "Lift": "consumption", "Till": "payment"}
    (folder / "study.toml").write_text(f'name = "Many"\narchetype = "e-commerce"\n{settings}', encoding="utf-8")
    (folder / "touchpoints.csv").write_text(
        "touchpoint,phase\n" + "".join(f"{touchpoint},{phase}\n" for touchpoint, phase in met.items())
    )
    people = [(f"K{s:03}{k}", LONG_NAMES[s]) for s in range(n_segments) for k in range(8 if s == 0 else 7)]
    (folder / "customers.csv").write_text("customer_id,segment\n" + "".join(f"{a},{b}\n" for a, b in people))
    rows = [
        f"{customer},2026-{month}-{1 + place % 27:02},{touchpoint},{1 + (place + step) % 5}\n"
        for place, (customer, _) in enumerate(people)
        for month in ("09", "10", "11")
        for step, touchpoint in enumerate(met)
    ]
    (folder / "events.csv").write_text("customer_id,occurred_at,touchpoint,score\n" + "".join(rows))
    return cx.load_study(folder)
