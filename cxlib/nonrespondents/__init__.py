"""Who was asked and did not answer, how far that could move a figure, and weights to known margins."""

from cxlib.nonrespondents.asked import asked_customers, nonresponse
from cxlib.nonrespondents.bounds import headline_bounds
from cxlib.nonrespondents.raking import EmptyMarginWarning, RakedWeights, raked_weights

__all__ = [
    "EmptyMarginWarning",
    "RakedWeights",
    "asked_customers",
    "headline_bounds",
    "nonresponse",
    "raked_weights",
]
