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
