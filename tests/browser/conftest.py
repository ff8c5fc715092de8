"""A browser without a network, for tests that open a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

DESKTOP = (1280, 900)
PHONE = (375, 740)
SETTLED = "html[data-charts=settled]"


@dataclass
class OpenedPage:
    """A page in the browser, and everything that it did.

    `requests` holds every request besides the one for the file itself; all were refused. `errors` holds
    console errors and warnings, and uncaught exceptions.
    """

    page: object
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def expected_charts(self) -> int:
        return self.page.locator("figure.chart").count()

    @property
    def drawn_charts(self) -> int:
        """Charts with an SVG that holds at least one mark with a size."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll("figure.chart svg")].filter(svg =>
                [...svg.querySelectorAll(".mark-group path, [role=graphics-symbol], .role-mark path")].some(mark => {
                    const box = mark.getBoundingClientRect();
                    return box.width > 0 || box.height > 0;
                })).length"""
        )

    def marks(self, chart: int = 0) -> list[str]:
        """The shapes of a chart's marks, axes left out."""
        return self.page.evaluate(
            """index => [...document.querySelectorAll("figure.chart")[index].querySelectorAll(".role-mark path")]
                .map(mark => mark.getAttribute("d") + (mark.getAttribute("transform") ?? ""))""",
            chart,
        )

    def move_slider(self, slider: int = 0, *, chart: int = 0) -> None:
        """Move a slider of a chart by keyboard, as far as it goes."""
        handle = self.page.locator("figure.chart").nth(chart).locator("input[type=range]").nth(slider)
        handle.focus()
        at_end = handle.evaluate("input => input.value === input.max")
        handle.press("Home" if at_end else "End")
        self.page.wait_for_timeout(100)

    def sideways_overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")


def chromium_path() -> str | None:
    """Debian's Chromium, or another one on the path."""
    for name in ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium; the test is skipped where it or playwright is missing."""
    path = chromium_path()
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (it is in the dev extra)")
    # Chromium's sandbox does not start for root, as whom containers run tests.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=options)
        yield chromium
        chromium.close()


@contextmanager
def offline_page(browser, path: Path, *, size: tuple[int, int] = DESKTOP) -> Iterator[OpenedPage]:
    """A file opened without a network, once its charts have settled."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
    try:
        page = context.new_page()
        result = OpenedPage(page)
        address = path.resolve().as_uri()

        def refuse(route) -> None:
            if route.request.url == address:
                route.continue_()
            else:
                result.requests.append(route.request.url)
                route.abort()

        page.route("**/*", refuse)
        page.on("console", lambda said: result.errors.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: result.errors.append(str(error)))
        page.goto(address)
        if page.locator("figure.chart").count():
            # Not wait_for_function: it evaluates a text in the page, which the page's policy forbids.
            page.wait_for_selector(SETTLED, timeout=30_000)
        yield result
    finally:
        context.close()


@pytest.fixture(scope="session")
def open_page(browser) -> Callable[..., object]:
    """`with open_page(path, size=PHONE) as opened:` opens a file offline and waits until its charts have settled."""
    return partial(offline_page, browser)
