"""`import cxlib` in a fresh interpreter, against importing pandas and altair; and the first ledger of a process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.turns import in_turn, say_cost, say_gain

FIRST_LEDGER = """
import pandas as pd
import cxlib as cx
cx.capital_ledger(cx.signed_experiences([1, 0, -1]))
"""


def run() -> None:
    """Print the ratios."""
    print("Cold start: fresh interpreters")
    peer = "import pandas, altair"
    seconds = in_turn(
        {
            "cxlib": lambda: _python("import cxlib"),
            "used": lambda: _python("import pandas, altair, cxlib; cxlib.charts, cxlib.load_study"),
            "peer": lambda: _python(peer),
        },
        runs=5,
    )
    say_cost("import cxlib", seconds["cxlib"], seconds["peer"], against=peer, at_most=1.2)
    say_cost("  with pandas, altair, charts, readers", seconds["used"], seconds["peer"], against=peer, at_most=1.2)
    with tempfile.TemporaryDirectory() as empty:
        caches = iter(Path(empty) / str(number) for number in range(100))
        seconds = in_turn(
            {
                "cached": lambda: _python(FIRST_LEDGER),
                "compiled": lambda: _python(FIRST_LEDGER, NUMBA_CACHE_DIR=str(next(caches))),
            },
            runs=3,
        )
    say_gain("first ledger of a process", seconds["cached"], seconds["compiled"], against="compiled anew", at_least=1.5)


def _python(code: str, **environment: str) -> None:
    import os

    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | environment)
