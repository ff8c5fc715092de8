"""Charts in notebooks and reports without a network."""

from __future__ import annotations

import altair as alt
from altair.utils import schemapi

MIME_TYPE = "application/vnd.vegalite.v5+json"
"""What JupyterLab draws itself and what a notebook file may hold; nbformat refuses the v6 of this type
(nbformat 5.11, altair 6.3, November 2026)."""

RENDERER = "cxlib-offline"


def offline_bundle(spec: dict, **_options: object) -> dict[str, object]:
    """A chart as notebook output: its specification, and its description for a reader without pictures.

    Parameters
    ----------
    spec : dict
        A Vega-Lite specification, as altair hands it to a renderer.

    Returns
    -------
    dict, mime type to content
        Nothing in it is fetched from anywhere: whatever opens the notebook brings its own Vega-Lite.
    """
    # The schema's address says v6. JupyterLab has Vega-Lite 5 and a report has 6, and each of them warns
    # of the other's number; without the address both draw in silence, for the charts use what both know.
    drawn = {key: value for key, value in spec.items() if key != "$schema"}
    return {MIME_TYPE: drawn, "text/plain": str(spec.get("description") or "Vega-Lite chart")}


def enable_offline_charts() -> None:
    """Make altair show charts as specifications in the notebook, for this Python process.

    altair's own renderers either load from a CDN or give a type that a notebook may not hold.

    A chart is held against Vega-Lite's schema once, whole, when it is shown. altair does it for each axis, scale and
    title besides, when they are made: a sixth of what a report's charts take (altair 6.3, November 2026).
    """
    schemapi.disable_debug_mode()
    alt.renderers.register(RENDERER, offline_bundle)
    alt.renderers.enable(RENDERER)
