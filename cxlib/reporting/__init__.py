"""Reports: a notebook and a definition become a folder with one page that anyone can open."""

from cxlib.reporting.earlier_metrics import read_metrics

__all__ = ["METRICS_MIME", "read_metrics"]

METRICS_MIME = "application/vnd.cxlib.metrics+json"
"""The type of the notebook output from which a run takes metrics.json."""

TABLES_MIME = "application/vnd.cxlib.tables+json"
"""The type of the notebook output from which a run makes the workbook: the report's tables as data."""
