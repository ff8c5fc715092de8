"""Pages in a real browser: drawn without a network, alive without a kernel, and deaf to hostile text."""

from __future__ import annotations

import pytest

from cxlib.reporting.definition import load_definition
from cxlib.reporting.run import run_report
from tests.browser.conftest import DESKTOP, PHONE
from tests.toy_project import make_project

pytestmark = pytest.mark.browser


def page_of(folder, notebook):
    definition = load_definition("toy", make_project(folder, notebook=notebook))
    return run_report(definition, period="2026-10").page


@pytest.fixture(scope="module")
def toy_page(tmp_path_factory, browser):
    return page_of(tmp_path_factory.mktemp("toy"), "toy_report.ipynb")


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory, browser):
    return page_of(tmp_path_factory.mktemp("hostile"), "quotes_hostile_text.ipynb")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_all_charts_are_drawn_without_a_network(open_page, toy_page, size):
    with open_page(toy_page, size=size) as opened:
        assert opened.expected_charts == 2
        assert opened.drawn_charts == 2
        assert opened.requests == []
        assert opened.errors == []
        assert opened.sideways_overflow() <= 0


def test_a_slider_moves_the_marks_and_says_its_value(open_page, toy_page):
    with open_page(toy_page) as opened:
        slider = opened.page.locator("input[type=range]").first
        before = opened.marks()
        opened.move_slider()
        assert opened.marks() != before
        assert slider.input_value() == "12"
        assert opened.page.locator(".vega-bind span").last.inner_text() == "12"
        opened.move_slider()
        assert opened.marks() not in ([], before)
        assert slider.input_value() == "1"
        assert opened.errors == []


def test_a_wide_chart_scrolls_in_its_own_frame_by_keyboard(open_page, toy_page):
    with open_page(toy_page, size=PHONE) as opened:
        wrapper = opened.page.locator(".chart-wrapper").first
        assert wrapper.get_attribute("tabindex") == "0"
        wrapper.focus()
        opened.page.keyboard.press("ArrowRight")
        opened.page.wait_for_timeout(500)
        assert wrapper.evaluate("frame => frame.scrollLeft") > 0


def test_charts_can_be_saved(open_page, toy_page, tmp_path):
    with open_page(toy_page) as opened:
        opened.page.locator("figure.chart summary").first.click()
        with opened.page.expect_download() as download:
            opened.page.get_by_text("Save as SVG").first.click()
        download.value.save_as(tmp_path / "chart.svg")
        assert (tmp_path / "chart.svg").read_text(encoding="utf-8").startswith("<svg")


def test_hostile_text_does_nothing(open_page, hostile_page):
    with open_page(hostile_page) as opened:
        assert opened.drawn_charts == opened.expected_charts == 1
        opened.page.get_by_text("link").first.click()
        opened.page.locator("figure.chart .mark-rect path").first.hover()
        assert opened.page.evaluate("window.broken") is None
        assert opened.requests == []
        assert "onerror" in opened.page.locator("pre.plain").inner_text()
        # The browser says which of it the page's policy has refused.
        assert all("Content Security Policy" in said for said in opened.errors)


@pytest.fixture(scope="module")
def long_names_page(tmp_path_factory, browser):
    return page_of(tmp_path_factory.mktemp("long"), "names_without_spaces.ipynb")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_long_name_without_a_space_leaves_the_figures_in_sight(open_page, long_names_page, size):
    with open_page(long_names_page, size=size) as opened:
        names = opened.page.locator("table").first
        assert names.bounding_box()["width"] < min(600, size[0])
        assert opened.page.get_by_text("4,321").bounding_box()["x"] < size[0]
        assert opened.sideways_overflow() <= 0


def test_a_wide_table_scrolls_in_its_own_frame_by_keyboard(open_page, long_names_page):
    with open_page(long_names_page) as opened:
        narrow, wide = opened.page.locator(".output").all()
        assert narrow.get_attribute("tabindex") is None
        assert wide.get_attribute("tabindex") == "0"
