"""The controls of the phase panel: archetype, a rating per phase, months, segment; and the ratings they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import ipywidgets as widgets
import pandas as pd

from cxlib.archetypes import PHASES, RATINGS
from cxlib.language import Language
from cxlib.panels.slider_names import CONTROLS_CLASS, SliderNames

ALL = ""
"""The segment chooser's value for all customers: None would mean that nothing is chosen."""

OWN = ""
"""The archetype chooser's value for ratings that are no archetype's."""

HIGHEST_SLIDER = 3.0
HIGHEST_RATING = 1_000_000.0
STEPS_OF_ONE = 10
"""The sliders count whole steps: one of fractions sends the value that it rounds back to the kernel, after every change
of it, and late enough to undo the next one (ipywidgets 8.1, November 2026)."""

LABEL_WIDTH = "110px"


class PhaseRating:
    """One phase's rating: a slider, a field that takes any number, and a button each for high, medium and low.

    A rating beyond the slider, or between its steps, stands in the field as it is, and the slider stands next to it.

    Parameters
    ----------
    phase : str
    rating : float
    language : Language
    listener : callable
        Called with the new rating when one of the three was moved.
    """

    def __init__(self, phase: str, rating: float, *, language: Language, listener: Callable[[], None]) -> None:
        name = language.text(f"names.phase.{phase}")
        self.rating = rating
        self._listener = listener
        self._held = False
        self.slider = widgets.IntSlider(
            min=0, max=round(HIGHEST_SLIDER * STEPS_OF_ONE), readout=False, description=name,
            tooltip=language.text("panels.phases.rating_help"), style={"description_width": LABEL_WIDTH},
            layout={"width": "290px"},
        )  # fmt: skip
        self.number = widgets.BoundedFloatText(
            min=0, max=HIGHEST_RATING, step=1 / STEPS_OF_ONE, tooltip=language.text("panels.phases.number", phase=name),
            layout={"width": "72px"},
        )  # fmt: skip
        self.words = widgets.ToggleButtons(
            options=[(language.text(f"names.rating.{word}"), value) for word, value in RATINGS.items()],
            style={"button_width": "74px"}, layout={"width": "auto"},
        )  # fmt: skip
        self.set(rating)
        for widget in (self.slider, self.number, self.words):
            widget.observe(self._moved, names="value")

    def set(self, rating: float) -> None:
        """Move all three to a rating, without a word to the listener."""
        self._held = True
        try:
            self.rating = float(rating)
            self.slider.value = round(min(self.rating, HIGHEST_SLIDER) * STEPS_OF_ONE)
            self.number.value = self.rating
            self.words.value = self.rating if self.rating in RATINGS.values() else None
        finally:
            self._held = False

    def box(self) -> widgets.HBox:
        return widgets.HBox([self.slider, self.number, self.words], layout={"flex_flow": "row wrap"})

    def _moved(self, change) -> None:
        if self._held or change["new"] is None:
            return
        self.set(change["new"] / STEPS_OF_ONE if change["owner"] is self.slider else change["new"])
        self._listener()


class PhaseControls:
    """The controls, and what they say.

    Parameters
    ----------
    ratings : mapping of phase to number
        Where the sliders start, and where the reset button takes them back to.
    archetypes : mapping of name to ratings
        Those that can be chosen.
    archetype_names, segments : mapping from a name to how it reads in the language
    months : sequence of Period
    since, until : Period
    segment : str or None
    language : Language

    Attributes
    ----------
    archetype, months, segment, reset : ipywidgets
    phases : dict of `PhaseRating` by phase
    """

    def __init__(
        self,
        *,
        ratings: Mapping[str, float],
        archetypes: Mapping[str, Mapping[str, float]],
        archetype_names: Mapping[str, str],
        months: Sequence[pd.Period],
        since: pd.Period,
        until: pd.Period,
        segments: Mapping[str, str],
        segment: str | None,
        language: Language,
    ) -> None:
        self._start = dict(ratings), (since, until), ALL if segment is None else segment
        self._archetypes = {name: {phase: float(own[phase]) for phase in PHASES} for name, own in archetypes.items()}
        self._language = language
        self._listener: Callable[[], None] = lambda: None
        self._held = 0
        self.phases = {
            phase: PhaseRating(phase, ratings[phase], language=language, listener=self._rated) for phase in PHASES
        }
        self.archetype = widgets.Dropdown(
            options=[*((archetype_names[name], name) for name in archetypes), (self._text("own"), OWN)],
            value=self._matching(OWN),
            tooltip=self._text("archetype_help"),
            **self._labelled("archetype", width="366px"),
        )
        self.segment = widgets.Dropdown(
            options=[(self._text("all_segments"), ALL), *((label, name) for name, label in segments.items())],
            value=self._start[2],
            tooltip=self._text("segment_help"),
            **self._labelled("segment", width="270px", label_width="75px"),
        )
        self.months = widgets.SelectionRangeSlider(
            options=[(_short(month, language), month) for month in months],
            index=(list(months).index(since), list(months).index(until)),
            description=self._text("months"),
            tooltip=self._text("months_help"),
            style={"description_width": LABEL_WIDTH},
            layout={"width": "520px", "max_width": "100%"},
        )
        self.reset = widgets.Button(
            description=self._text("reset"),
            tooltip=self._text("reset_help"),
            icon="undo",
            layout={"width": "auto", "margin": "2px 2px 2px 14px"},
        )
        self.archetype.observe(self._chosen, names="value")
        for control in (self.segment, self.months):
            control.observe(self._changed, names="value")
        self.reset.on_click(lambda _: self.start_again())

    @property
    def ratings(self) -> dict[str, float]:
        """The ratings that the sliders stand for; all at zero count as equal."""
        ratings = {phase: control.rating for phase, control in self.phases.items()}
        return ratings if any(ratings.values()) else dict.fromkeys(PHASES, 1.0)

    @property
    def is_all_zero(self) -> bool:
        """Whether every slider stands at zero."""
        return not any(control.rating for control in self.phases.values())

    @property
    def chosen_archetype(self) -> str | None:
        """The archetype whose ratings these are, or None."""
        return None if self.archetype.value == OWN else self.archetype.value

    @property
    def chosen_segment(self) -> str | None:
        """The chosen segment, or None for all customers."""
        return None if self.segment.value == ALL else self.segment.value

    @property
    def chosen_months(self) -> tuple[pd.Period, pd.Period]:
        """The first and the last month chosen."""
        return tuple(self.months.value)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` once after every change, whatever it takes along with it."""
        self._listener = listener

    def start_again(self) -> None:
        """Set everything back to the start."""
        ratings, months, segment = self._start
        with self._as_one():
            for phase, control in self.phases.items():
                control.set(ratings[phase])
            self.archetype.value = self._matching(OWN)
            self.months.value = months
            self.segment.value = segment

    def box(self) -> widgets.Box:
        """All controls in the order of the keyboard; rows wrap where the place is narrow."""
        wrapped = {"flex_flow": "row wrap", "align_items": "center"}
        box = widgets.VBox(
            [
                widgets.HBox([self.archetype, self.segment], layout=wrapped),
                *(control.box() for control in self.phases.values()),
                widgets.HBox([self.months, self.reset], layout=wrapped),
                SliderNames(),
            ],
            layout={"flex": "1 1 600px", "min_width": "0"},
        )
        box.add_class(CONTROLS_CLASS)
        return box

    def _matching(self, preferred: str) -> str:
        """The archetype that has these ratings: the preferred one if it does, else the first, else none."""
        ratings = {phase: control.rating for phase, control in self.phases.items()}
        same = [name for name, own in self._archetypes.items() if own == ratings]
        return preferred if preferred in same else next(iter(same), OWN)

    def _rated(self) -> None:
        with self._as_one():
            self.archetype.value = self._matching(self.archetype.value)

    def _chosen(self, change) -> None:
        if self._held or change["new"] == OWN:
            return
        with self._as_one():
            for phase, rating in self._archetypes[change["new"]].items():
                self.phases[phase].set(rating)

    def _changed(self, _change) -> None:
        if not self._held:
            self._listener()

    @contextmanager
    def _as_one(self) -> Iterator[None]:
        """One change for the listener, however many controls it moves."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
        self._listener()

    def _labelled(self, name: str, *, width: str, label_width: str = LABEL_WIDTH) -> dict:
        return {
            "description": self._text(name),
            "style": {"description_width": label_width},
            "layout": {"width": width, "max_width": "100%"},
        }

    def _text(self, name: str, **values: object) -> str:
        return self._language.text(f"panels.phases.{name}", **values)


def _short(month: pd.Period, language: Language) -> str:
    """The month as it fits twice beside a slider: Oct 2026."""
    return f"{language.short_month(month.to_timestamp())} {month.year}"
