"""A bar that shows how far a long computation is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import ipywidgets as widgets
from IPython.display import display

from cxlib.language import ENGLISH, Language


@contextmanager
def draws_bar(language: Language = ENGLISH) -> Iterator[Callable[[int, int], None]]:
    """Show a bar in the notebook, and take it away when the work is done.

    Parameters
    ----------
    language : Language

    Yields
    ------
    callable of (done, total)
        What `driver_importance` and `penalty_reward` take as `progress`.
    """
    bar = widgets.IntProgress(description=language.text("panels.draws.label"), style={"description_width": "initial"})
    display(bar)

    def watch(done: int, total: int) -> None:
        bar.max, bar.value = total, done

    try:
        yield watch
    finally:
        bar.close()
