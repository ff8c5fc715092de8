"""A slider of the workshop's exported file: from its move in a real browser until the changed picture is there."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.picture import DEMO
from cxlib.study import load_study
from cxlib.workshop.takehome import takehome_html

MOVES = 20
AT_MOST_MS = 200
AT_MOST_MB = 3
CONTROLS = {"ten_touchpoints": "crash_weight", "trepunkt": "phase-1", "capital": "loss_weight"}
"""A slider of each scene."""

# The picture has changed when the SVG has; a frame later it is on the screen.
MOVE = """id => new Promise(done => {
    const slider = document.getElementById(id);
    const view = slider.closest("section").querySelector("figure:not([hidden]) .chart-view");
    const begin = performance.now();
    new MutationObserver((_, observer) => {
        observer.disconnect();
        requestAnimationFrame(() => done(performance.now() - begin));
    }).observe(view, {subtree: true, childList: true, attributes: true, characterData: true});
    slider.value = Number(slider.value) < Number(slider.max) ? Number(slider.value) + 1 : slider.min;
    slider.dispatchEvent(new Event("input", {bubbles: true}));
})"""


def run() -> None:
    """Print the medians, the file's size and what it took to make it."""
    begin = time.perf_counter()
    html = takehome_html(load_study(DEMO))
    seconds, size = time.perf_counter() - begin, len(html.encode("utf-8")) / 1e6
    print(f"Take-home file: {size:.1f} MB, wanted under {AT_MOST_MB}; made in {seconds:.0f} s; median of {MOVES} moves")
    try:
        from playwright.sync_api import sync_playwright

        from tests.browser.conftest import chromium_path
    except ImportError:
        print("  no playwright, so no slider was moved")
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "workshop.html"
        path.write_text(html, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        begin = time.perf_counter()
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-charts=settled]")
        print(f"  opened, all pictures drawn: {time.perf_counter() - begin:.1f} s")
        for scene, slider in CONTROLS.items():
            page.evaluate("name => { location.hash = name; }", scene)
            page.wait_for_timeout(200)
            if scene == "capital":
                page.locator("#capital .show input").nth(1).check()
            spent = [page.evaluate(MOVE, slider) for _ in range(MOVES + 1)][1:]
            low, high = min(spent), max(spent)
            print(
                f"  {scene}: {statistics.median(spent):.0f} ms ({low:.0f} to {high:.0f}); wanted under {AT_MOST_MS}",
                flush=True,
            )
        browser.close()
