"""What a month's report says: the figures first, then the same in words, tiles and tables, in either language."""

from cxlib.findings.figures import METRICS_MIME, metrics_output, month_figures, phase_rows, touchpoint_rows
from cxlib.findings.sections import (
    fix_first_section,
    headline_section,
    limits_section,
    phase_section,
    risk_section,
)

__all__ = [
    "METRICS_MIME",
    "fix_first_section",
    "headline_section",
    "limits_section",
    "metrics_output",
    "month_figures",
    "phase_rows",
    "phase_section",
    "risk_section",
    "touchpoint_rows",
]
