"""An event log from CSV to a checked study, against reading its text with pyarrow and typing it with pandas."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from benchmarks.event_log import MONTHS, PER_CUSTOMER, SEED, START
from benchmarks.turns import in_turn, say_cost, say_gain
from cxlib.study import load_study

N_EVENTS = 10_000_000
_ROWS_AT_ONCE = 500_000
TOUCHPOINTS = (
    "Price quote",
    "Sign-up",
    "Monthly invoice",
    "Customer service",
    "Usage report",
    "Power outage",
    "Energy advice",
    "Contract renewal",
    "Advertising",
    "Invoice question",
    "Payment reminder",
    "Web shop",
    "App",
    "Meter reading",
    "Chat",
)
PHASES = ("purchase", "consumption", "payment")
# What stands in a bad cell, in the column that it stands in.
BAD = {"occurred_at": "soon", "touchpoint": "Price qote", "score": "n/a"}
KINDS = ("plain", "0.1 % bad cells", "quoted", "with event_id")


def run() -> None:
    """Print the ratios."""
    print(f"Loading: {N_EVENTS:,} events of {N_EVENTS // PER_CUSTOMER:,} customers from CSV")
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            study = Path(folder) / kind
            size = write_study(study, N_EVENTS, kind=kind)
            peers = {"study": lambda study=study: load_study(study), "text": lambda study=study: _read_text(study)}
            seconds = in_turn(peers, runs=3)
            what = f"{kind}, {size / 1e6:.0f} MB"
            say_cost(what, seconds["study"], seconds["text"], against="pyarrow, as text", at_most=3)
            if kind == "plain":
                seconds = in_turn(peers | {"pandas": lambda study=study: _read_typed(study)}, runs=1)
                against = "pandas, dates and categories"
                say_gain("  the same", seconds["study"], seconds["pandas"], against=against, at_least=1)
                subprocess.run([sys.executable, "-m", "benchmarks.loading", str(study)], check=True)
            (study / "events.csv").unlink()


def write_study(folder: Path, n_events: int, *, kind: str = "plain") -> int:
    """A study of one event log in order of time, as `kind` says; the log's bytes."""
    random = np.random.default_rng(SEED)
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text('timezone = "Europe/Stockholm"\n')
    names = [name.replace(" ", ", ") for name in TOUCHPOINTS] if kind == "quoted" else list(TOUCHPOINTS)
    rows = "".join(f'"{name}",{PHASES[at % 3]}\n' for at, name in enumerate(names))
    (folder / "touchpoints.csv").write_text(f"touchpoint,phase\n{rows}")
    n_customers = max(n_events // PER_CUSTOMER, 1)
    ids = pa.array([f"C{number:07d}" for number in range(n_customers)])
    span = int((MONTHS[-1] + 1).to_timestamp().timestamp() - START.timestamp()) - 86_400
    seconds = int(START.timestamp()) + np.sort(random.integers(0, span, n_events))
    cell_of_name = pa.array([f'"{name}"' if "," in name else name for name in names])
    with (folder / "events.csv").open("wb") as log:
        log.write(b"customer_id,occurred_at,touchpoint,score,channel")
        log.write(b",event_id\n" if kind == "with event_id" else b"\n")
        for begin in range(0, n_events, _ROWS_AT_ONCE):
            n_rows = min(_ROWS_AT_ONCE, n_events - begin)
            local = pd.to_datetime(seconds[begin : begin + n_rows], unit="s", utc=True).tz_convert(START.tz)
            columns = {
                "customer_id": ids.take(pa.array(random.integers(0, n_customers, n_rows))),
                "occurred_at": pa.array(local.tz_localize(None).to_numpy().astype("datetime64[s]")).cast(pa.string()),
                "touchpoint": cell_of_name.take(pa.array(random.integers(0, len(names), n_rows))),
                "score": pa.array(random.integers(1, 6, n_rows)).cast(pa.string()),
                "channel": pa.array(["phone", "web", "shop", "app"]).take(pa.array(random.integers(0, 4, n_rows))),
            }
            if kind == "0.1 % bad cells":
                for name, bad in BAD.items():
                    columns[name] = pc.if_else(pa.array(random.random(n_rows) < 0.001 / len(BAD)), bad, columns[name])
            if kind == "with event_id":
                columns["event_id"] = pa.array([f"E{number:08d}" for number in range(begin, begin + n_rows)])
            lines = pc.binary_join_element_wise(*columns.values(), ",")
            whole = pa.ListArray.from_arrays(pa.array([0, n_rows], pa.int32()), lines)
            log.write(pc.binary_join(whole, "\n")[0].as_buffer())
            log.write(b"\n")
        return log.tell()


def _read_text(study: Path) -> pa.Table:
    file = study / "events.csv"
    names = file.open().readline().strip().split(",")
    text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    return pyarrow.csv.read_csv(file, convert_options=text)


def _read_typed(study: Path) -> pd.DataFrame:
    categories = dict.fromkeys(("customer_id", "touchpoint", "channel"), "category")
    return pd.read_csv(study / "events.csv", parse_dates=["occurred_at"], dtype=categories)


def say_memory(study: Path) -> None:
    """Print the memory of loading at its peak, all of the process, in sizes of the file (Linux)."""
    load_study(study)
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    peak = int(line.split()[1]) * 1024
    size = (study / "events.csv").stat().st_size
    print(
        f"  memory: {peak / 1e6:,.0f} MB at its peak, the whole process, {peak / size:.2f} times the file; "
        "wanted at most 3",
        flush=True,
    )


if __name__ == "__main__":
    say_memory(Path(sys.argv[1]))
