"""What a slider stands at, written as the language writes numbers: ipywidgets writes them all in English."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from cxlib.panels.slider_names import READOUT_CLASS


def with_readout(slider: widgets.Widget, write: Callable[[float], str]) -> widgets.HBox:
    """The slider with words beside it in the place of its own readout.

    Parameters
    ----------
    slider : IntSlider or FloatSlider
    write : callable from a value to its words

    Returns
    -------
    HBox of the slider and a Label
    """
    slider.readout = False
    slider.layout = widgets.Layout(flex="1 1 0", width="auto", min_width="0")
    words = widgets.Label()
    words.add_class(READOUT_CLASS)

    def show(_change=None) -> None:
        words.value = write(slider.value)

    show()
    slider.observe(show, names="value")
    return widgets.HBox([slider, words], layout={"width": "100%"})
