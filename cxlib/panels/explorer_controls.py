"""The sliders, buttons and choosers of the capital explorer, and the rules that they stand for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

import ipywidgets as widgets

from cxlib.capital.presets import PRESETS
from cxlib.capital.risk import Requirement
from cxlib.capital.rules import CapitalRules
from cxlib.capital.statements import near_ids
from cxlib.language import Language
from cxlib.panels.slider_names import CONTROLS_CLASS, SliderNames

WIDTH = "350px"
BOX_WIDTH = "374px"
LABEL_WIDTH = "145px"
ALL = ""
"""The segment chooser's value for all customers: None would mean that nothing is chosen."""

MOST_OFFERED = 12
"""Customers offered while an id is typed: a page holds each of them as an element."""


class ExplorerControls:
    """The controls, and what they say.

    Parameters
    ----------
    rules, requirement
        Where the sliders start, and where the reset button takes them back to. The rules that have no slider
        (carry_over_decay, measure, opening; the requirement's median_price) stay as they are here.
    segments : mapping from a segment to how it is called in the language
    customer_ids : sequence of str, sorted
    segment, customer_id : str or None
        Chosen at the start.
    language : Language

    Attributes
    ----------
    loss_weight, resolved_loss_weight, as_unresolved, half_life_days, carry_over, neutral_band, required,
    elasticity, segment, customer : ipywidgets
    presets : dict of buttons by preset; reset : button
    """

    def __init__(
        self,
        *,
        rules: CapitalRules,
        requirement: Requirement,
        segments: Mapping[str, str],
        customer_ids: Sequence[str],
        segment: str | None,
        customer_id: str | None,
        language: Language,
    ) -> None:
        self._start = rules, requirement
        self._language = language
        self._customer_ids = customer_ids
        self._known_ids = frozenset(customer_ids)
        self._listener: Callable[[], None] = lambda: None
        self._held = 0

        resolved = rules.resolved_loss_weight
        self.loss_weight = self._slider("loss_weight", rules.loss_weight, 1, 12, 0.25)
        self.as_unresolved = widgets.Checkbox(
            value=resolved is None, description=self._text("as_unresolved"), tooltip=self._text("as_unresolved_help"),
            indent=False, layout={"width": "auto", "margin": f"0 0 0 {LABEL_WIDTH}"},
        )  # fmt: skip
        self.resolved_loss_weight = self._slider(
            "resolved_loss_weight", rules.loss_weight if resolved is None else resolved, 0, rules.loss_weight, 0.25
        )
        self.resolved_loss_weight.max = rules.loss_weight
        self.half_life_days = self._slider("half_life_days", rules.half_life_days or 0, 0, 1095, 5)
        self.carry_over = self._slider("carry_over", rules.carry_over, 0, 1, 0.05)
        self.neutral_band = self._slider("neutral_band", rules.neutral_band, 0, 0.5, 0.01)
        self.required = self._slider("required", requirement.base, 0, 10, 0.25)
        self.elasticity = self._slider("elasticity", requirement.elasticity, 0, 2, 0.1)
        self.presets = {
            preset: widgets.Button(
                description=language.text(f"names.preset.{preset}"),
                tooltip=self._text(f"preset_{preset}_help"),
                layout={"width": "auto", "flex": "1 1 auto"},
            )
            for preset in PRESETS
        }
        self.reset = widgets.Button(
            description=self._text("reset"),
            tooltip=self._text("reset_help"),
            icon="undo",
            layout={"width": "auto", "align_self": "flex-start"},
        )
        self.segment = widgets.Dropdown(
            options=[(self._text("all_segments"), ALL), *((label, name) for name, label in segments.items())],
            value=ALL if segment is None else segment,
            tooltip=self._text("segment_help"),
            **self._labelled("segment"),
        )
        self.customer = widgets.Combobox(
            value=customer_id or "",
            options=self._offered(customer_id or ""),
            placeholder=self._text("customer_placeholder"),
            tooltip=self._text("customer_help"),
            continuous_update=True,
            **self._labelled("customer"),
        )
        self.note = widgets.Label(layout={"width": WIDTH, "min_height": "20px"})
        self._tie()
        for control in self._all():
            control.observe(self._changed, names="value")
        for preset, button in self.presets.items():
            button.on_click(lambda _, weight=PRESETS[preset]: self.choose_loss_weight(weight))
        self.reset.on_click(lambda _: self.start_again())

    @property
    def rules(self) -> CapitalRules:
        """The rules that the sliders stand for; the slider for resolved losses never reaches above the other."""
        return replace(
            self._start[0],
            loss_weight=self.loss_weight.value,
            resolved_loss_weight=None if self.as_unresolved.value else self.resolved_loss_weight.value,
            half_life_days=self.half_life_days.value or None,
            carry_over=self.carry_over.value,
            neutral_band=self.neutral_band.value,
        )

    @property
    def requirement(self) -> Requirement:
        """The requirement that the sliders stand for."""
        return replace(self._start[1], base=self.required.value, elasticity=self.elasticity.value)

    @property
    def chosen_segment(self) -> str | None:
        """The chosen segment, or None for all customers."""
        return None if self.segment.value == ALL else self.segment.value

    @property
    def customer_id(self) -> str | None:
        """The customer whose id is written out in full, or None."""
        wanted = self.customer.value.strip()
        return wanted if wanted in self._known_ids else None

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` once after every change, whatever it takes along with it."""
        self._listener = listener

    def choose_loss_weight(self, loss_weight: float) -> None:
        """Set the loss weight; the other rules stay."""
        with self._as_one():
            self.loss_weight.max = max(self.loss_weight.max, loss_weight)
            self.loss_weight.min = min(self.loss_weight.min, loss_weight)
            self.loss_weight.value = loss_weight

    def start_again(self) -> None:
        """Set the rules and the requirement back to those of the start; segment and customer stay."""
        rules, requirement = self._start
        resolved = rules.resolved_loss_weight
        with self._as_one():
            self.loss_weight.value = rules.loss_weight
            self._tie()
            self.as_unresolved.value = resolved is None
            self.resolved_loss_weight.value = rules.loss_weight if resolved is None else resolved
            self.half_life_days.value = rules.half_life_days or 0
            self.carry_over.value = rules.carry_over
            self.neutral_band.value = rules.neutral_band
            self.required.value = requirement.base
            self.elasticity.value = requirement.elasticity

    def box(self) -> widgets.Box:
        """All controls in the order of the keyboard: in a narrow place below each other, in a wide one side by side."""
        presets = widgets.HBox([*self.presets.values()], layout={"width": WIDTH, "flex_flow": "row wrap"})
        groups = [
            [
                self._heading("who"), self.segment, self.customer, self.note,
                self._heading("requirement"), self.required, self.elasticity, self.reset,
            ],
            [
                self._heading("rules"), presets, self.loss_weight, self.resolved_loss_weight, self.as_unresolved,
                self.half_life_days, self.carry_over, self.neutral_band,
            ],
        ]  # fmt: skip
        box = widgets.Box(
            [*(widgets.VBox(group, layout={"margin": "0 16px 0 0"}) for group in groups), SliderNames()],
            layout={"flex_flow": "row wrap", "flex": f"1 1 {BOX_WIDTH}", "align_items": "flex-start"},
        )
        box.add_class(CONTROLS_CLASS)
        return box

    def _all(self) -> list[widgets.Widget]:
        return [
            self.loss_weight, self.as_unresolved, self.resolved_loss_weight, self.half_life_days, self.carry_over,
            self.neutral_band, self.required, self.elasticity, self.segment, self.customer,
        ]  # fmt: skip

    def _changed(self, _change) -> None:
        if not self._held:
            with self._as_one():
                pass

    @contextmanager
    def _as_one(self) -> Iterator[None]:
        """One change for the listener, however many controls it moves."""
        self._held += 1
        try:
            yield
            self._tie()
        finally:
            self._held -= 1
        self._listener()

    def _tie(self) -> None:
        """Keep the controls to what the rules allow, and say what is wrong with the customer's id."""
        self.resolved_loss_weight.max = self.loss_weight.value  # takes the value along where it would lie above
        self.resolved_loss_weight.disabled = self.as_unresolved.value
        wanted = self.customer.value.strip()
        if wanted not in self._known_ids:
            self.customer.options = self._offered(wanted)
        self.note.value = self._note(wanted)

    def _offered(self, wanted: str) -> tuple[str, ...]:
        """The first ids that hold what is typed."""
        typed = wanted.lower()
        return tuple(islice((name for name in self._customer_ids if typed in name.lower()), MOST_OFFERED))

    def _note(self, wanted: str) -> str:
        if not wanted:
            return self._text("customer_none", n=self._language.number(len(self._customer_ids)))
        if wanted in self._known_ids:
            return ""
        if self.customer.options:
            return self._text("customer_begun", n=self._language.number(len(self.customer.options)))
        near = near_ids(wanted, list(self._customer_ids))
        if near:
            return self._text("customer_near", wanted=wanted, near=", ".join(near))
        return self._text("customer_unknown", wanted=wanted)

    def _slider(self, name: str, value: float, low: float, high: float, step: float) -> widgets.FloatSlider:
        """A slider from `low` to `high`, or as far beyond, in whole steps, as the start lies."""
        return widgets.FloatSlider(
            value=value,
            min=min(low, math.floor(value / step) * step or value),
            max=max(high, math.ceil(value / step) * step),
            step=step,
            readout_format=".0f" if step >= 1 else ".2f",
            tooltip=self._text(f"{name}_help"),
            continuous_update=True,
            **self._labelled(name),
        )

    def _labelled(self, name: str) -> dict:
        return {
            "description": self._text(name),
            "style": {"description_width": LABEL_WIDTH},
            "layout": {"width": WIDTH},
        }

    def _heading(self, name: str) -> widgets.HTML:
        return widgets.HTML(f"<b>{self._text(f'heading_{name}')}</b>", layout={"margin": "8px 0 0 0"})

    def _text(self, name: str, **values: object) -> str:
        return self._language.text(f"panels.explorer.{name}", **values)
