"""What a month's report says: the figures first, then the same in words, tiles and tables, in either language."""

from cxlib.findings.canvas import canvas_section, canvas_table
from cxlib.findings.changes_figures import Change, Comparison, Earlier, changes_since
from cxlib.findings.choice import advice_section, payment_section, smallest_set_section
from cxlib.findings.choice_figures import advice_rows, choice_figures, choice_subject, payment_rows, set_rows
from cxlib.findings.feedback import feedback_section
from cxlib.findings.feedback_figures import closing_rows, feedback_rows, feedback_total
from cxlib.findings.figures import month_figures, phase_rows, touchpoint_rows
from cxlib.findings.journey import journey_section, ownership_section
from cxlib.findings.journey_figures import (
    canvas_rows,
    department_rows,
    journey_month_figures,
    owner_rows,
    stage_rows,
)
from cxlib.findings.phases import importance_section, importance_subject, importance_words, phase_order_section
from cxlib.findings.phases_figures import importance_rows, phase_order_rows
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
from cxlib.findings.tables import report_tables
from cxlib.findings.told import ToldWords, told_markdown, told_section

__all__ = [
    "Change",
    "Comparison",
    "Earlier",
    "StressPlan",
    "ToldWords",
    "advice_rows",
    "advice_section",
    "canvas_rows",
    "canvas_section",
    "canvas_table",
    "changes_since",
    "choice_figures",
    "choice_subject",
    "closing_rows",
    "department_rows",
    "feedback_rows",
    "feedback_section",
    "feedback_total",
    "fix_first_section",
    "headline_section",
    "importance_rows",
    "importance_section",
    "importance_subject",
    "importance_words",
    "journey_month_figures",
    "journey_section",
    "limits_section",
    "month_figures",
    "owner_rows",
    "ownership_section",
    "payment_rows",
    "payment_section",
    "phase_order_rows",
    "phase_order_section",
    "phase_rows",
    "phase_section",
    "replay_months",
    "replay_section",
    "replay_shares",
    "replay_subject",
    "report_tables",
    "risk_section",
    "rules_section",
    "set_rows",
    "smallest_set_section",
    "stage_rows",
    "stress_rows",
    "stress_section",
    "stress_subject",
    "told_markdown",
    "told_section",
    "touchpoint_rows",
]
