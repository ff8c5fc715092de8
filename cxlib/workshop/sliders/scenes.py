"""The workshop: three scenes, of which one is shown; each is made when it is first looked at."""

from __future__ import annotations

import ipywidgets as widgets

from cxlib.confidentiality import SMALLEST_BASE
from cxlib.study import Study
from cxlib.workshop.scenes import SCENES, Stage
from cxlib.workshop.sliders.capital import CapitalScene
from cxlib.workshop.sliders.layout import choice, controls_box, shown
from cxlib.workshop.sliders.ten_touchpoints import TenTouchpoints
from cxlib.workshop.sliders.trepunkt import TrepunktScene


class Workshop(widgets.VBox):
    """The panel that `workshop_panel` makes.

    Parameters
    ----------
    stage : Stage

    Attributes
    ----------
    scene : ipywidgets.ToggleButtons
        Which one is shown: "ten_touchpoints", "trepunkt" or "capital".
    scenes : dict of the scenes that were looked at, by name
    """

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        language = stage.language
        self.scenes: dict[str, widgets.Widget] = {}
        self.scene = choice(
            [
                (f"{place}. {language.text(f'workshop.{name}.title')}", name)
                for place, name in enumerate(SCENES, start=1)
            ],
            description=language.text("workshop.scenes"),
            value=SCENES[0],
        )
        chooser = controls_box([self.scene])
        chooser.layout = widgets.Layout()
        chooser.add_class("cxlib-scenes")
        self._waiting = widgets.HTML(f"<p role='status'>{language.text('workshop.preparing')}</p>")
        self._place = widgets.VBox([])
        super().__init__([chooser, self._waiting, self._place])
        self.add_class("cxlib-workshop")
        self._show()
        self.scene.observe(lambda _: self._show(), names="value")

    def _show(self) -> None:
        wanted = self.scene.value
        for name, scene in self.scenes.items():
            shown(scene, name == wanted)
        if wanted not in self.scenes:
            shown(self._waiting, True)
            self.scenes[wanted] = self._made(wanted)
            self._place.children = tuple(self.scenes.values())
        shown(self._waiting, False)

    def _made(self, name: str) -> widgets.Widget:
        if name == "ten_touchpoints":
            return TenTouchpoints(self.stage.language)
        return (TrepunktScene if name == "trepunkt" else CapitalScene)(self.stage)


def workshop_panel(study: Study, *, language: str | None = None, smallest_base: int = SMALLEST_BASE) -> Workshop:
    """Three scenes with sliders to be shown in front of a room: ten touchpoints, trepunkt, capital of our customers.

    Parameters
    ----------
    study : Study
        Shown as it was known when its last whole month ended.
    language : str, "en" or "sv", optional
        Default the study's.
    smallest_base : int
        Whatever rests on fewer customers is not shown.

    Returns
    -------
    Workshop, a widget
        Its `.scenes` holds the scenes that were looked at.

    Raises
    ------
    ParameterError
        An unknown language, or a study without experiences from the purchase on.
    """
    return Workshop(Stage.of(study, language=language, smallest_base=smallest_base))
