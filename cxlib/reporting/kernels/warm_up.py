"""What the server of warm Pythons has done before it forks, and what every fork does first."""

from __future__ import annotations

import gc
import random
import sys
import threading
from importlib import import_module

MODULES = (
    # A kernel's own.
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "zmq.utils.garbage",
    # What a notebook's libraries would load when they are first used.
    "altair",
    "encodings.utf_8_sig",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.string",
    "scipy.optimize",
    "vl_convert",
    # What a run loads to execute a notebook and to write its outputs.
    "cxlib.reporting.execution",
    "cxlib.reporting.outputs.page",
    "cxlib.reporting.outputs.pdf",
    "cxlib.reporting.outputs.slides",
    "cxlib.reporting.outputs.workbook",
)


def warm_up() -> None:
    """Import what a report's notebook and its run import, and leave the garbage collector nothing to look through.

    Raises
    ------
    RuntimeError
        An import started a thread: it would be missing in every fork. (Those of OpenBLAS and jemalloc look after
        themselves.)
    """
    gc.disable()  # a collection in a fork would write to the pages that all forks share
    for name in MODULES:
        import_module(name)
    public = import_module("cxlib")
    for name in public.__all__:
        getattr(public, name)
    _rehearse()
    if threading.active_count() != 1:
        raise RuntimeError("an import has started a thread, so this process cannot be forked")
    gc.collect()
    gc.freeze()


def _rehearse() -> None:
    """Do in small what loads more than an import does: the compiled kernels, the rules of charts, the catalogues.

    Nothing here reads a file of a study or touches Arrow's, DuckDB's or polars' computing: their threads are not
    there in a fork.
    """
    import altair as alt
    import pandas as pd

    from cxlib.capital.ledger import capital_ledger
    from cxlib.capital.months import customer_months
    from cxlib.capital.presets import signed_experiences
    from cxlib.capital.rules import CapitalRules
    from cxlib.charts.theme import themed
    from cxlib.language import LOCALES, Language

    customer_months(capital_ledger(signed_experiences([1, 0, -1])), CapitalRules())
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    themed(alt.Chart(frame).mark_point().encode(x=alt.X("x:Q"))).to_dict()
    for code in LOCALES:
        words = Language(code)
        words.month(pd.Timestamp(2026, 10, 1))
        words.number(1.5)


def reseed() -> None:
    """Make a fork differ from its siblings where chance is meant: else all of them would draw the same numbers."""
    gc.enable()
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # the old generator, from which a notebook may still draw
