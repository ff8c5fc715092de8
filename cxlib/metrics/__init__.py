"""Survey metrics, each with its base and its interval, and what may be said of their changes."""

from cxlib.metrics.changes import score_changes
from cxlib.metrics.detectable import DetectableChange, detectable_change
from cxlib.metrics.means import customer_effort, mean_score
from cxlib.metrics.medians import median_score
from cxlib.metrics.mix import mix_change
from cxlib.metrics.nps import net_promoter_score
from cxlib.metrics.response_rate import response_rate
from cxlib.metrics.satisfaction import customer_satisfaction
from cxlib.metrics.trend import score_trend
from cxlib.metrics.words import detectable_sentence, mix_sentence, no_split_sentence, trend_sentence

__all__ = [
    "DetectableChange",
    "customer_effort",
    "customer_satisfaction",
    "detectable_change",
    "detectable_sentence",
    "mean_score",
    "median_score",
    "mix_change",
    "mix_sentence",
    "net_promoter_score",
    "no_split_sentence",
    "response_rate",
    "score_changes",
    "score_trend",
    "trend_sentence",
]
