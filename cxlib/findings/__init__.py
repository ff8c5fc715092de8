"""What a month's report says: the figures first, then the same in words, tiles and tables, in either language."""

from cxlib.findings.figures import month_figures, phase_rows, touchpoint_rows
from cxlib.findings.sections import (
    fix_first_section,
    headline_section,
    limits_section,
    phase_section,
    risk_section,
)

__all__ = [
    "fix_first_section",
    "headline_section",
    "limits_section",
    "month_figures",
    "phase_rows",
    "phase_section",
    "risk_section",
    "touchpoint_rows",
]
