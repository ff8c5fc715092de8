"""The workshop served to a room: twelve first pages at once, a slider's way to the picture, memory per visitor."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urljoin

import nbformat

ROOT = Path(__file__).parents[1]
VISITORS = 12
MOVES = 20
PROJECTOR = {"width": 1280, "height": 720}
REST_MS = 1000
PATIENCE_MS = 300_000
LONGEST_WAIT_SECONDS = 120

INTERACT = """\
import ipywidgets
import altair as alt
import cxlib as cx
from IPython.display import display
alt.renderers.enable("svg")  # what needs no network
study = cx.load_study(study_path)
accounts = cx.CapitalAccounts(cx.experiences(study), study.customers, study.cases, until="2026-10")
words = cx.Language(language)
def draw(loss_weight=2.25):
    rules = cx.CapitalRules(loss_weight=loss_weight, half_life_days=365)
    display(cx.charts.capital_over_time_chart(accounts.by_month(rules), language=words))
ipywidgets.interact(draw, loss_weight=(1.0, 12.0, 0.25))"""

# From the key to the first change inside a drawing. The next move waits until the picture has stood still for a while:
# what is drawn late would else count for the move after it.
LATENCY = """async ([moves, rest, isAnew]) => {
    const handle = [...document.querySelectorAll("[role=slider]")].find(one => one.getClientRects().length);
    // drawn anew: another one has come
    const isNew = node => node.matches?.("img, svg") || node.querySelector?.("img, svg");
    const isPicture = change =>
        isAnew ? [...change.addedNodes].some(isNew) : Boolean(change.target.closest?.("svg.marks"));
    let changed = performance.now();
    let tell = () => {};
    const observer = new MutationObserver(changes => {
        if (changes.some(isPicture)) { changed = performance.now(); tell(changed); }
    });
    observer.observe(document.body, {subtree: true, childList: true, attributes: true});
    const taken = [];
    for (let move = 0; move < moves; move++) {
        while (performance.now() - changed < rest) await new Promise(resolve => setTimeout(resolve, 50));
        const key = move % 2 ? "ArrowLeft" : "ArrowRight";
        const start = performance.now();
        const drawn = new Promise(resolve => { tell = resolve; });
        handle.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
        taken.push(await drawn - start);
    }
    observer.disconnect();
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


def _memory_mb(pid: int) -> tuple[float, float]:
    """What a process costs with its part of the memory that it shares (PSS), and what is its own alone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return kilobytes["Pss"] / 1024, (kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]) / 1024


def _say_memory(name: str, kernels: list[int]) -> None:
    shared, own = (statistics.median(sizes) for sizes in zip(*map(_memory_mb, kernels), strict=True))
    print(f"  memory of {name}: {shared:.0f} MB (PSS), {own:.0f} MB of its own", flush=True)


def _children(pid: int) -> list[int]:
    return [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]


def _kernels(server: int) -> list[int]:
    return [kernel for warm in _children(server) for kernel in _children(warm)]


def _opened(browser, link: str, *, scene: bool = True):
    page = browser.new_context(viewport=PROJECTOR).new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(link, wait_until="commit")
    if scene:
        page.wait_for_selector("html[data-scene=ready]", state="attached")
    else:
        page.wait_for_selector(".jp-RenderedSVG", state="attached")
        # the page waits for a scene and hides what else comes
        page.evaluate("() => { document.documentElement.dataset.scene = 'ready'; }")
    return page


def _stands(page) -> bool:
    from playwright.sync_api import Error

    try:
        return page.evaluate("document.documentElement.dataset.scene === 'ready'")
    except Error:  # asked while one page gives way to the next
        return False


def _twelve(new_page, link: str, name: str) -> list:
    """Open the pages at once, and print when each of them stood."""
    pages = [new_page() for _ in range(VISITORS)]
    started = time.perf_counter()
    for page in pages:
        page.set_default_timeout(PATIENCE_MS)
        # not waited for: the next one comes at the same time
        page.evaluate("link => { setTimeout(() => { location.href = link; }, 50); }", link)
    waiting, stood = list(pages), []
    while waiting and time.perf_counter() - started < LONGEST_WAIT_SECONDS:
        for page in list(waiting):
            if _stands(page):
                stood.append(time.perf_counter() - started)
                waiting.remove(page)
        time.sleep(0.5)
    if waiting:
        print(f"  {len(waiting)} of {VISITORS} pages did not stand after {LONGEST_WAIT_SECONDS} s", flush=True)
    seconds = ", ".join(f"{each:.1f}" for each in stood)
    print(f"  {VISITORS} first pages at once, {name}, at most 20 s wanted: {seconds} s", flush=True)
    return [page for page in pages if page not in waiting]


def _elsewhere(link: str) -> None:
    """A visitor whose browser is on another machine: asks for the page and its scripts."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = browser.open(link, timeout=LONGEST_WAIT_SECONDS).read().decode()
    for script in re.findall(r'<script src="(/[^"]+)"', page):
        browser.open(urljoin(link, script), timeout=LONGEST_WAIT_SECONDS).read()


def _seconds_of_work(pids: list[int]) -> float:
    """The processor time that these processes have taken."""
    ticks = 0
    for pid in pids:
        with suppress(FileNotFoundError):  # it has just ended
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def run() -> None:
    """Print the seconds and megabytes."""
    from playwright.sync_api import sync_playwright

    from cxlib.workshop.server.scripts import SETTLED_SECONDS
    from tests.browser.conftest import chromium_path

    print("Stage: the workshop through Voila, in Chromium on the same machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        with _served() as (link, server):
            started = time.perf_counter()
            page = _opened(browser, link)
            print(f"  one first page: {time.perf_counter() - started:.1f} s")
            _say_latency("a loss weight in the scene of capital", _scene_latency(page))
            # as in a room: who leads it has looked already
            page.context.close()
            before = _seconds_of_work([server])
            pages = _twelve(lambda: browser.new_context(viewport=PROJECTOR).new_page(), link, "a browser profile each")
            kernels = _kernels(server)
            work = _seconds_of_work([server, *kernels]) - before
            print(f"  of that, processor time of server and kernels: {work:.1f} s for all", flush=True)
            _say_memory(f"each of {VISITORS} visitors at the first scene, median", kernels)
            for each in pages[:3]:
                each.keyboard.press("3")
            pages[0].wait_for_function("document.querySelectorAll('.cxlib-scene').length > 1")
            _say_latency(f"the same beside {VISITORS - 1} others", _scene_latency(pages[0]))
            _say_memory("one who looked at the capital", [max(_kernels(server), key=_memory_mb)])
            for each in pages:
                each.context.close()
        with _served() as (link, _server):
            _opened(browser, link).wait_for_timeout(1000 * (SETTLED_SECONDS + 1))
            with ThreadPoolExecutor(VISITORS - 1) as room:
                started = time.perf_counter()
                others = [room.submit(_elsewhere, link) for _ in range(VISITORS - 1)]
                _opened(browser, link)
                took = time.perf_counter() - started
                for other in others:
                    other.result()
            print(f"  one first page beside {VISITORS - 1} others at once whose browsers are elsewhere: {took:.1f} s")
            for context in browser.contexts:
                context.close()
        with _served() as (link, _server):
            _opened(browser, link).wait_for_timeout(1000 * (SETTLED_SECONDS + 1))
            _twelve(browser.new_context(viewport=PROJECTOR).new_page, link, "twelve tabs of one browser")
            for context in browser.contexts:
                context.close()
        with tempfile.TemporaryDirectory() as folder, _served(_interact(Path(folder))) as (link, _server):
            page = _opened(browser, link, scene=False)
            page.wait_for_timeout(3000)
            _say_latency("ipywidgets interact, which draws anew", page.evaluate(LATENCY, [MOVES, REST_MS, True]))
        browser.close()


def _scene_latency(page) -> list[float]:
    page.keyboard.press("3")
    page.wait_for_function(
        """() => [...document.querySelectorAll(".cxlib-scene")].some(one => one.offsetParent
            && one.querySelector("[role=slider]") && one.querySelector(".vega-embed svg")?.getClientRects().length
            && one.innerText.includes("at risk"))"""
    )
    page.wait_for_timeout(3000)
    return page.evaluate(LATENCY, [MOVES, REST_MS, False])


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
    last.metadata["name"] = "interact"  # what has the workshop's name is replaced when it is served
    last.source = INTERACT
    path = folder / "notebooks" / "70_workshop.ipynb"
    nbformat.write(notebook, path)
    return path
