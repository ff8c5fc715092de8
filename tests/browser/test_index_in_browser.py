"""The list of reports in a real browser: nothing is asked for, every link leads to a file."""

from __future__ import annotations

import pytest

from cxlib.reporting.outputs.index_page import write_index
from tests.browser.conftest import DESKTOP, PHONE
from tests.test_index_page import EVIL, put, two_months
from tests.test_index_page import figures_of as toy_figures

pytestmark = pytest.mark.browser

ODD = "2026-10_Små & <stora> #1%"


@pytest.fixture(scope="module")
def index(tmp_path_factory, browser):
    root = tmp_path_factory.mktemp("reports")
    two_months(root)
    hostile = toy_figures("2026-10", "2026-09", segment=EVIL)
    put(root, ODD, hostile, titles={"en": EVIL}, period="2026-10", segment=EVIL, study="Toy", language="en")
    put(root, "2026-11", "{")
    write_index(root)
    return root / "index.html"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_list_opens_without_a_network_and_says_nothing(open_page, index, size):
    with open_page(index, size=size) as opened:
        opened.page.locator("summary").first.click()
        assert opened.page.locator("details[open] table").first.is_visible()
        assert opened.page.locator("svg.spark").first.bounding_box()["width"] > 50
        assert opened.sideways_overflow() <= 0
        assert opened.requests == []
        assert opened.errors == []


def test_every_link_leads_to_a_file(open_page, index):
    with open_page(index) as opened:
        links = opened.page.evaluate("() => [...document.querySelectorAll('a')].map(link => link.href)")
        files = {path.resolve().as_uri() for path in index.parent.glob("*/*/*")}
        assert len(set(links)) == 6
        assert {link.replace("~", "%7E") for link in links} <= {file.replace("~", "%7E") for file in files}


def test_a_reader_chooses_the_language_by_keyboard(open_page, index):
    with open_page(index) as opened:
        heading = opened.page.locator("h1")
        assert heading.inner_text() == "Reports"
        opened.page.keyboard.press("Tab")
        opened.page.keyboard.press("ArrowRight")
        assert heading.inner_text() == "Rapporter"
        assert "Report" not in opened.page.locator("main table").first.inner_text().replace("Rapport", "")
