"""The capital explorer in JupyterLab: drawn offline, moved by keyboard and mouse, never drawn anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.lab import ROOT, opened_notebook, running_lab

pytestmark = pytest.mark.browser

SIZE = (1280, 720)
SCREENSHOTS = Path(__file__).parents[1] / "output"
LIVE_CELLS = [
    f"import cxlib as cx\nstudy = cx.load_study({str(ROOT / 'data' / 'demo')!r})",
    "rules = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)\n"
    "panel = cx.panels.capital_explorer(study, rules=rules, language='en', customer_id='C00377')\n"
    "panel",
]
LINES = ".mark-line.role-mark path"
FOCUSED_NAME = """() => {
    const focused = document.activeElement;
    return focused.ariaLabel || focused.labels?.[0]?.textContent || focused.innerText;
}"""
SHOWN = "panel.data.rules.loss_weight, round(panel.data.by_month['at_risk_share'].iloc[-1], 6)"


class Explorer:
    """The panel as someone sees it who uses it."""

    def __init__(self, notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page

    def slider(self, name: str):
        """A slider by the name that a screen reader says."""
        return self.page.get_by_role("slider", name=name, exact=True).first

    def lines(self, view: int = 0) -> list[str]:
        """The shapes of the lines in the view-th chart of capital."""
        charts = self.page.locator(".vega-embed:has-text('Capital over time')")
        return charts.nth(view).locator(LINES).evaluate_all("paths => paths.map(path => path.getAttribute('d'))")

    def share(self) -> str:
        """The share at risk as the first tile says it."""
        return self.page.locator("xpath=//div[text()='At risk']/following-sibling::div[1]").first.inner_text()

    def shown(self) -> tuple[float, float]:
        """Loss weight and share at risk of the frames that Python holds for shown."""
        return tuple(json.loads(self.notebook.python(f"import json; print(json.dumps([{SHOWN}]))")))

    def readout(self) -> float:
        """The loss weight that stands beside its slider."""
        row = self.page.locator(".widget-slider").filter(has_text="Loss weight")
        return float(row.locator(".widget-readout").first.inner_text())

    def settle(self, view: int = 0) -> list[str]:
        """The lines, once the kernel has taken in where the slider is and they stand still."""
        before = None
        for _ in range(60):
            now = (self.readout(), self.shown(), self.lines(view))
            if now == before and now[0] == pytest.approx(now[1][0], abs=0.005):
                return now[2]
            before = now
            self.page.wait_for_timeout(400)
        raise AssertionError(f"slider and kernel have not come to agree: {before[:2]}")

    def mark_elements(self) -> None:
        """Remember which elements the charts are: a chart that is drawn anew has others."""
        self.page.evaluate("() => { window.drawn = [...document.querySelectorAll('.vega-embed, .vega-embed svg')]; }")

    def n_lost(self) -> int:
        """How many of the remembered charts are no longer part of the page."""
        return self.page.evaluate(
            "() => window.drawn.filter(one => one.matches('div, svg') && !one.isConnected).length"
        )


@pytest.fixture(scope="module")
def explorer(browser, tmp_path_factory):
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        lab.write("explorer.ipynb", LIVE_CELLS)
        with opened_notebook(browser, lab, "explorer.ipynb", size=SIZE) as notebook:
            notebook.run_all()
            notebook.page.wait_for_selector(".vega-embed svg .mark-line path", state="attached")
            opened = Explorer(notebook)
            opened.settle()
            yield opened


def test_the_panel_is_drawn_and_nothing_is_asked_of_the_network(explorer):
    SCREENSHOTS.mkdir(exist_ok=True)
    explorer.page.screenshot(path=SCREENSHOTS / "explorer_en.png")
    assert len(explorer.lines()) == 4
    assert all(line.count("L") > 20 for line in explorer.lines())
    assert explorer.page.locator(".vega-embed svg").count() == 2
    assert explorer.notebook.requests == []
    assert explorer.notebook.errors == []


def test_every_control_is_reached_by_keyboard_and_has_a_name(explorer):
    explorer.page.locator("select").first.focus()
    names = []
    for _ in range(26):  # the numbers beside the sliders are reached too
        names.append(explorer.page.evaluate(FOCUSED_NAME).strip())
        explorer.page.keyboard.press("Tab")
    wanted = ["Segment", "Customer", "Required capital", "Price elasticity", "Back to the start", "Simple",
              "Tversky & Kahneman", "Normann", "Loss weight", "Weight once resolved", "Same once resolved",
              "Half-life (days)", "Spiral", "Neutral band"]  # fmt: skip
    assert [name for name in names if name in wanted] == wanted


def test_a_slider_moved_by_keyboard_moves_the_marks_of_the_same_drawing(explorer):
    before, share = explorer.settle(), explorer.share()
    explorer.mark_elements()
    handle = explorer.slider("Loss weight")
    handle.focus()
    for _ in range(4):
        handle.press("ArrowRight")
    after = explorer.settle()
    weight, at_risk = explorer.shown()
    assert weight == pytest.approx(3.25)
    assert explorer.share() == f"{at_risk:.0%}" != share
    assert len(after) == len(before)
    assert [line != earlier for line, earlier in zip(after, before, strict=True)].count(True) >= 2
    assert explorer.n_lost() == 0
    assert explorer.notebook.errors == []


def test_after_fast_dragging_the_drawing_is_that_of_the_last_place(explorer):
    explorer.mark_elements()
    handle = explorer.slider("Loss weight")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    for step in range(90):
        explorer.page.mouse.move(x + 45 + 40 * (-1) ** (step // 9) * (step % 9) / 9, y)
    explorer.page.mouse.move(x + 61, y)
    explorer.page.mouse.up()
    dragged = explorer.settle()
    weight, at_risk = explorer.shown()
    assert explorer.share() == f"{at_risk:.0%}"
    # What is drawn for the same rules when they are come to slowly, from elsewhere.
    explorer.notebook.python("panel.controls.loss_weight.value = 1")
    assert explorer.settle() != dragged
    explorer.notebook.python(f"panel.controls.loss_weight.value = {weight!r}")
    assert explorer.settle() == dragged
    assert explorer.n_lost() == 0
    assert explorer.notebook.errors == []


def test_after_a_burst_of_values_the_drawing_is_that_of_the_last_one(explorer):
    """What the browser says of an older value must not overtake a newer one."""
    explorer.notebook.python("panel.controls.loss_weight.value = 5")
    calm = explorer.settle()
    explorer.notebook.python(
        "import time\n"
        "for step in range(40):\n"
        "    panel.controls.loss_weight.value = 1 + step / 4\n"
        "    time.sleep(0.01 * (step % 3))\n"
        "panel.controls.loss_weight.value = 5"
    )
    assert explorer.settle() == calm
    assert explorer.notebook.errors == []


def test_a_view_opened_later_shows_what_the_panel_shows_now(explorer):
    explorer.notebook.python("panel.controls.loss_weight.value = 6")
    first = explorer.settle()
    explorer.page.evaluate(
        """() => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.model.sharedModel.insertCell(2, {cell_type: "code", source: "panel"});
            notebook.activeCellIndex = 2;
            return window.jupyterapp.commands.execute("notebook:run-cell");
        }"""
    )
    explorer.page.wait_for_function(
        f"() => [...document.querySelectorAll('.vega-embed')].filter(c => c.querySelector('{LINES}')).length === 4"
    )
    assert explorer.settle(1) == explorer.settle(0) == first
    assert explorer.notebook.errors == []


def test_an_unknown_customer_is_answered_in_words(explorer):
    field = explorer.page.locator(".jp-OutputArea-output input[placeholder='type an id']").first
    field.fill("C0037X")
    explorer.page.wait_for_selector("text=No customer C0037X. Did you mean")
    assert explorer.page.locator("datalist option").count() <= 24
    field.fill("C00042")
    explorer.page.wait_for_selector("text=Customer C00042:")
    assert explorer.notebook.errors == []
    assert explorer.page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0
