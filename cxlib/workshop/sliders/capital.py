"""The third scene: the rules and what they do to all customers' capital, an incident, and gestures after it."""

from __future__ import annotations

from functools import partial
from html import escape

import ipywidgets as widgets
import pandas as pd

from cxlib.capital.accounts import CapitalAccounts
from cxlib.capital.risk import Requirement
from cxlib.capital.shock import Incident, RecoveryGestures
from cxlib.capital.stress import stress_test
from cxlib.capital.stress_grid import stress_grid
from cxlib.charts.live_capital import live_capital, live_capital_chart, month_axis
from cxlib.charts.live_stress import Group, live_stress, live_stress_chart, live_stress_groups
from cxlib.panels.explorer_controls import ExplorerControls
from cxlib.panels.explorer_data import CapitalExplorerData, explorer_data
from cxlib.panels.live import LiveChart
from cxlib.workshop.capital_scene import (
    MOST_SEGMENTS,
    N_GESTURES,
    N_LOSSES,
    START,
    all_customers,
    for_a_room,
    half_life_words,
    incident_touchpoint,
    months_say,
    stress_says,
)
from cxlib.workshop.scenes import Stage, short_number, stretched
from cxlib.workshop.sliders.layout import choice, controls_box, note, picture_box, said, shown
from cxlib.workshop.sliders.readout import with_readout

RULES = ("loss_weight", "as_unresolved", "resolved_loss_weight", "half_life_days", "carry_over", "neutral_band",
         "required", "elasticity")  # fmt: skip
PLAIN_NAMES = {"loss_weight": "loss_weight", "half_life_days": "half_life"}
"""The rules that the file has too, and its words for them."""


class CapitalScene(widgets.HBox):
    """Every rule as a slider, and beside them the capital month by month, or what an incident would do.

    Nobody's account is shown and no id leaves the kernel: a room is no place for them.

    Parameters
    ----------
    stage : Stage

    Attributes
    ----------
    shows : ipywidgets.ToggleButtons
        "months" or "stress".
    controls : ExplorerControls
        The rules, the requirement, the segment.
    incident : ipywidgets.Dropdown of touchpoints; n_losses, n_gestures : ipywidgets.IntSlider
    data : CapitalExplorerData
        What the months show.
    summary : DataFrame or None
        What the stress test shows, as `stress_test` summarises it; None before it was looked at.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        study, language = stage.study, stage.language
        self._accounts = CapitalAccounts(stage.experiences, study.customers, study.cases, until=stage.month)
        self.controls = ExplorerControls(
            rules=START,
            requirement=Requirement(),
            segments=language.by_label(self._accounts.segments, stage.labels),
            customer_ids=[],
            segment=None,
            customer_id=None,
            language=language,
        )
        self.shows = choice(
            [(self._text(f"show_{what}"), what) for what in ("months", "stress")],
            description=language.text("workshop.show"),
            value="months",
        )
        met = language.by_label(stage.experiences["touchpoint"].dropna().unique(), stage.labels)
        self.incident = widgets.Dropdown(
            options=[(label, name) for name, label in met.items()],
            value=incident_touchpoint(stage),
            description=self._text("goes_wrong"),
            **_wide(),
        )
        self.n_losses = self._count("losses", N_LOSSES, 1)
        self.n_gestures = self._count("gestures", N_GESTURES, 1)
        self.start = self.data = self._months()
        self.summary: pd.DataFrame | None = None
        self._tested: tuple | None = None
        self._axis = axis = month_axis(self._accounts.months, language)
        self.months = LiveChart(
            stretched(for_a_room(live_capital_chart(self.data.by_month, months=axis, language=language)))
        )
        self.stress: LiveChart | None = None
        self._groups: list[Group] = []
        self.words = said()
        self._incident_box = widgets.VBox(
            [
                self.incident,
                with_readout(self.n_losses, lambda n: self._text(f"times_{n}")),
                with_readout(self.n_gestures, lambda n: self._text(f"gestures_{n}")),
            ]
        )
        zones = note(self._text("zones"))
        self._picture = picture_box(self.words, zones, self.months.widget)
        super().__init__([self._controls_box(), self._picture])
        self.add_class("cxlib-scene")
        self._show()
        self.controls.on_change(self._update)
        self.controls.reset.on_click(lambda _: self._start_again())
        for control in (self.shows, self.incident, self.n_losses, self.n_gestures):
            control.observe(lambda _: self._update(), names="value")

    def _controls_box(self) -> widgets.Box:
        controls = self.controls
        presets = widgets.HBox([*controls.presets.values()], layout={"flex_flow": "row wrap"})
        rules = [self._rule(name) for name in RULES]
        controls.segment.layout.width = "100%"
        return controls_box(
            [self.shows, self._incident_box, presets, *rules, controls.segment, controls.reset],
        )

    def _rule(self, name: str) -> widgets.Widget:
        """The control of a rule, with its value in words where it is a slider."""
        control, language = getattr(self.controls, name), self._stage.language
        if not isinstance(control, widgets.FloatSlider):
            return control
        if name in PLAIN_NAMES:
            control.description = self._text(PLAIN_NAMES[name])
            control.add_class("cxlib-tall")  # a sentence stands above its slider
        if name == "half_life_days":
            return with_readout(control, lambda days: half_life_words(days or None, language))
        return with_readout(control, partial(short_number, language=language))

    def _start_again(self) -> None:
        """The controls beside the rules, too: "Back to the start" is all of it, here as in the file."""
        self.shows.value = "months"  # first, so that no stress test is worked out on the way
        self.incident.value = incident_touchpoint(self._stage)
        self.n_losses.value = self.n_gestures.value = 1

    def _update(self) -> None:
        wanted = (self.controls.rules, self.controls.requirement, self.controls.chosen_segment)
        if wanted != (self.data.rules, self.data.requirement, self.data.segment):
            self.data = self._months()
        self._show()

    def _show(self) -> None:
        shows_stress = self.shows.value == "stress"
        shown(self._incident_box, shows_stress)
        for of_months in (self.months.widget, self.controls.segment):  # the stress test shows every segment
            shown(of_months, not shows_stress)
        if self.stress is not None:
            shown(self.stress.widget, shows_stress)
        if shows_stress:
            self._show_stress()
        else:
            self._show_months()

    def _show_months(self) -> None:
        data, language = self.data, self._stage.language
        drawn = {"start": self.start.by_month, "months": self._axis, "requirement": data.requirement}
        live = live_capital(data.by_month, **drawn, language=language)
        self.months.show(live)
        self.words.value = escape(months_say(data.by_month, data.zones, self._stage))

    def _show_stress(self) -> None:
        summary = self._stressed()
        language = self._stage.language
        if self.stress is None:
            drawn = {"most_segments": MOST_SEGMENTS, "labels": self._stage.labels, "language": language}
            self._groups = live_stress_groups(summary, most_segments=MOST_SEGMENTS)
            self.stress = LiveChart(stretched(live_stress_chart(summary, **drawn)))
            self._picture.children = [*self._picture.children, self.stress.widget]
        self.stress.show(live_stress(summary, groups=self._groups, language=language))
        self.words.value = escape(
            stress_says(all_customers(summary)[0], self._stage.label(self.incident.value), self._stage)
        )

    def _months(self) -> CapitalExplorerData:
        return explorer_data(
            self._accounts,
            rules=self.controls.rules,
            requirement=self.controls.requirement,
            segment=self.controls.chosen_segment,
            customer_id=None,
            smallest_base=self._stage.smallest_base,
        )

    def _stressed(self) -> pd.DataFrame:
        """The summary of the stress test that the controls stand for; the last one is kept."""
        rules, requirement = self.controls.rules, self.controls.requirement
        n_losses, n_gestures = self.n_losses.value, self.n_gestures.value
        asked = (rules, requirement, self.incident.value, n_losses, n_gestures)
        if asked == self._tested:
            return self.summary
        stage = self._stage
        incident = Incident(touchpoint=self.incident.value, at=stage.known_at, n_losses=n_losses)
        rest = {
            "incident": incident,
            "requirement": requirement,
            "cases": stage.study.cases,
            "touchpoints": stage.study.touchpoints,
            "smallest_base": stage.smallest_base,
        }
        customers = stage.study.customers
        if rules.carry_over:  # with a spiral each test needs its own ledger
            gestures = RecoveryGestures(n_gestures=n_gestures) if n_gestures else None
            tested = stress_test(stage.experiences, customers, rules, gestures=gestures, **rest)
            summary = tested.summary.assign(n_losses=n_losses, n_gestures_each=n_gestures)
        else:
            summary = stress_grid(
                stage.experiences, customers, rules, n_losses=[n_losses], n_gestures=[n_gestures], **rest,
            )  # fmt: skip
        self._tested, self.summary = asked, summary
        return summary

    def _count(self, name: str, allowed: tuple[int, ...], start: int) -> widgets.IntSlider:
        return widgets.IntSlider(
            value=start, min=min(allowed), max=max(allowed), description=self._text(name), **_wide()
        )

    def _text(self, name: str) -> str:
        return self._stage.language.text(f"workshop.capital.{name}")


def _wide() -> dict:
    return {"style": {"description_width": "145px"}, "layout": {"width": "100%"}}
