"""The three-point model ("trepunkt"): what purchase, consumption and payment carry, and should carry."""

from cxlib.phases.balance import phase_balance
from cxlib.phases.found import declared_against_found, found_importance
from cxlib.phases.importance import importance_shares
from cxlib.phases.order import phase_order

__all__ = ["declared_against_found", "found_importance", "importance_shares", "phase_balance", "phase_order"]
