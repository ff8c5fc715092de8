"""The tiles of the report's first screen: each key figure with its change, interval and base."""

from __future__ import annotations

from collections.abc import Mapping

from cxlib.findings.words import ReportWords, shown_difference

ALARMING_SHARE = 0.2
"""A share of customers at risk from which the tile is drawn as an alarm."""


def headline_tiles(words: ReportWords) -> list[dict]:
    """The tiles of the first screen; a figure that the study cannot give has none."""
    headline = words.figures["headline"]
    tiles = [
        _tile(words, "at_risk", headline["at_risk_share"], is_share=True, more_is_better=False),
        _capital_tile(words, headline["capital_median"]),
        _tile(words, "negative", headline["negative_share"], is_share=True, more_is_better=False),
    ]
    if headline["nps_points"]["base"] or headline["nps_points"]["previous_base"]:
        tiles.append(_tile(words, "nps", headline["nps_points"], is_share=False, more_is_better=True))
    if headline["churned_share"]:
        tiles.append(_tile(words, "churned", headline["churned_share"], is_share=True, more_is_better=False))
    risk = headline["at_risk_share"]["value"]
    tiles[0]["is_alarm"] = risk is not None and risk >= ALARMING_SHARE
    return tiles


def _tile(words: ReportWords, name: str, figure: Mapping, *, is_share: bool, more_is_better: bool) -> dict:
    language = words.language

    def shown(value: float) -> str:
        return language.percent(value, 1) if is_share else language.signed(value)

    base = language.number(figure["base"])
    if figure["value"] is None:
        interval = words.text("tiles.too_few", base=base)
    else:
        interval = words.text(
            "tiles.interval",
            low=shown(figure["low"]),
            high=shown(figure["high"]),
            base=base,
            unit=words.text(f"tiles.{name}_base"),
        )
    return {
        "label": words.text(f"tiles.{name}"),
        "value": shown(figure["value"]),
        "interval": interval,
        "is_alarm": False,
        **tile_change(
            words,
            figure,
            factor=100 if is_share else 1,
            decimals=1 if is_share else 0,
            more_is_better=more_is_better,
            unit="tiles.points" if is_share else "tiles.score_points",
        ),
    }


def _capital_tile(words: ReportWords, figure: Mapping) -> dict:
    language = words.language
    if figure["value"] is None:
        spread = words.text("tiles.too_few", base=language.number(figure["base"]))
    else:
        spread = words.text(
            "tiles.quartiles",
            low=language.signed(figure["low_quartile"], 1),
            high=language.signed(figure["high_quartile"], 1),
            base=language.number(figure["base"]),
        )
    return {
        "label": words.text("tiles.capital"),
        "value": language.signed(figure["value"], 1),
        "interval": spread,
        "is_alarm": False,
        **tile_change(words, figure, factor=1, decimals=1, more_is_better=True, unit="tiles.units"),
    }


def tile_change(
    words: ReportWords, figure: Mapping, *, factor: int, decimals: int, more_is_better: bool, unit: str
) -> dict:
    """The line under a tile's value: arrow, size, whether chance alone could have made it."""
    if figure["value"] is None or figure["previous"] is None:
        return {"change": words.text("tiles.no_before"), "direction": "same"}
    change = shown_difference(figure["value"], figure["previous"], factor=factor, decimals=decimals)
    if change == 0:
        return {"change": words.text("tiles.same"), "direction": "same"}
    by_chance = bool(figure.get("may_be_chance"))
    key = "tiles.by_chance" if by_chance else "tiles.change"
    text = words.text(
        key,
        arrow="▲" if change > 0 else "▼",
        change=words.text(unit, n=words.language.number(abs(change), decimals)),
    )
    is_judged = figure.get("may_be_chance") is False
    direction = "better" if (change > 0) == more_is_better else "worse"
    return {"change": text, "direction": direction if is_judged else "same"}
