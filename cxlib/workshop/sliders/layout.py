"""What the scenes look alike in: controls at the left, the sentence and the picture at the right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import ipywidgets as widgets

from cxlib.panels.slider_names import CONTROLS_CLASS, SliderNames

CONTROLS_WIDTH = 340
PICTURE_WIDTH = 560


def controls_box(controls: Sequence[widgets.Widget]) -> widgets.Box:
    """The controls in the order of the keyboard, each with its name for those who hear it."""
    box = widgets.VBox([*controls, SliderNames()])
    box.add_class(CONTROLS_CLASS)
    return beside_picture(box)


def beside_picture(box: widgets.Box) -> widgets.Box:
    """The box as wide as controls are that stand at the left of a picture."""
    box.layout = widgets.Layout(flex=f"1 1 {CONTROLS_WIDTH}px", max_width="400px", min_width="0")
    return box


def picture_box(*parts: widgets.Widget) -> widgets.Box:
    """What the controls change: it moves below them where the window is narrow."""
    return beneath_words(widgets.VBox(list(parts)))


def beneath_words(box: widgets.Box) -> widgets.Box:
    """The box as wide as the window leaves it."""
    box.layout = widgets.Layout(flex=f"999 1 {PICTURE_WIDTH}px", min_width="0")
    box.add_class("cxlib-picture")
    return box


def said() -> widgets.HTML:
    """A sentence about the picture: large, and told to those who hear the page when it changes."""
    words = widgets.HTML()
    words.add_class("cxlib-said")
    return words


def note(text: str) -> widgets.HTML:
    """What a word in the sentence means, beneath it."""
    words = widgets.HTML(escape(text))
    words.add_class("cxlib-note")
    return words


def heading(text: str) -> widgets.HTML:
    """The name of a group of controls."""
    return widgets.HTML(f"<b>{escape(text)}</b>")


def button(text: str, *, icon: str = "") -> widgets.Button:
    """A button as wide as its text."""
    return widgets.Button(description=text, icon=icon, layout={"width": "auto"})


def shown(widget: widgets.DOMWidget, is_shown: bool) -> None:
    """Show a widget, or hide it from the eye, the keyboard and the voice alike; what it drew stays drawn."""
    widget.layout.display = None if is_shown else "none"


def choice(
    options: Sequence[tuple[str, object]], *, description: str, value: object, width: str = "auto"
) -> widgets.ToggleButtons:
    """A row of buttons of which one is pressed, with its name before it."""
    return widgets.ToggleButtons(
        options=list(options),
        value=value,
        description=description,
        style={"button_width": width, "description_width": "initial"},
        layout={"width": "auto"},
    )
