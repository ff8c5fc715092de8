"""Charts of summarised frames: one function per picture, one theme, labels in the reader's language.

Every function takes a frame that the model has summarised and only lays it out; none computes a figure.
"""

from cxlib.charts.capital import capital_over_time_chart
from cxlib.charts.display import enable_offline_charts
from cxlib.charts.live_account import live_account_chart
from cxlib.charts.live_capital import live_capital_chart
from cxlib.charts.loss_weight import loss_weight_chart
from cxlib.charts.metrics import score_over_time_chart
from cxlib.charts.phases import phase_bars_chart, trepunkt_chart, trepunkt_explorer_chart
from cxlib.charts.presets import presets_chart
from cxlib.charts.rules import rules_chart
from cxlib.charts.statement import statement_chart
from cxlib.charts.stress import replay_chart, stress_chart
from cxlib.charts.theme import nothing_to_show_chart, themed
from cxlib.charts.touchpoints import touchpoint_capital_chart
from cxlib.charts.zones import risk_zones_chart

__all__ = [
    "capital_over_time_chart",
    "enable_offline_charts",
    "live_account_chart",
    "live_capital_chart",
    "loss_weight_chart",
    "nothing_to_show_chart",
    "phase_bars_chart",
    "presets_chart",
    "replay_chart",
    "risk_zones_chart",
    "rules_chart",
    "score_over_time_chart",
    "statement_chart",
    "stress_chart",
    "themed",
    "touchpoint_capital_chart",
    "trepunkt_chart",
    "trepunkt_explorer_chart",
]
