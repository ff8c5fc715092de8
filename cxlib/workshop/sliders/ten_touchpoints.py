"""The first scene: click ten touchpoints good, as expected or bad, and see what is left when the eleventh fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import ipywidgets as widgets
import pandas as pd

from cxlib.charts.live_ten_touchpoints import live_ten_touchpoints, live_ten_touchpoints_chart
from cxlib.language import Language
from cxlib.panels.live import LiveChart
from cxlib.workshop.scenes import short_number, short_signed
from cxlib.workshop.sliders.layout import button, controls_box, heading, picture_box, said
from cxlib.workshop.sliders.readout import with_readout
from cxlib.workshop.ten_touchpoints import CRASH_WEIGHTS, N_TOUCHPOINTS, START_SIGNS, crash_cushion, sign_choices


class TenTouchpoints(widgets.HBox):
    """A row of three buttons for each touchpoint, and beside them the account under the three loss weights.

    Parameters
    ----------
    language : Language
    signs : sequence of ten of 1 (good), 0 (as expected), −1 (bad)
        Clicked at the start.
    crash_weight : int, 1 to 5
        How much the eleventh weighs at the start, where each of the ten weighs 1.

    Attributes
    ----------
    touchpoints : list of ipywidgets.ToggleButtons
    names : list of ipywidgets.Text
        For the room to write in; nothing is done with them.
    crash_weight : ipywidgets.IntSlider
    all_neutral, reset : ipywidgets.Button
    chart : LiveChart

    Raises
    ------
    ParameterError
    """

    def __init__(self, language: Language, *, signs: Sequence[int] = START_SIGNS, crash_weight: int = 1) -> None:
        self._language = language
        self._start = tuple(signs), crash_weight
        self._held = False
        self._choices = sign_choices(language)
        crash_cushion(signs, crash_weight=crash_weight)  # says what is wrong before anything is drawn
        numbers = range(1, N_TOUCHPOINTS + 1)
        self.names = [
            widgets.Text(
                placeholder=self._text("touchpoint", n=number),
                tooltip=self._text("name", n=number),
                layout={"flex": "1 1 90px", "min_width": "0", "width": "auto"},
            )
            for number in numbers
        ]
        self.touchpoints = [self._touchpoint(number, sign) for number, sign in zip(numbers, signs, strict=True)]
        self.crash_weight = widgets.IntSlider(
            value=crash_weight,
            min=min(CRASH_WEIGHTS),
            max=max(CRASH_WEIGHTS),
            description=self._text("crash"),
            style={"description_width": "initial"},
        )
        self.crash_weight.add_class("cxlib-tall")
        for touchpoint in self.touchpoints:
            touchpoint.add_class("cxlib-signs")
        self.all_neutral = button(self._text("all_neutral"), icon="eraser")
        self.reset = button(language.text("workshop.reset"), icon="undo")
        self.chart = LiveChart(live_ten_touchpoints_chart(signs, crash_weight=crash_weight, language=language))
        self.words = said()
        rows = [widgets.HBox(row) for row in zip(self.names, self.touchpoints, strict=True)]
        crash = with_readout(self.crash_weight, language.number)
        controls = [
            heading(self._text("question")), *rows, crash, widgets.HBox([self.all_neutral, self.reset])
        ]  # fmt: skip
        super().__init__([controls_box(controls), picture_box(self.words, self.chart.widget)])
        self.add_class("cxlib-scene")
        self._show()
        for control in (*self.touchpoints, self.crash_weight):
            control.observe(self._changed, names="value")
        self.all_neutral.on_click(lambda _: self.choose([0] * N_TOUCHPOINTS))
        self.reset.on_click(lambda _: self.choose(*self._start))

    @property
    def signs(self) -> tuple[int, ...]:
        """What is clicked: 1, 0 or −1 for each of the ten."""
        return tuple(touchpoint.value for touchpoint in self.touchpoints)

    @property
    def cushion(self) -> pd.DataFrame:
        """What is shown, as `crash_cushion` gives it: one row per loss weight."""
        return crash_cushion(self.signs, crash_weight=self.crash_weight.value)

    def choose(self, signs: Sequence[int], crash_weight: int | None = None) -> None:
        """Click all ten at once, and set the eleventh's weight where one is given."""
        with self._as_one():
            for touchpoint, sign in zip(self.touchpoints, signs, strict=True):
                touchpoint.value = sign
            if crash_weight is not None:
                self.crash_weight.value = crash_weight

    def _touchpoint(self, number: int, sign: int) -> widgets.ToggleButtons:
        name = self._text("touchpoint", n=number)
        return widgets.ToggleButtons(
            options=[(mark, value) for value, mark, _ in self._choices],
            value=sign,
            tooltips=[f"{name}: {mark} {words}" for _, mark, words in self._choices],
            style={"button_width": "46px"},
            layout={"width": "auto", "flex": "0 0 auto"},
        )

    @contextmanager
    def _as_one(self) -> Iterator[None]:
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self._show()

    def _changed(self, _change) -> None:
        if not self._held:
            self._show()

    def _show(self) -> None:
        self.chart.show(live_ten_touchpoints(self.signs, crash_weight=self.crash_weight.value))
        self.words.value = cushion_words(self.cushion, language=self._language)

    def _text(self, name: str, **values: object) -> str:
        return self._language.text(f"workshop.ten_touchpoints.{name}", **values)


def cushion_words(cushion: pd.DataFrame, *, language: Language) -> str:
    """What the ten leave and what the eleventh leaves of it, and with which loss weights the cushion holds.

    Parameters
    ----------
    cushion : DataFrame, one row per preset
        As `crash_cushion` gives it.
    language : Language
    """

    def text(key: str, **values: object) -> str:
        return language.text(f"workshop.ten_touchpoints.{key}", **values)

    rows = cushion.set_index("preset")
    capital = {preset: short_signed(value, language) for preset, value in rows["capital"].items()}
    left = {f"{preset}_left": short_signed(value, language) for preset, value in rows["left"].items()}
    holding = [short_number(weight, language) for weight in rows.loc[rows["holds"], "loss_weight"]]
    if not holding:
        verdict = text("holds_none")
    elif len(holding) == len(rows):
        verdict = text("holds_all")
    else:
        *first, last = holding
        verdict = text("holds_some", weights=text("and", first=", ".join(first), last=last) if first else last)
    return f"{text('says', **capital, **left)} {verdict}"
