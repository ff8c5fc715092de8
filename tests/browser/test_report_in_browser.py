"""The finished report in a browser that refuses every request."""

from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.browser.conftest import DESKTOP, PHONE
from tests.test_reports import ENGLISH

pytestmark = pytest.mark.browser

# The bundled study speaks English where no language is asked for: so one report serves both.
QUESTIONS = {"en": {"period": "2026-10"}, "sv": {"period": "2026-10", "language": "sv"}}
OLIST = Path(__file__).parents[2] / "data" / "olist"
SCREENSHOTS = Path(__file__).parents[1] / "output"


def save_picture(opened, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    opened.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def reading(open_page, make_report):
    """A report as it lies open: drawn once for all tests, of which each moves sliders of its own."""
    with ExitStack() as stack:
        yield cache(
            lambda language="en", size=DESKTOP: stack.enter_context(
                open_page(make_report(**QUESTIONS[language]) / "report.html", size=size)
            )
        )


@pytest.mark.parametrize("language", ["en", "sv"])
def test_every_chart_is_drawn_and_nothing_is_asked_of_the_network(reading, language):
    opened = reading(language)
    save_picture(opened, f"report_{language}")
    assert opened.expected_charts == 19
    assert opened.drawn_charts == opened.expected_charts
    assert opened.requests == []
    assert opened.errors == []


def test_the_charts_of_a_swedish_report_speak_swedish(reading):
    opened = reading("sv")
    drawn = opened.page.evaluate("() => [...document.querySelectorAll('figure.chart')].map(f => f.textContent).join()")
    assert "I riskzonen" in drawn
    assert [english for english in ENGLISH if english in drawn] == []


def chart_with_sliders(opened, count: int) -> int:
    """The first chart that has so many sliders."""
    figures = opened.page.locator("figure.chart")
    return next(i for i in range(figures.count()) if figures.nth(i).locator("input[type=range]").count() == count)


def test_the_loss_weight_slider_changes_the_marks(reading):
    opened = reading()
    chart = chart_with_sliders(opened, 1)
    before = opened.marks(chart)
    opened.move_slider(chart=chart)
    assert opened.marks(chart) != before
    assert opened.errors == []


def test_a_sliders_number_is_written_as_the_reader_writes_it(reading):
    opened = reading("sv")
    bound = opened.page.locator("figure.chart").nth(chart_with_sliders(opened, 1)).locator(".vega-bind")
    assert bound.inner_text().split()[-1] == "2,25"
    bound.locator("input").focus()
    bound.locator("input").press("ArrowRight")
    opened.page.wait_for_timeout(200)
    assert bound.inner_text().split()[-1] == "2,5"


def test_the_slider_for_capital_changes_which_touchpoints_go(reading):
    opened = reading()
    figures = opened.page.locator("figure.chart", has=opened.page.locator("input[name=capital_given_up]"))
    assert figures.count() == 1

    def said() -> str:
        return figures.evaluate("figure => figure.querySelector('svg').textContent")

    slider = figures.locator("input[type=range]")
    assert "13of 15 touchpoints stay" in said()
    slider.focus()
    for key, stay in (("Home", 13), ("ArrowRight", 12), ("End", 11)):
        slider.press(key)
        opened.page.wait_for_timeout(200)
        assert f"{stay}of 15 touchpoints stay" in said()
    assert opened.errors == []


@pytest.mark.parametrize("slider", [0, 1, 2])
def test_each_rating_slider_moves_the_declared_point(reading, slider):
    opened = reading()
    chart = chart_with_sliders(opened, 3)
    before = opened.marks(chart)
    opened.move_slider(slider, chart=chart)
    assert opened.marks(chart) != before
    assert opened.errors == []


def test_the_report_fits_a_phone(reading):
    opened = reading(size=PHONE)
    save_picture(opened, "report_phone")
    assert opened.sideways_overflow() <= 0


def test_what_a_phone_cuts_off_says_so_until_it_is_scrolled_to(reading):
    opened = reading(size=PHONE)
    frame = opened.page.locator("figure.chart .more").first
    handle = frame.element_handle()
    handle.evaluate("frame => frame.scrollTo(frame.scrollWidth, 0)")
    opened.page.wait_for_timeout(200)
    assert "more" not in handle.get_attribute("class").split()
    handle.evaluate("frame => frame.scrollTo(0, 0)")
    opened.page.wait_for_timeout(200)
    assert "more" in handle.get_attribute("class").split()


def test_the_marketplace_report_is_drawn(open_page, make_report, shared_data):
    folder = make_report(study_path=OLIST, data_dir=shared_data / "olist", period="2018-08")
    with open_page(folder / "report.html") as opened:
        save_picture(opened, "report_olist")
        assert opened.drawn_charts == opened.expected_charts >= 6
        assert opened.requests == []
        assert opened.errors == []
