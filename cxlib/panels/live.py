"""A chart in the notebook whose rows change while it stands: nothing is drawn anew, nothing flickers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import altair as alt

from cxlib.charts.live_capital import LIVE
from cxlib.kept_scripts import kept_script

NEVER_MS = 2**31 - 1
"""The longest that a browser can wait, 25 days. JupyterChart sends every change of a parameter back, after a wait;
such an echo of an older value could overtake a newer one (altair 6.3, November 2026)."""


class LiveChart:
    """A chart drawn from the parameter `live`, and the widget that shows it.

    Parameters
    ----------
    chart : altair chart with the parameter `live`

    Attributes
    ----------
    widget : altair.JupyterChart
        Takes its JavaScript from the machine, not from the network.
    """

    def __init__(self, chart: alt.TopLevelMixin) -> None:
        self.widget = offline_chart()(chart, debounce_wait=NEVER_MS, max_wait=False)
        self._shown = getattr(self.widget.params, LIVE)
        # of all names, and so after the widget's own observer, which would else set back what this one sets
        self.widget.params.observe(self._show_again)

    @property
    def value(self) -> Mapping[str, object]:
        """What the chart shows."""
        return self._shown

    def show(self, value: Mapping[str, object]) -> None:
        """Move the marks to another value of the parameter."""
        self._shown = value
        setattr(self.widget.params, LIVE, value)

    def _show_again(self, change) -> None:
        # A view that has just been drawn starts from the chart's first value, and says so.
        if change["name"] == LIVE and change["new"] != self._shown:
            setattr(self.widget.params, LIVE, self._shown)


@cache
def offline_chart() -> type[alt.JupyterChart]:
    """altair's widget with a script that asks nothing of the network."""

    class OfflineChart(alt.JupyterChart):
        _esm = kept_script("live-chart", _packed)

    return OfflineChart


def _packed() -> str:
    # altair packs for the class that it is asked of: a child, so that a notebook's own charts stay as they are
    class Packed(alt.JupyterChart):
        pass

    Packed.enable_offline()
    return Packed._esm
