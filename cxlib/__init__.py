"""A workbench for customer-experience capital: `import cxlib as cx`.

Every public name is reached from here; its module is loaded when it is first used, so that `import cxlib` and
`cx --help` stay quick.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_MODULE_OF = {
    "load_study": "cxlib.study",
    "Study": "cxlib.study",
    "study_remarks": "cxlib.remarks",
    "experiences": "cxlib.experience",
    "CapitalRules": "cxlib.capital.rules",
    "capital_ledger": "cxlib.capital.ledger",
    "CapitalAccounts": "cxlib.capital.accounts",
    "customer_months": "cxlib.capital.months",
    "month_starts": "cxlib.capital.months",
    "Requirement": "cxlib.capital.risk",
    "median_price": "cxlib.capital.risk",
    "risk_zones": "cxlib.capital.risk",
    "capital_by_month": "cxlib.capital.risk",
    "zones_by_month": "cxlib.capital.risk",
    "statement": "cxlib.capital.statements",
    "alarm_list": "cxlib.capital.alarm_list",
    "capital_by_loss_weight": "cxlib.capital.sensitivity",
    "loss_weight_grid": "cxlib.capital.sensitivity",
    "rule_grid": "cxlib.capital.rule_grid",
    "conclusions_by_rules": "cxlib.capital.rule_grid",
    "one_rule_at_a_time": "cxlib.capital.rule_effects",
    "rules_that_matter": "cxlib.capital.rule_effects",
    "signed_experiences": "cxlib.capital.presets",
    "capital_by_preset": "cxlib.capital.presets",
    "Incident": "cxlib.capital.shock",
    "RecoveryGestures": "cxlib.capital.shock",
    "StressTest": "cxlib.capital.stress",
    "stress_test": "cxlib.capital.stress",
    "stress_grid": "cxlib.capital.stress_grid",
    "incidents": "cxlib.capital.incidents",
    "largest_incident": "cxlib.capital.incidents",
    "replay_incident": "cxlib.capital.replay",
    "IncidentReplay": "cxlib.capital.replay",
    "ARCHETYPES": "cxlib.archetypes",
    "importance_shares": "cxlib.phases",
    "phase_balance": "cxlib.phases",
    "phase_order": "cxlib.phases",
    "found_importance": "cxlib.phases",
    "declared_against_found": "cxlib.phases",
    "lmg_contributions": "cxlib.drivers.lmg",
    "sampled_lmg_contributions": "cxlib.drivers.sampled_orders",
    "balanced_orders": "cxlib.drivers.sampled_orders",
    "relative_weights": "cxlib.drivers.relative_weights",
    "driver_importance": "cxlib.drivers.importance",
    "DriverImportance": "cxlib.drivers.importance",
    "penalty_reward": "cxlib.drivers.penalty_reward",
    "PenaltyReward": "cxlib.drivers.penalty_reward",
    "importance_performance": "cxlib.drivers.importance_performance",
    "touchpoint_inventory": "cxlib.touchpoints.inventory",
    "touchpoint_advice": "cxlib.touchpoints.advice",
    "smallest_touchpoint_set": "cxlib.touchpoints.smallest_set",
    "SmallestTouchpointSet": "cxlib.touchpoints.smallest_set",
    "smallest_sets_by_capital": "cxlib.touchpoints.trade_off",
    "selection_frequency": "cxlib.touchpoints.selection",
    "payment_hub": "cxlib.touchpoints.payment",
    "PaymentHub": "cxlib.touchpoints.payment",
    "journey": "cxlib.journeys.stages",
    "journey_canvas": "cxlib.journeys.canvas",
    "touchpoint_owners": "cxlib.journeys.ownership",
    "shared_touchpoints": "cxlib.journeys.ownership",
    "ownership": "cxlib.journeys.ownership",
    "net_promoter_score": "cxlib.metrics",
    "fit_retention": "cxlib.retention",
    "RetentionCurve": "cxlib.retention",
    "read_survey": "cxlib.exports.survey",
    "Survey": "cxlib.exports.survey",
    "survey_questions": "cxlib.surveys.questions",
    "score_distribution": "cxlib.surveys.distributions",
    "answer_forms": "cxlib.surveys.forms",
    "common_drivers": "cxlib.surveys.forms",
    "left_out_words": "cxlib.surveys.forms",
    "with_segments": "cxlib.surveys.segments",
    "Scale": "cxlib.scales",
    "asked_customers": "cxlib.nonrespondents",
    "nonresponse": "cxlib.nonrespondents",
    "headline_bounds": "cxlib.nonrespondents",
    "raked_weights": "cxlib.nonrespondents",
    "RakedWeights": "cxlib.nonrespondents",
    "EmptyMarginWarning": "cxlib.nonrespondents",
    "comment_keyness": "cxlib.comments",
    "customer_satisfaction": "cxlib.metrics",
    "customer_effort": "cxlib.metrics",
    "mean_score": "cxlib.metrics",
    "median_score": "cxlib.metrics",
    "response_rate": "cxlib.metrics",
    "score_changes": "cxlib.metrics",
    "score_trend": "cxlib.metrics",
    "detectable_change": "cxlib.metrics",
    "DetectableChange": "cxlib.metrics",
    "detectable_sentence": "cxlib.metrics",
    "mix_change": "cxlib.metrics",
    "mix_sentence": "cxlib.metrics",
    "no_split_sentence": "cxlib.metrics",
    "trend_sentence": "cxlib.metrics",
    "require_metrics": "cxlib.surveys.answers",
    "LoopTargets": "cxlib.feedback.targets",
    "feedback_loop": "cxlib.feedback.loop",
    "overdue_cases": "cxlib.feedback.overdue",
    "closing_effect": "cxlib.feedback.closing_effect",
    "ClosingEffect": "cxlib.feedback.closing_effect",
    "told": "cxlib.feedback.told",
    "Told": "cxlib.feedback.told",
    "suppress_small_bases": "cxlib.confidentiality",
    "suppress_derivable": "cxlib.confidentiality",
    "suppress_crossed": "cxlib.confidentiality.crossed_groups",
    "crossed_totals": "cxlib.confidentiality.totals",
    "derivable_groups": "cxlib.confidentiality.audit",
    "feasible_counts": "cxlib.confidentiality.audit",
    "withheld_totals": "cxlib.confidentiality.withholding",
    "pseudonyms": "cxlib.confidentiality.pseudonym",
    "workshop_panel": "cxlib.workshop.sliders.scenes",
    "Language": "cxlib.language",
    "CxError": "cxlib.errors",
    "StudyError": "cxlib.errors",
    "ParameterError": "cxlib.errors",
    "MissingColumnError": "cxlib.errors",
    "ScoreRangeError": "cxlib.errors",
}
_SUBMODULES = ("charts", "errors", "findings", "panels", "reporting")

__all__ = [*_MODULE_OF, *_SUBMODULES]


def __getattr__(name: str):
    if name in _MODULE_OF:
        found = getattr(import_module(_MODULE_OF[name]), name)
    elif name in _SUBMODULES:
        found = import_module(f"cxlib.{name}")
    else:
        raise AttributeError(f"module 'cxlib' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
