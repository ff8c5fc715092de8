"""The workshop's file in a real browser: every control moves its picture, by keyboard too, and nothing is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cxlib.charts.live_ten_touchpoints import NUMBER_SIZE
from cxlib.language import Language
from cxlib.workshop.takehome import takehome_html
from cxlib.workshop.ten_touchpoints import crash_cushion
from tests.browser.conftest import offline_page
from tests.toy_workshop import few_positions, many_segments, small_takehome

pytestmark = pytest.mark.browser

PROJECTOR = (1280, 720)
NARROW = (390, 844)
SCENES = ["ten_touchpoints", "trepunkt", "capital"]
BEGIN = """() => {
    document.querySelectorAll("form").forEach(form => form.reset());
    document.activeElement.blur();
    location.hash = "ten_touchpoints";
}"""
TEXTS_OF = "figure => [...figure.querySelectorAll('svg path, svg text')].map(m => m.outerHTML).join('')"


@pytest.fixture(scope="module", params=["en", "sv"])
def language(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def takehome(language, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("takehome") / f"workshop_{language}.html"
    path.write_text(small_takehome(language), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory) -> Path:
    """Where the pictures are kept, beside pytest's other output."""
    return tmp_path_factory.mktemp("screenshots")


@pytest.fixture(scope="module")
def opened(browser, takehome):
    """The file, opened once for all tests in its language."""
    with offline_page(browser, takehome, size=PROJECTOR) as opened:
        yield opened


@pytest.fixture
def page(opened):
    """The page as it was opened; at the end nothing was asked for and nothing was complained of."""
    page = opened.page
    page.evaluate(BEGIN)
    if page.viewport_size["width"] != PROJECTOR[0]:
        resize(page, PROJECTOR)
    page.wait_for_timeout(60)
    yield page
    assert opened.requests == [] and opened.errors == []


def resize(page, size: tuple[int, int]) -> None:
    """Another window; the charts are drawn anew where it becomes narrow or wide."""
    page.evaluate("() => { delete document.documentElement.dataset.charts; }")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_selector("html[data-charts=settled]", timeout=30_000)
    page.wait_for_timeout(60)


def overflow(page) -> int:
    return page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")


def picture(page, scene: str) -> str:
    return page.locator(f"#{scene} figure:visible").evaluate(TEXTS_OF)


def words(page, scene: str) -> str:
    return page.locator(f"#{scene} .says").inner_text()


def moved(page, scene: str, move) -> None:
    """Assert that a move changes the picture and the sentence above it."""
    before, said = picture(page, scene), words(page, scene)
    move()
    for _ in range(50):  # a busy machine draws late
        page.wait_for_timeout(20)
        if picture(page, scene) != before:
            break
    else:
        raise AssertionError("the picture has not changed")
    assert words(page, scene) != said, "the sentence has not changed"


@pytest.mark.parametrize("size", [PROJECTOR, NARROW], ids=["projector", "phone"])
def test_every_scene_is_drawn_in_the_window(page, screenshots, language, size):
    if size != PROJECTOR:
        resize(page, size)
    for number, scene in enumerate(SCENES, start=1):
        page.keyboard.press(str(number))
        page.wait_for_timeout(50)
        views = page.locator(f"#{scene} .show input").count() or 1
        for view in range(views):
            if views > 1:
                page.locator(f"#{scene} .show input").nth(view).check()
                page.wait_for_timeout(80)
            figure = page.locator(f"#{scene} figure:visible")
            assert figure.count() == 1
            assert figure.locator("svg .mark-group path, svg .role-mark path").count() > 5
            assert overflow(page) <= 0
            if size == PROJECTOR:  # all of it is seen without scrolling
                bottom = figure.locator("svg").evaluate("svg => svg.getBoundingClientRect().bottom")
                assert bottom <= size[1]
            page.screenshot(
                path=screenshots / f"takehome_{language}_{size[0]}_{number}_{view}.png", full_page=size == NARROW
            )
    assert len(list(screenshots.glob(f"takehome_{language}_{size[0]}_*.png"))) == 5


CUT = """svg => { const right = svg.getBoundingClientRect().right, left = svg.getBoundingClientRect().left;
    return [...svg.querySelectorAll("text")].filter(text => text.textContent.trim() && (
        text.getBoundingClientRect().right > right + 1 || text.getBoundingClientRect().left < left - 1))
        .map(text => text.textContent); }"""


def test_no_word_is_cut_on_a_phone_wherever_the_sliders_stand(page):
    resize(page, NARROW)
    moves = {
        "ten_touchpoints": ["crash_weight"],
        "trepunkt": ["phase-0", "phase-1", "phase-2"],
        "capital": ["loss_weight", "losses"],
    }
    for scene, sliders in moves.items():
        page.evaluate("name => { location.hash = name; }", scene)
        if page.locator(f"#{scene} .show input").count():
            page.locator(f"#{scene} .show input").nth(1).check()
        for key in ("End", "Home"):
            for slider in sliders:
                page.locator(f"#{slider}").press(key)
            page.wait_for_timeout(120)
            assert page.locator(f"#{scene} figure:visible svg").evaluate(CUT) == []
            assert overflow(page) <= 0


SMALLEST_LETTERS = """() => Math.min(...[
    ...document.querySelectorAll("h1, a, label, output, button, p, footer, figcaption")]
    .filter(each => each.offsetParent !== null && each.textContent.trim())
    .map(each => parseFloat(getComputedStyle(each).fontSize)))"""


def test_letters_are_large_enough_for_a_room(page):
    for scene in SCENES:
        page.evaluate("name => { location.hash = name; }", scene)
        page.wait_for_timeout(50)
        sizes = page.locator(f"#{scene} figure:visible svg text").evaluate_all(
            "texts => texts.filter(t => t.textContent.trim()).map(t => t.getBoundingClientRect().height)"
        )
        assert min(sizes) >= 14  # the height of the line
        assert page.evaluate(SMALLEST_LETTERS) >= 15


def test_every_control_of_the_first_scene_moves_it(page):
    for number in range(1, 11):
        chosen = page.locator(f"input[name=touchpoint-{number}]:checked").get_attribute("value")
        other = "1" if chosen != "1" else "-1"
        moved(page, SCENES[0], page.locator(f"input[name=touchpoint-{number}][value='{other}']").check)
    moved(page, SCENES[0], lambda: page.locator("#crash_weight").press("End"))
    assert page.locator("#crash_weight").get_attribute("aria-valuetext") == "5"
    moved(page, SCENES[0], lambda: page.locator("#ten_touchpoints button").click())


def test_the_first_scene_says_the_worked_example(page, language):
    said = words(page, SCENES[0])
    assert all(number in said for number in ("+1", "−32", "−2.75" if language == "en" else "−2,75"))
    for number in range(1, 11):
        page.locator(f"input[name=touchpoint-{number}][value='1']").check()
    page.wait_for_timeout(80)
    # ten good ones, and an eleventh that fails: 9, 7.75, −2
    said = words(page, SCENES[0])
    assert all(number in said for number in ("+9", "−2", "+7.75" if language == "en" else "+7,75"))
    large = page.locator(f"#figure-ten svg text[font-size='{NUMBER_SIZE}px']").all_text_contents()
    assert large == ["+10", "+9", "+10", "+7.75" if language == "en" else "+7,75", "+10", "−2"]


def test_the_first_scene_says_what_the_served_one_says(page, language):
    from cxlib.workshop.sliders.ten_touchpoints import cushion_words

    for signs in ([1, 1, -1, -1, *[0] * 6], [1, 0, -1, *[0] * 7], [1] * 10):  # halves, quarters, whole numbers
        for number, sign in enumerate(signs, start=1):
            page.locator(f"input[name=touchpoint-{number}][value='{sign}']").check()
        assert words(page, SCENES[0]) == cushion_words(crash_cushion(signs), language=Language(language))


def test_a_room_can_read_the_stress_test_of_many_segments(browser, tmp_path):
    path = tmp_path / "many.html"
    with few_positions():
        path.write_text(takehome_html(many_segments(tmp_path / "many", n_segments=14)), encoding="utf-8")
    with offline_page(browser, path, size=PROJECTOR) as opened:
        page = opened.page
        page.keyboard.press("3")
        page.locator("#capital .show input").nth(1).check()
        page.wait_for_timeout(200)
        heights = page.locator("#figure-stress svg text").evaluate_all(
            "texts => texts.filter(t => t.textContent.trim()).map(t => t.getBoundingClientRect().height)"
        )
        assert len(heights) > 20 and min(heights) >= 11
        assert opened.errors == []


def test_every_control_of_the_second_scene_moves_it(page):
    page.keyboard.press("2")
    for place in range(3):
        key = "ArrowRight" if place == 1 else "ArrowLeft"  # from high, low, high to medium each
        moved(page, "trepunkt", lambda place=place, key=key: page.locator(f"#phase-{place}").press(key))
    # no industry has medium, medium, medium
    assert page.locator("#industry").input_value() == ""
    moved(page, "trepunkt", lambda: page.locator("#industry").select_option("0"))
    assert [page.locator(f"#phase-{place}").input_value() for place in range(3)] == ["2", "2", "1"]
    page.locator("#phase-2").press("ArrowRight")
    page.locator("#phase-1").press("ArrowLeft")
    assert page.locator("#industry").input_value() == "1"  # high, medium, high is e-commerce
    moved(page, "trepunkt", lambda: page.locator("#trepunkt .show input").nth(1).check())
    moved(page, "trepunkt", lambda: page.locator("#segment").select_option("2"))
    moved(page, "trepunkt", lambda: page.locator("#trepunkt button").click())


def test_every_control_of_the_third_scene_moves_it(page):
    page.keyboard.press("3")
    moved(page, "capital", lambda: page.locator("#loss_weight").press("End"))
    moved(page, "capital", lambda: page.locator("#half_life").press("Home"))
    page.locator("#capital .show input").nth(1).check()
    page.wait_for_timeout(80)
    # with a loss weight of 12 one loss leaves nobody a plus, and more take nothing from the picture
    for control, key in (("loss_weight", "Home"), ("losses", "End"), ("gestures", "End"), ("half_life", "End")):
        moved(page, "capital", lambda control=control, key=key: page.locator(f"#{control}").press(key))
    moved(page, "capital", lambda: page.locator("#capital button").click())


def test_the_keyboard_alone_reaches_every_control_and_shows_where_it_is(page):
    for scene in SCENES:
        page.evaluate("name => { document.activeElement.blur(); location.hash = name; }", scene)
        if scene != SCENES[0]:
            page.locator(f"#{scene} .show input").nth(1).check()
        page.evaluate("() => { document.activeElement.blur(); window.getSelection().removeAllRanges(); }")
        wanted = page.locator(f"#{scene}").evaluate(
            """section => [...section.querySelectorAll("input, select, button")].filter(each =>
                each.offsetParent !== null && (each.type !== "radio" || each.checked)).length"""
        )
        reached = set()
        page.locator("nav a").last.focus()
        for _ in range(wanted):
            page.keyboard.press("Tab")
            focus = page.evaluate(
                """() => {
                    const at = document.activeElement;
                    const ring = getComputedStyle(at.type === "radio" && at.nextElementSibling.ariaHidden === "true"
                        ? at.nextElementSibling : at);
                    const name = at.id || at.name || at.ariaLabel || at.type;
                    return [name, ring.outlineStyle, parseFloat(ring.outlineWidth)];
                }"""
            )
            assert focus[1] == "solid" and focus[2] >= 2, focus
            reached.add(focus[0])
        assert len(reached) == wanted


def test_digits_typed_into_a_name_change_no_scene(page):
    page.locator(".touchpoint input[type=text]").first.focus()
    page.keyboard.type("Faktura 3")
    assert page.locator("#ten_touchpoints").is_visible()
    assert page.locator(".touchpoint input[type=text]").first.input_value() == "Faktura 3"


def test_keys_change_the_scene_from_a_list_too_and_names_outlive_the_start(page):
    name = page.locator(".touchpoint input[type=text]").nth(1)
    name.fill("Kassan")
    page.locator("#ten_touchpoints button").click()
    page.wait_for_timeout(60)
    assert name.input_value() == "Kassan"
    page.locator("#ten_touchpoints button").press("2")
    page.locator("#industry").select_option("0")
    page.locator("#industry").press("3")
    page.wait_for_timeout(60)
    assert page.locator("#capital").is_visible() and page.locator("#industry").input_value() == "0"


def test_an_account_that_nothing_moves_is_drawn_without_complaint(page):
    for number in range(1, 11):
        page.locator(f"input[name=touchpoint-{number}][value='0']").check()
    page.wait_for_timeout(120)  # Vega's warnings are held against the page at the end


def test_every_control_has_a_name(page):
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("input, select, button")].filter(each =>
            !(each.ariaLabel || each.textContent.trim() || [...(each.labels ?? [])].some(l => l.textContent.trim())))
            .map(each => each.outerHTML)"""
    )
    assert nameless == []
    assert page.locator(".says[aria-live=polite]").count() == 3
    assert page.locator("figure.chart[aria-label]").count() == 4


def test_a_link_opens_its_scene(page):
    page.evaluate("() => { location.hash = 'capital'; }")
    page.wait_for_timeout(50)
    assert page.locator("#capital").is_visible()
    assert page.locator("nav a[aria-current=page]").get_attribute("href") == "#capital"
    page.evaluate("() => { location.hash = 'nowhere'; }")
    page.wait_for_timeout(50)
    assert page.locator("#ten_touchpoints").is_visible()


def test_turning_a_phone_draws_the_charts_anew_at_the_same_position(page):
    resize(page, NARROW)
    page.locator("#crash_weight").press("End")
    page.wait_for_timeout(80)
    numbers = f"svg text[font-size='{NUMBER_SIZE}px']"
    before = page.locator(f"#figure-ten {numbers}").all_text_contents()
    resize(page, PROJECTOR)
    assert page.locator(f"#figure-ten {numbers}").all_text_contents() == before
    assert json.loads(page.locator("#figure-ten .chart-spec").text_content())["columns"] == 3
