"""The trepunkt's triangle: where three shares that sum to one lie between three corners."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from cxlib.charts.theme import (
    BLUE,
    GRID,
    INK,
    LABEL_SIZE,
    LINE,
    PAPER,
    SOFT_INK,
    TEXT_SIZE,
    haloed_text,
)
from cxlib.language import Language

PHASES = ("purchase", "consumption", "payment")
"""Corners: lower left, top, lower right."""

HEIGHT_OF_ONE = 3**0.5 / 2
GRID_STEPS = (0.2, 0.4, 0.6, 0.8)
NEAR = 0.06
"""Points nearer than this, in sides of the triangle, have no arrow between them."""


def place(purchase: float, consumption: float, payment: float) -> tuple[float, float]:
    """Where three shares lie, with the lower left corner at (0, 0) and sides of length one.

    >>> place(0, 0, 1), place(1, 0, 0)
    ((1.0, 0.0), (0.0, 0.0))
    """
    return round(payment + consumption / 2, 6) + 0.0, round(consumption * HEIGHT_OF_ONE, 6) + 0.0


class Triangle:
    """Layers of a ternary chart with sides of a given length.

    Parameters
    ----------
    side_px : float
    margins_px : tuple of float
        Room to the left and right, above, and below the triangle, for words.
    """

    def __init__(self, *, side_px: float, margins_px: tuple[float, float, float]) -> None:
        beside, above, below = (margin / side_px for margin in margins_px)
        self.width = round(side_px * (1 + 2 * beside))
        self.height = round(side_px * (HEIGHT_OF_ONE + above + below))
        self._x = alt.Scale(domain=[-beside, 1 + beside], nice=False, zero=False)
        self._y = alt.Scale(domain=[-below, HEIGHT_OF_ONE + above], nice=False, zero=False)

    def x(self, field: str) -> alt.X:
        """The horizontal place in a field; the scale is equal on both axes, so that the sides are too."""
        return alt.X(field, type="quantitative", axis=None, scale=self._x)

    def y(self, field: str) -> alt.Y:
        """The vertical place in a field."""
        return alt.Y(field, type="quantitative", axis=None, scale=self._y)

    def frame_layers(self) -> list[alt.Chart]:
        """The three sides and the light lines where a phase has a fifth, two fifths, … of the weight."""
        lines = []
        for share in GRID_STEPS:
            rest = 1 - share
            lines += [
                (place(share, rest, 0), place(share, 0, rest)),
                (place(rest, share, 0), place(0, share, rest)),
                (place(rest, 0, share), place(0, rest, share)),
            ]
        corners = [place(1, 0, 0), place(0, 1, 0), place(0, 0, 1)]
        sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
        return [
            self._rules(lines).mark_rule(color=GRID),
            self._rules(sides).mark_rule(color=LINE, strokeWidth=1.5, strokeCap="round"),
        ]

    def corner_layers(self, details: Mapping[str, str | alt.ExprRef], language: Language) -> list[alt.Chart]:
        """The phases' names at their corners, each with its lines of detail; an expression is one line."""
        layers = []
        for phase, shares in zip(PHASES, ((1, 0, 0), (0, 1, 0), (0, 0, 1)), strict=True):
            x, y = place(*shares)
            detail = details[phase]
            n_lines = detail.count("\n") + 1 if isinstance(detail, str) else 1
            row = alt.Chart(alt.InlineData(values=[{"x": x, "y": y}])).encode(x=self.x("x"), y=self.y("y"))
            top = phase == "consumption"
            line_px = LABEL_SIZE + 3
            first = -17 - line_px * n_lines if top else 26
            layers += [
                row.mark_text(fontSize=TEXT_SIZE + 1, fontWeight=600, dy=first).encode(
                    text=alt.TextValue(language.text(f"names.phase.{phase}"))
                ),
                row.mark_text(
                    fontSize=LABEL_SIZE, color=SOFT_INK, dy=first + 16, lineBreak="\n", lineHeight=line_px
                ).encode(text=alt.TextValue(detail)),
            ]
        return layers

    def point_layers(self, points: alt.Chart, *, carried: bool, language: Language) -> list[alt.Chart]:
        """The declared and the carried point, their names, and an arrow from the first to the second.

        `points` has one row with declared_purchase, …, carried_payment: shares of a sum of one.
        """
        placed = points
        for kind in ("declared", "carried") if carried else ("declared",):
            placed = placed.transform_calculate(
                **{
                    f"{kind}_x": f"datum.{kind}_payment + datum.{kind}_consumption / 2",
                    f"{kind}_y": f"datum.{kind}_consumption * {HEIGHT_OF_ONE:.9f}",
                }
            )
        tooltip = _tooltip(carried, language)
        declared = placed.encode(x=self.x("declared_x"), y=self.y("declared_y"), tooltip=tooltip)
        diamond = declared.mark_point(
            shape="diamond", size=190, fill=PAPER, stroke=INK, strokeWidth=2.5, opacity=1, fillOpacity=1
        )
        declared_name = language.text("charts.trepunkt.declared")
        if not carried:
            return [diamond, *_name(declared, declared_name, "left")]

        between = placed.transform_calculate(
            run="datum.carried_x - datum.declared_x", rise="datum.carried_y - datum.declared_y"
        ).transform_filter(f"sqrt(datum.run * datum.run + datum.rise * datum.rise) > {NEAR}")
        middle = between.transform_calculate(
            middle_x="datum.declared_x + datum.run * 0.5",
            middle_y="datum.declared_y + datum.rise * 0.5",
            turn="atan2(datum.run, datum.rise) * 180 / PI",
        )
        measured = placed.encode(x=self.x("carried_x"), y=self.y("carried_y"), tooltip=tooltip)
        leftmost = "datum.declared_x <= datum.carried_x"
        carried_name = language.text("charts.trepunkt.carried")
        return [
            between.mark_rule(color=INK, strokeWidth=1.5).encode(
                x=self.x("declared_x"), y=self.y("declared_y"), x2=alt.X2("carried_x"), y2=alt.Y2("carried_y")
            ),
            middle.mark_point(shape="triangle", filled=True, color=INK, size=90, opacity=1).encode(
                x=self.x("middle_x"), y=self.y("middle_y"), angle=alt.Angle("turn:Q", scale=None)
            ),
            diamond,
            measured.mark_point(shape="circle", filled=True, color=BLUE, size=190, opacity=1),
            *_name(declared.transform_filter(leftmost), declared_name, "right"),
            *_name(declared.transform_filter(f"!({leftmost})"), declared_name, "left"),
            *_name(measured.transform_filter(leftmost), carried_name, "left"),
            *_name(measured.transform_filter(f"!({leftmost})"), carried_name, "right"),
        ]

    def _rules(self, lines: list[tuple[tuple[float, float], tuple[float, float]]]) -> alt.Chart:
        rows = pd.DataFrame([[*start, *end] for start, end in lines], columns=["x", "y", "x2", "y2"])
        return alt.Chart(rows).encode(x=self.x("x"), y=self.y("y"), x2=alt.X2("x2"), y2=alt.Y2("y2"))


def _name(point: alt.Chart, name: str, align: str) -> list[alt.Chart]:
    # Each name on the side that faces away from the other point.
    away = 12 if align == "left" else -12
    return haloed_text(
        point.encode(text=alt.TextValue(name)),
        align=align,
        dx=away,
        baseline="middle",
        fontSize=TEXT_SIZE,
        fontWeight=600,
    )


def _tooltip(carried: bool, language: Language) -> list[alt.Tooltip]:
    kinds = ("declared", "carried") if carried else ("declared",)
    return [
        alt.Tooltip(
            f"{kind}_{phase}:Q",
            title=language.text(f"charts.trepunkt.{kind}_share", phase=language.text(f"names.phase.{phase}").lower()),
            format=".0%",
        )
        for kind in kinds
        for phase in PHASES
    ]
