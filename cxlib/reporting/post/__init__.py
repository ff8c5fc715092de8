"""Post: who is told that a report is there, or that it could not be made, and how.

Opt-in, by the table `[post]` of a report's definition; without it nothing is ever sent. What goes wrong here is a
PostError, and the report stands whatever becomes of its post.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxlib.reporting.post.errors import PostError
    from cxlib.reporting.post.failure import post_failure
    from cxlib.reporting.post.sending import Delivery, deliveries, post_report

__all__ = ["Delivery", "PostError", "deliveries", "post_failure", "post_report"]

_MODULE_OF = {
    "Delivery": "sending",
    "PostError": "errors",
    "deliveries": "sending",
    "post_failure": "failure",
    "post_report": "sending",
}


def __getattr__(name: str) -> object:
    # Every command reads definitions, and so the settings beside this; few of them send anything.
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
