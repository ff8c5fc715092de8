"""A small project in a folder of its own: a study by hand, a definition, and one of tests/notebooks."""

from __future__ import annotations

import shutil
from pathlib import Path

NOTEBOOKS = Path(__file__).parent / "notebooks"

DEFINITION = """\
notebook = "report.ipynb"
period = "month"
study = "data/small"

[title]
en = "Toy report"
sv = "Leksaksrapport"

[parameters.loss_weight]
type = "number"
default = 2.25
above = 0
maximum = 100
"""

PAGE_ALONE = DEFINITION.replace("[title]", 'outputs = ["html"]\n\n[title]')
"""The same without PDF, workbook and slides, which take longer than all else."""

STUDY = 'name = "Small & Co"\ntimezone = "Europe/Stockholm"\n'
CUSTOMERS = "customer_id,segment\nA1,Private\nA2,Private\nB1,Små hus\n"
TOUCHPOINTS = "touchpoint,phase\ninvoice,payment\nmeter,consumption\n"
# The last event is late on 31 October in Stockholm, and in November nowhere but further east.
EVENTS = """\
customer_id,occurred_at,touchpoint,score
A1,2026-08-03 10:00,meter,4
A2,2026-09-30 23:30,invoice,1
A1,2026-10-05 09:00,invoice,2
A2,2026-10-31 23:30,meter,5
B1,2026-08-15 12:00,meter,3
"""


def make_study(folder: Path, *, events: str = EVENTS) -> Path:
    """A study of three customers and five events in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (folder / "touchpoints.csv").write_text(TOUCHPOINTS, encoding="utf-8")
    (folder / "events.csv").write_text(events, encoding="utf-8")
    return folder


def make_project(folder: Path, *, notebook: str = "gives_figures.ipynb", definition: str = PAGE_ALONE) -> Path:
    """A project with the report `toy`, which runs the named one of tests/notebooks."""
    (folder / "reports").mkdir(parents=True, exist_ok=True)
    (folder / "notebooks").mkdir(exist_ok=True)
    (folder / "reports" / "toy.toml").write_text(definition, encoding="utf-8")
    shutil.copy(NOTEBOOKS / notebook, folder / "notebooks" / "report.ipynb")
    make_study(folder / "data" / "small")
    return folder.resolve()
