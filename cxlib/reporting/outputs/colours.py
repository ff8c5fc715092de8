"""The colours of the report's page, for the files that know no style sheet: read from the page's own."""

from __future__ import annotations

import re
from pathlib import Path

PAGE_TEMPLATE = Path(__file__).parent / "page_template"

_COLOUR = re.compile(r"--([a-z]+):\s*(#[0-9a-f]{6});")

COLOURS = dict(_COLOUR.findall((PAGE_TEMPLATE / "page.css").read_text(encoding="utf-8")))
"""By the names that page.css gives them: ink, soft, faint, ground, shade, accent, better, worse, alarm."""
