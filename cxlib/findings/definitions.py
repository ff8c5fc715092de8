"""What each compared figure means: a version, and the settings that it rests on; so that two reports are compared only
where they mean the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.feedback.targets import LoopTargets
from cxlib.study import Study

ITEMS = ("scales", "touchpoints")
"""Settings that hold a setting for each name. A name that only one report has is new data, not another definition."""

_MEASURED = ("neutral_band", "scales", "touchpoints.scale", "touchpoints.expectation")
_ACCOUNTS = (
    "loss_weight", "resolved_loss_weight", "half_life_days", "carry_over", "carry_over_decay", "measure", "opening",
    *_MEASURED, "touchpoints.weight", "touchpoints.default_experience",
)  # fmt: skip

FIGURES: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "at_risk_share": (1, ("requirement", "price_elasticity", *_ACCOUNTS)),
    "capital_median": (1, _ACCOUNTS),
    "negative_share": (1, _MEASURED),
    "nps_points": (1, ()),
    "churned_share": (1, ()),
    "customers": (1, ()),
    "phase_mean": (1, ("recent_months", *_MEASURED, "touchpoints.phase")),
    "touchpoint_mean": (1, ("recent_months", *_MEASURED)),
    "overdue_share": (1, ("recent_months", "resolve_days", "inform_days")),
}
"""Figure -> its version, raised when the way it is computed changes, and the settings that its value rests on; of a
scale or a touchpoint all, or the one part after the point. The smallest base is none of them: it decides whether a
figure is shown, not what it says."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing in which two definitions of a figure differ.

    Attributes
    ----------
    setting : str
        A name in `FIGURES`, or "version".
    name, part : str or None
        Of a scale or a touchpoint: which one, and what of it.
    then, now : the setting's two values; None where it was empty or not there
    """

    setting: str
    then: object
    now: object
    name: str | None = None
    part: str | None = None


def definitions(
    study: Study, *, rules: CapitalRules, requirement: Requirement, recent_months: int, targets: LoopTargets
) -> dict:
    """The definitions of a report's compared figures, as metrics.json keeps them.

    A setting that has no effect is left empty, so that a change of it is no change of a figure: the decay of a spiral
    that there is not, the elasticity of a requirement of 0.

    Returns
    -------
    dict
        settings : name -> value as used; of scales and touchpoints: name -> what a figure depends on
        figures : figure -> its version, and the names of the settings that it rests on
    """
    resolved = rules.resolved_loss_weight
    return {
        "settings": {
            "loss_weight": rules.loss_weight,
            "resolved_loss_weight": rules.loss_weight if resolved is None else resolved,
            "half_life_days": rules.half_life_days,
            "carry_over": rules.carry_over,
            "carry_over_decay": rules.carry_over_decay if rules.carry_over else None,
            "neutral_band": rules.neutral_band,
            "measure": rules.measure,
            "opening": rules.opening,
            "requirement": requirement.base,
            "price_elasticity": requirement.elasticity if requirement.base else None,
            "recent_months": recent_months,
            "resolve_days": targets.resolve_days,
            "inform_days": targets.inform_days,
            "scales": _scales(study),
            "touchpoints": _touchpoints(study),
        },
        "figures": {name: {"version": version, "rests_on": list(names)} for name, (version, names) in FIGURES.items()},
    }


def differences(then: object, now: object, figure: str, item: str | None = None) -> tuple[Difference, ...] | None:
    """In what the definitions of a figure differ between two reports.

    Parameters
    ----------
    then, now : mapping
        The "definitions" of two metrics.json; either may be what a damaged or older file holds.
    figure : str, a key of `FIGURES`
    item : str, optional
        The phase or the touchpoint of a `phase_mean` or a `touchpoint_mean`: of touchpoints, those count that were in
        the phase in either report, or that one alone.

    Returns
    -------
    tuple of Difference, empty where both mean the same; None where one of them does not define the figure

    Examples
    --------
    >>> light, heavy = (
    ...     {"settings": {"loss_weight": w}, "figures": {"f": {"version": 1, "rests_on": ["loss_weight"]}}}
    ...     for w in (2.25, 12)
    ... )
    >>> differences(light, heavy, "f")
    (Difference(setting='loss_weight', then=2.25, now=12, name=None, part=None),)
    >>> differences({}, heavy, "f") is None
    True
    """
    earlier, settings = _defined(then, figure)
    current, current_settings = _defined(now, figure)
    if earlier is None or current is None:
        return None
    found = []
    if earlier["version"] != current["version"]:
        found.append(Difference(setting="version", then=earlier["version"], now=current["version"]))
    for name in dict.fromkeys([*current["rests_on"], *earlier["rests_on"]]):
        setting, _, part = name.partition(".")
        old, new = settings.get(setting), current_settings.get(setting)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            of_items = _differences_of_items(setting, old, new, part)
            if setting == "touchpoints":
                of_items = [each for each in of_items if _counts_in(each.name, figure, item, old, new)]
            found += of_items
        else:
            found.append(Difference(setting=setting, then=old, now=new))
    return tuple(each for place, each in enumerate(found) if each not in found[:place])


def _counts_in(touchpoint: str | None, figure: str, item: str | None, *reports: Mapping) -> bool:
    """Whether a touchpoint's settings matter to the figure of one phase or touchpoint."""
    if item is None or figure not in ("phase_mean", "touchpoint_mean"):
        return True
    if figure == "touchpoint_mean":
        return touchpoint == item
    entries = [report.get(touchpoint) for report in reports]
    return any(not isinstance(entry, Mapping) or entry.get("phase") == item for entry in entries)


def _defined(definitions: object, figure: str) -> tuple[Mapping | None, Mapping]:
    """The figure's definition and the settings, if they are what `definitions` makes."""
    found = definitions.get("figures") if isinstance(definitions, Mapping) else None
    settings = definitions.get("settings") if isinstance(definitions, Mapping) else None
    entry = found.get(figure) if isinstance(found, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(settings, Mapping):
        return None, {}
    names = entry.get("rests_on")
    if "version" not in entry or not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return None, {}
    return entry, settings


def _differences_of_items(setting: str, old: Mapping, new: Mapping, only: str = "") -> list[Difference]:
    found = []
    for name in (name for name in new if name in old):
        was, is_now = old[name], new[name]
        if not (isinstance(was, Mapping) and isinstance(is_now, Mapping)):
            was, is_now = {"": was}, {"": is_now}
        found += [
            Difference(setting=setting, name=name, part=part, then=was.get(part), now=is_now.get(part))
            for part in dict.fromkeys([*is_now, *was])
            if was.get(part) != is_now.get(part) and (only in ("", part) or part == "")
        ]
    return found


def _scales(study: Study) -> dict:
    """What is expected on each scale; of a scale that is no experience only that, for the rest changes no figure."""
    return {
        name: {
            "minimum": scale.minimum,
            "maximum": scale.maximum,
            "expected": scale.expected,
            "better": scale.better,
            "full_effect_days": scale.full_effect_days,
            "counts_as_experience": True,
        }
        if scale.counts_as_experience
        else {"counts_as_experience": False}
        for name, scale in study.settings.scales.items()
    }


def _touchpoints(study: Study) -> dict:
    settings = study.settings
    kept = study.touchpoints[["touchpoint", "phase", "weight", "expectation", "default_experience"]]
    return {
        str(row["touchpoint"]): {name: value for name, value in row.items() if name != "touchpoint"}
        | {"scale": settings.touchpoint_scales.get(row["touchpoint"], settings.event_scale)}
        for row in kept.astype("object").to_dict("records")
    }
