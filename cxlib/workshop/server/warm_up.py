"""What the kernels of all visitors have in common, done once before they are forked: imports, study, rehearsal."""

from __future__ import annotations

import multiprocessing
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.reporting.kernels import warm_up as reports

if TYPE_CHECKING:
    from cxlib.workshop.scenes import Stage
    from cxlib.workshop.sliders.scenes import Workshop

_panels: dict[tuple, Workshop] = {}
"""What this process was forked with; filled by `warm_up` alone."""


def warm_up(study: str, data_dir: str, language: str, smallest_base: str) -> None:
    """Load the study, rehearse every scene, and import what a kernel imports.

    Parameters
    ----------
    study, data_dir, language, smallest_base : str
        As `shared_panel` is given them: what the command line of a server can hold.

    Raises
    ------
    RuntimeError
        An import started a thread.
    """
    import ipywidgets

    from cxlib.workshop.scenes import SCENES
    from cxlib.workshop.sliders.scenes import Workshop

    asked = study, data_dir, language, int(smallest_base)
    stage = _loaded_elsewhere(asked)
    rehearsed = Workshop(stage)
    for scene in SCENES:
        rehearsed.scene.value = scene
    rehearsed.scenes["capital"].shows.value = "stress"
    # else each page would be sent the rehearsal's sliders too
    ipywidgets.Widget.close_all()
    del rehearsed
    _panels[asked] = Workshop(stage)
    reports.warm_up()


def shared_panel(study_path: str, *, data_dir: str, language: str, smallest_base: int) -> Workshop:
    """The panel of a study that was loaded before the fork; of one that was not, loaded now.

    Parameters
    ----------
    study_path, data_dir, language : str
    smallest_base : int

    Returns
    -------
    Workshop, as `cx.workshop_panel` gives it
    """
    from ipywidgets import register_comm_target, widgets

    from cxlib.workshop.sliders.scenes import Workshop

    asked = study_path, data_dir, language, smallest_base
    if asked not in _panels:
        return Workshop(_load(asked))
    # ipywidgets registers where a page asks for all widgets at once when it is imported, and then there was no kernel.
    # A page that is not answered there asks for each of them by itself, a second of work for a page and its kernel.
    register_comm_target()
    # Made before there was a kernel that could tell a page of it: told now, each part before what it is a part of.
    # ipywidgets 8.1 has no public list of its widgets (November 2026).
    for widget in list(widgets.widget._instances.values()):
        widget.comm = None
        widget.open()
    return _panels[asked]


def _load(asked: tuple) -> Stage:
    from cxlib.study import load_study
    from cxlib.workshop.scenes import Stage

    study_path, data_dir, language, smallest_base = asked
    study = load_study(study_path, data_dir=Path(data_dir) if data_dir else None)
    return Stage.of(study, language=language, smallest_base=smallest_base)


def _loaded_elsewhere(asked: tuple) -> Stage:
    """The stage, loaded in a process of its own: Arrow's and DuckDB's threads would be missing in every fork."""
    receiving, sending = multiprocessing.get_context("fork").Pipe(duplex=False)
    loading = multiprocessing.get_context("fork").Process(target=_send, args=(asked, sending))
    loading.start()
    sending.close()
    stage = pickle.loads(receiving.recv_bytes())
    loading.join()
    return stage


def _send(asked: tuple, sending) -> None:
    sending.send_bytes(pickle.dumps(_load(asked), protocol=pickle.HIGHEST_PROTOCOL))
