"""The files that a run makes: their kinds and their names, in the order in which a reader is offered them."""

from __future__ import annotations

FILE_NAMES = {"html": "report.html", "pdf": "report.pdf", "xlsx": "report.xlsx", "pptx": "report.pptx"}
"""The kinds of files that a reader opens, and their names."""

OUTPUTS = tuple(FILE_NAMES)
"""What a run can make, beside METRICS and the executed notebook, which it always makes."""

METRICS = "metrics.json"
"""The report's figures."""
