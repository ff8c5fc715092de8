"""The panel of the three phases in JupyterLab: drawn offline, moved by keyboard and mouse, never drawn anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.lab import ROOT, opened_notebook, running_lab

pytestmark = pytest.mark.browser

SIZE = (1280, 720)
SCREENSHOTS = Path(__file__).parents[1] / "output"
CELLS = [
    f"import cxlib as cx\nstudy = cx.load_study({str(ROOT / 'data' / 'demo')!r})",
    "panel = cx.panels.phase_balance(study, language='en')\npanel",
]
FOCUSED_NAME = """() => {
    const one = document.activeElement;
    const label = one.labels?.[0];
    const names = [one.ariaLabel, label?.textContent, one.innerText, label?.title, one.title];
    return names.map((name) => (name ?? "").trim()).find((name) => name) ?? "";
}"""
POINTS = ".vega-embed .mark-symbol.role-mark path"
SHOWN = "panel.ratings, round(float(panel.data.balance['carried_share'].iloc[0]), 6), panel.data.segment"


class Panel:
    """The panel as someone sees it who uses it."""

    def __init__(self, notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page

    def slider(self, name: str, *, end: int = 0):
        return self.page.get_by_role("slider", name=name, exact=True).nth(end)

    def archetype(self):
        return self.page.get_by_role("combobox", name="Archetype").first

    def button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True).first

    def points(self) -> list[str]:
        """Where the points in the triangle stand."""
        return self.page.locator(POINTS).evaluate_all("paths => paths.map(path => path.getAttribute('transform'))")

    def words(self) -> str:
        return self.page.locator("div", has_text="measured experiences.").last.inner_text()

    def shown(self) -> tuple:
        return tuple(json.loads(self.notebook.python(f"import json; print(json.dumps([{SHOWN}]))")))

    def numbers(self) -> list[float]:
        """What stands in the fields beside the sliders."""
        fields = self.page.locator(".cxlib-controls input[type=number]").all()
        return [float(field.input_value()) for field in fields]

    def settle(self) -> list[str]:
        """The points, once the kernel has taken in what the fields say and all stand still."""
        before = None
        for _ in range(60):
            now = (self.shown(), self.numbers(), self.words(), self.points())
            if now == before and now[1] == pytest.approx(list(now[0][0].values())):
                return now[3]
            before = now
            self.page.wait_for_timeout(400)
        raise AssertionError(f"the panel does not come to rest: {before}")

    def mark_elements(self) -> None:
        self.page.evaluate("() => { window.drawn = [...document.querySelectorAll('.vega-embed, .vega-embed svg')]; }")

    def n_lost(self) -> int:
        return self.page.evaluate(
            "() => window.drawn.filter(one => one.matches('div, svg') && !one.isConnected).length"
        )

    def begin(self) -> list[str]:
        self.notebook.python("panel.controls.reset.click()")
        return self.settle()


@pytest.fixture(scope="module")
def opened(browser, tmp_path_factory):
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        lab.write("phases.ipynb", CELLS)
        with opened_notebook(browser, lab, "phases.ipynb", size=SIZE) as notebook:
            notebook.run_all()
            notebook.page.wait_for_selector(POINTS, state="attached")
            panel = Panel(notebook)
            panel.settle()
            yield panel


@pytest.fixture
def panel(opened):
    opened.begin()
    opened.mark_elements()
    yield opened
    assert opened.n_lost() == 0
    assert opened.notebook.errors == []
    assert opened.page.locator(".jp-RenderedText[data-mime-type*=stderr]").count() == 0


def test_the_panel_is_drawn_and_nothing_is_asked_of_the_network(panel):
    SCREENSHOTS.mkdir(exist_ok=True)
    panel.page.evaluate("document.querySelector('.cxlib-controls').scrollIntoView()")
    panel.page.screenshot(path=SCREENSHOTS / "phases_en.png")
    assert panel.page.locator(".vega-embed svg").count() == 1
    assert "Payment drains most: 87%" in panel.words()
    assert panel.notebook.requests == []


def test_every_control_is_reached_by_keyboard_and_has_a_name(panel):
    panel.archetype().focus()
    names = []
    for _ in range(26):  # the numbers beside the sliders are reached too
        names.append(panel.page.evaluate(FOCUSED_NAME))
        panel.page.keyboard.press("Tab")
    wanted = ["Archetype", "Segment"]
    for phase in ("Purchase", "Consumption", "Payment"):
        wanted += [phase, f"{phase}: any number", f"{phase}: High", f"{phase}: Medium", f"{phase}: Low"]
    wanted += ["Months", "Months", "Back to the start"]
    assert [name for name in names if name in wanted] == wanted


def test_a_slider_moved_by_keyboard_moves_the_declared_point_of_the_same_drawing(panel):
    before = panel.points()
    handle = panel.slider("Consumption")
    handle.focus()
    for _ in range(10):
        handle.press("ArrowRight")
    after = panel.settle()
    assert panel.shown()[0] == pytest.approx({"purchase": 3, "consumption": 2, "payment": 3})
    assert after != before and set(after) & set(before), "the declared point moves, the carried one stays"
    assert panel.archetype().evaluate("select => select.selectedOptions[0].text") == "E-commerce"
    assert panel.button("Consumption: Medium").get_attribute("aria-pressed") == "true"


def test_high_medium_low_and_any_number(panel):
    panel.button("Purchase: Low").click()
    panel.settle()
    field = panel.page.get_by_role("spinbutton", name="Payment: any number", exact=True).first
    for number in ("2.55", "7.55"):  # between the slider's steps, and beyond it
        field.fill(number)
        field.press("Enter")
        panel.settle()
        assert panel.shown()[0] == {"purchase": 1, "consumption": 1, "payment": float(number)}
    assert panel.button("Payment: High").get_attribute("aria-pressed") == "false"  # drawn anew, and named again
    assert "declared weight is 79%" in panel.words()
    panel.page.get_by_role("button", name="Back to the start").first.click()
    panel.settle()
    assert panel.shown()[0] == {"purchase": 3, "consumption": 1, "payment": 3}


def test_months_and_segment_move_the_carried_point(panel):
    before, (_, carried, _) = panel.points(), panel.shown()
    panel.page.get_by_role("combobox", name="Segment").first.select_option("Farm")
    farms = panel.settle()
    assert panel.shown()[1:] != (carried, None) and farms != before
    handle = panel.slider("Months", end=0)
    handle.focus()
    for _ in range(12):
        handle.press("ArrowRight")
    later = panel.settle()
    assert later != farms and "Farm, November 2025 to October 2026" in panel.words()


def test_a_burst_of_values_ends_at_the_last_one(panel):
    panel.notebook.python("panel.controls.phases['purchase'].number.value = 2.5")
    calm = panel.settle()
    panel.notebook.python(
        "import time\n"
        "for step in range(40):\n"
        "    panel.controls.phases['purchase'].number.value = step / 10\n"
        "    time.sleep(0.01 * (step % 3))\n"
        "panel.controls.phases['purchase'].number.value = 2.5"
    )
    assert panel.settle() == calm


def test_dragging_a_slider_takes_number_and_drawing_along(panel):
    handle = panel.slider("Payment")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    panel.page.mouse.move(x, y)
    panel.page.mouse.down()
    for step in range(40):
        panel.page.mouse.move(x - 2 * step, y)
    panel.page.mouse.up()
    dragged = panel.settle()
    shown = panel.shown()
    rating = shown[0]["payment"]
    assert 0 < rating < 2.5
    field = panel.page.get_by_role("spinbutton", name="Payment: any number", exact=True).first
    assert float(field.input_value()) == pytest.approx(rating)
    panel.begin()
    panel.notebook.python(f"panel.controls.phases['payment'].number.value = {rating!r}")
    assert (panel.settle(), panel.shown()) == (dragged, shown), (shown, panel.shown())
