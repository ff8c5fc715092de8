"""The workshop served to a room: twelve first pages at once, a slider's way to the picture, memory per visitor."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]
VISITORS = 12
MOVES = 20
PATIENCE_MS = 300_000

INTERACT = """\
import ipywidgets
accounts = cx.CapitalAccounts(cx.experiences(study), study.customers, study.cases, until="2026-10")
words = cx.Language(language)
def draw(loss_weight=2.25):
    rules = cx.CapitalRules(loss_weight=loss_weight, half_life_days=365)
    display(cx.charts.capital_over_time_chart(accounts.by_month(rules), language=words))
ipywidgets.interact(draw, loss_weight=(1.0, 12.0, 0.25))"""

# From the key to the first change inside a drawing; the wait between two moves lets everything come to rest.
LATENCY = """async ([moves, rest]) => {
    const handle = [...document.querySelectorAll("[role=slider]")].find(one => one.getClientRects().length);
    const taken = [];
    for (let move = 0; move < moves; move++) {
        const key = move % 2 ? "ArrowLeft" : "ArrowRight";
        const start = performance.now();
        const changed = new Promise(resolve => {
            const observer = new MutationObserver(changes => {
                const isPicture = change => change.target.closest?.("svg") || [...change.addedNodes].some(
                    node => node.matches?.("svg") || node.querySelector?.("svg"));
                if (changes.some(isPicture)) { observer.disconnect(); resolve(performance.now() - start); }
            });
            observer.observe(document.body, {subtree: true, childList: true, attributes: true});
        });
        handle.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
        taken.push(await changed);
        await new Promise(resolve => setTimeout(resolve, rest));
    }
    return taken;
}"""


@contextmanager
def _served(notebook: Path | None = None):
    """The link of a workshop, and the process that serves it."""
    command = [sys.executable, "-m", "cxlib.cli", "workshop", "--no-browser", "--port", "0", "--language", "en"]
    if notebook is not None:
        command += ["--project", str(notebook.parents[1]), str(ROOT / "data" / "demo")]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        link = next(line.strip() for line in process.stderr if "token=" in line)
        yield link, process.pid
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _memory_mb(pid: int) -> float:
    """The process's own part of the memory that it shares (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _children(pid: int) -> list[int]:
    return [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]


def _kernels(server: int) -> list[int]:
    return [kernel for warm in _children(server) for kernel in _children(warm)]


def _opened(browser, link: str, *, scene: bool = True):
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(link, wait_until="commit")
    if scene:
        page.wait_for_selector("html[data-scene=ready]", state="attached")
    else:
        page.wait_for_selector(".vega-embed svg", state="attached")
    return page


def _twelve(browser, link: str, server: int) -> list:
    """Open the pages at once, and print when each of them stood, and what each costs."""
    pages, started = [], time.perf_counter()
    for _ in range(VISITORS):
        page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
        page.set_default_timeout(PATIENCE_MS)
        # not waited for: the next one comes at the same time
        page.evaluate("link => { setTimeout(() => { location.href = link; }, 50); }", link)
        pages.append(page)
    waiting, stood = list(pages), []
    while waiting:
        for page in list(waiting):
            if page.evaluate("document.documentElement.dataset.scene === 'ready'"):
                stood.append(time.perf_counter() - started)
                waiting.remove(page)
        time.sleep(0.1)
    print(f"  {VISITORS} first pages at once: {stood[0]:.1f} to {stood[-1]:.1f} s, at most 20 s wanted")
    return pages


def run() -> None:
    """Print the seconds and megabytes."""
    from playwright.sync_api import sync_playwright

    print("Stage: the workshop through Voila, in Chromium on the same machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with _served() as (link, server):
            started = time.perf_counter()
            page = _opened(browser, link)
            print(f"  one first page: {time.perf_counter() - started:.1f} s")
            _say_latency("a loss weight in the scene of capital", _scene_latency(page))
            page.context.close()
            pages = _twelve(browser, link, server)
            shares = [_memory_mb(kernel) for kernel in _kernels(server)]
            print(f"  memory per visitor (PSS): {statistics.median(shares):.0f} MB, first scene")
            for each in pages[:3]:
                each.keyboard.press("3")
            pages[2].wait_for_function("document.querySelectorAll('.cxlib-scene').length > 1")
            _say_latency(f"the same beside {VISITORS - 1} others", _scene_latency(pages[0]))
            largest = max(_memory_mb(kernel) for kernel in _kernels(server))
            print(f"  memory of a visitor who looked at the capital (PSS): {largest:.0f} MB")
        with tempfile.TemporaryDirectory() as folder, _served(_interact(Path(folder))) as (link, _server):
            page = _opened(browser, link, scene=False)
            page.wait_for_timeout(3000)
            _say_latency("ipywidgets interact, which draws anew", page.evaluate(LATENCY, [MOVES, 600]))
        browser.close()


def _scene_latency(page) -> list[float]:
    page.keyboard.press("3")
    page.wait_for_function(
        """() => [...document.querySelectorAll(".cxlib-scene")].some(one => one.offsetParent
            && one.querySelector("[role=slider]") && one.querySelector(".vega-embed svg")?.getClientRects().length
            && one.innerText.includes("at risk"))"""
    )
    page.wait_for_timeout(3000)
    return page.evaluate(LATENCY, [MOVES, 300])


def _say_latency(name: str, taken: list[float]) -> None:
    print(
        f"  {name}: median of {len(taken)} {statistics.median(taken):.0f} ms "
        f"({min(taken):.0f} to {max(taken):.0f}) from key to picture"
    )


def _interact(folder: Path) -> Path:
    """A project whose workshop is a chart that `interact` draws anew."""
    for name in ("notebooks", "reports"):
        (folder / name).mkdir()
    notebook = nbformat.read(ROOT / "notebooks" / "70_workshop.ipynb", as_version=4)
    last = next(cell for cell in notebook.cells if cell.metadata.get("name") == "workshop")
    last.source = INTERACT
    path = folder / "notebooks" / "70_workshop.ipynb"
    nbformat.write(notebook, path)
    return path
