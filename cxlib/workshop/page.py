"""The workshop as one HTML file: the template, its script and style, and the charts' library, put together."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cxlib.language import Language
from cxlib.reporting.outputs.page import chart_bundle, json_in_html, page_policy

if TYPE_CHECKING:
    import altair as alt
    from jinja2 import Template

TEMPLATE = Path(__file__).parent / "page_template"


def workshop_html(
    page: Mapping[str, object], charts: Mapping[str, alt.TopLevelMixin], data: Mapping[str, object], language: Language
) -> str:
    """The page as one text.

    Parameters
    ----------
    page : mapping
        What the template names: the study, the month, the controls of the scenes.
    charts : mapping from the name of a figure to its chart, which has the parameter `live`
    data : mapping
        What the script looks up.
    language : Language
    """
    own = "\n".join((TEMPLATE / name).read_text(encoding="utf-8") for name in ("narrowed.js", "workshop.js"))
    scripts = [chart_bundle(), own]
    shown = {name: _figure(chart) for name, chart in charts.items()}
    return _template().render(
        text=language.text,
        page={
            **page,
            "language": language.code,
            "locale": language.locale.replace("_", "-"),
            "policy": page_policy(scripts),
            "style": (TEMPLATE / "workshop.css").read_text(encoding="utf-8"),
            "scripts": scripts,
            "charts": shown,
            "data": json_in_html(data),
        },
    )


def _figure(chart: alt.TopLevelMixin) -> dict[str, str]:
    """A chart's spec without its title, which the page writes where it wraps, and what a screen reader says of it."""
    spec = chart.to_dict(validate=False)  # the charts are the package's own: a second for what tests say once
    title = spec.pop("title")
    label = spec.pop("description")
    del spec["usermeta"]  # the page draws with options of its own
    return {"spec": json_in_html(spec), "title": title["text"], "subtitle": " ".join(title["subtitle"]), "label": label}


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(TEMPLATE), trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("index.html.j2")
