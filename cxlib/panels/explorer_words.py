"""What the capital explorer says beside its pictures, as HTML that escapes the study's texts."""

from __future__ import annotations

from html import escape

import pandas as pd

from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.charts.theme import ZONE_COLOURS
from cxlib.language import Language, rounded

TILE = "flex:1 1 150px;padding:4px 10px;border-left:6px solid {colour}"
BLOCK = "line-height:1.35;max-width:680px"
LARGE = "font-size:22px;font-weight:600;line-height:1.2"
TABLE = "border-collapse:collapse;margin:2px 0"
CELL = "padding:1px 14px 1px 0;text-align:{side}"


def zones_html(zones: pd.DataFrame, *, segment: str | None, month: pd.Period, language: Language) -> str:
    """The three zones of the last month: share, count, base, and the change since the start.

    Parameters
    ----------
    zones : DataFrame, one row per zone
        Needs zone, n_customers, n_in_zone, share, change_points.
    segment : str or None
    month : Period
    language : Language
    """

    def text(key: str, **values: object) -> str:
        return escape(language.text(f"panels.explorer.{key}", **values))

    who = language.text("panels.explorer.all_segments") if segment is None else segment
    base = 0 if zones.empty else int(zones["n_customers"].iloc[0])
    caption = text("zones", month=language.month(month.to_timestamp()), who=who, n=language.number(base))
    if zones.empty or zones["share"].isna().any():
        return f"<div style='{BLOCK}'><p>{caption}</p><p>{text('too_few')}</p></div>"
    tiles = []
    for row in zones.itertuples():
        count = text("count", count=language.number(row.n_in_zone), n=language.number(row.n_customers))
        tiles.append(
            f"<div style='{TILE.format(colour=ZONE_COLOURS[row.zone])}'>"
            f"<div>{escape(language.text(f'names.zone.{row.zone}'))}</div>"
            f"<div style='{LARGE}'>{escape(language.percent(row.share))}</div>"
            f"<div>{count}</div><div>{escape(_change(row.change_points, language))}</div></div>"
        )
    row = f"<div style='display:flex;gap:8px'>{''.join(tiles)}</div>"
    return f"<div style='{BLOCK}'><p style='margin:0 0 4px'>{caption}</p>{row}</div>"


def _change(points: float, language: Language) -> str:
    if pd.isna(points):
        return ""
    if not rounded(points, 1):
        return language.text("panels.explorer.same")
    return language.text("panels.explorer.change", points=language.signed(points, 1))


def rules_html(rules: CapitalRules, requirement: Requirement, *, language: Language) -> str:
    """The rules in a sentence each."""

    def text(key: str, **values: object) -> str:
        return language.text(f"panels.explorer.{key}", **values)

    sentences = [text("says_loss_weight", n=_short(rules.loss_weight, language))]
    if rules.resolved_loss_weight is not None:
        sentences.append(text("says_resolved", n=_short(rules.resolved_loss_weight, language)))
    if rules.half_life_days is None:
        sentences.append(text("says_no_half_life"))
    else:
        sentences.append(text("says_half_life", days=_short(rules.half_life_days, language)))
    if rules.carry_over:
        sentences.append(text("says_spiral", part=language.percent(rules.carry_over)))
    sentences.append(text("says_band", part=language.percent(rules.neutral_band)))
    if requirement.base and requirement.elasticity:
        words = {"base": _short(requirement.base, language), "elasticity": _short(requirement.elasticity, language)}
        sentences.append(text("says_requirement_by_price", **words))
    else:
        sentences.append(text("says_requirement", base=_short(requirement.base, language)))
    return f"<p style='{BLOCK};margin:4px 0'>{escape(' '.join(sentences))}</p>"


def account_html(
    statement: pd.DataFrame | None,
    presets: pd.DataFrame | None,
    *,
    customer_id: str | None,
    month: pd.Period,
    language: Language,
) -> str:
    """The chosen customer's balance, and what it would be under the named presets.

    Parameters
    ----------
    statement, presets : DataFrame or None
        As in `CapitalExplorerData`.
    customer_id : str or None
    month : Period
    language : Language
    """

    def text(key: str, **values: object) -> str:
        return escape(language.text(f"panels.explorer.{key}", **values))

    if customer_id is None:
        return f"<p>{text('no_customer')}</p>"
    end = language.month(month.to_timestamp())
    if statement.empty:
        return f"<p>{text('not_yet', customer=customer_id, month=end)}</p>"
    entries = statement[statement["kind"] != "closing"]
    sentence = text(
        "balance",
        customer=customer_id,
        n=language.number(len(entries)),
        month=end,
        balance=language.number(statement["balance"].iloc[-1], 2),
    )
    left, right = (CELL.format(side=side) for side in ("left", "right"))
    head = "".join(
        f"<th scope='col' style='{style}'>{text(key)}</th>"
        for key, style in (("preset", left), ("loss_weight", right), ("balance_column", right))
    )
    rows = "".join(
        f"<tr><td style='{left}'>{escape(language.text(f'names.preset.{row.preset}'))}</td>"
        f"<td style='{right}'>{_short(row.loss_weight, language)}</td>"
        f"<td style='{right}'>{language.number(row.balance, 2)}</td></tr>"
        for row in presets.itertuples()
    )
    return (
        f"<div style='{BLOCK}'><p style='margin:4px 0'>{sentence}</p><p style='margin:4px 0 0'>{text('by_preset')}</p>"
        f"<table style='{TABLE}'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _short(x: float, language: Language) -> str:
    """A number with as many decimals, up to two, as it has.

    >>> _short(2.25, Language("sv")), _short(12.0, Language("sv"))
    ('2,25', '12')
    """
    decimals = next((places for places in (0, 1) if abs(rounded(x, places) - x) < 0.005), 2)
    return language.number(x, decimals)
