"""What a month's report says: the figures first, then the same in words, tiles and tables, in either language."""

from cxlib.findings.figures import month_figures, phase_rows, touchpoint_rows
from cxlib.findings.rule_table import rules_section
from cxlib.findings.sections import (
    fix_first_section,
    headline_section,
    limits_section,
    phase_section,
    risk_section,
)
from cxlib.findings.stress import replay_section, replay_subject, stress_section, stress_subject
from cxlib.findings.stress_figures import StressPlan, replay_months, replay_shares, stress_rows

__all__ = [
    "StressPlan",
    "fix_first_section",
    "headline_section",
    "limits_section",
    "month_figures",
    "phase_rows",
    "phase_section",
    "replay_months",
    "replay_section",
    "replay_shares",
    "replay_subject",
    "risk_section",
    "rules_section",
    "stress_rows",
    "stress_section",
    "stress_subject",
    "touchpoint_rows",
]
