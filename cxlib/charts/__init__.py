"""Charts of summarised frames: one function per picture, one theme, labels in the reader's language.

Every function takes a frame that the model has summarised and only lays it out; none computes a figure.
"""

from cxlib.charts.canvas import canvas_chart
from cxlib.charts.capital import capital_over_time_chart
from cxlib.charts.closing import closing_effect_chart
from cxlib.charts.display import enable_offline_charts
from cxlib.charts.drivers import driver_importance_chart
from cxlib.charts.feedback import feedback_loop_chart
from cxlib.charts.importance import importance_chart
from cxlib.charts.importance_performance import importance_performance_chart
from cxlib.charts.journey import journey_chart
from cxlib.charts.keyness import keyness_chart
from cxlib.charts.live_account import live_account_chart
from cxlib.charts.live_capital import live_capital_chart
from cxlib.charts.live_phases import live_phases_chart, live_trepunkt_chart
from cxlib.charts.live_stress import live_stress_chart
from cxlib.charts.live_ten_touchpoints import live_ten_touchpoints_chart
from cxlib.charts.loss_weight import loss_weight_chart
from cxlib.charts.metrics import score_over_time_chart
from cxlib.charts.ownership import ownership_chart
from cxlib.charts.payment_hub import payment_hub_chart
from cxlib.charts.penalty_reward import penalty_reward_chart
from cxlib.charts.phase_order import phase_order_chart
from cxlib.charts.phases import phase_bars_chart, trepunkt_chart, trepunkt_explorer_chart
from cxlib.charts.presets import presets_chart
from cxlib.charts.rules import rules_chart
from cxlib.charts.smallest_set import selection_chart, smallest_sets_chart
from cxlib.charts.statement import statement_chart
from cxlib.charts.stress import replay_chart, stress_chart
from cxlib.charts.survey import score_distribution_chart, survey_questions_chart
from cxlib.charts.theme import nothing_to_show_chart, themed
from cxlib.charts.touchpoint_advice import touchpoint_advice_chart
from cxlib.charts.touchpoints import touchpoint_capital_chart
from cxlib.charts.zones import risk_zones_chart

__all__ = [
    "canvas_chart",
    "capital_over_time_chart",
    "closing_effect_chart",
    "driver_importance_chart",
    "enable_offline_charts",
    "feedback_loop_chart",
    "importance_chart",
    "importance_performance_chart",
    "journey_chart",
    "keyness_chart",
    "live_account_chart",
    "live_capital_chart",
    "live_phases_chart",
    "live_stress_chart",
    "live_ten_touchpoints_chart",
    "live_trepunkt_chart",
    "loss_weight_chart",
    "nothing_to_show_chart",
    "ownership_chart",
    "payment_hub_chart",
    "penalty_reward_chart",
    "phase_bars_chart",
    "phase_order_chart",
    "presets_chart",
    "replay_chart",
    "risk_zones_chart",
    "rules_chart",
    "score_distribution_chart",
    "score_over_time_chart",
    "selection_chart",
    "smallest_sets_chart",
    "statement_chart",
    "stress_chart",
    "survey_questions_chart",
    "themed",
    "touchpoint_advice_chart",
    "touchpoint_capital_chart",
    "trepunkt_chart",
    "trepunkt_explorer_chart",
]
