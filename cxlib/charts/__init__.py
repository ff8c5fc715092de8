"""Charts of summarised frames: one function per picture, one theme, labels in the reader's language.

Every function takes a frame that the model has summarised and only lays it out; none computes a figure.
"""

from cxlib.charts.capital import capital_over_time_chart
from cxlib.charts.display import enable_offline_charts
from cxlib.charts.loss_weight import loss_weight_chart
from cxlib.charts.metrics import score_over_time_chart
from cxlib.charts.phases import phase_bars_chart, trepunkt_chart, trepunkt_explorer_chart
from cxlib.charts.theme import nothing_to_show_chart, themed
from cxlib.charts.touchpoints import touchpoint_capital_chart
from cxlib.charts.zones import risk_zones_chart

__all__ = [
    "capital_over_time_chart",
    "enable_offline_charts",
    "loss_weight_chart",
    "nothing_to_show_chart",
    "phase_bars_chart",
    "risk_zones_chart",
    "score_over_time_chart",
    "themed",
    "touchpoint_capital_chart",
    "trepunkt_chart",
    "trepunkt_explorer_chart",
]
