"""The workshop as a room sees it: three scenes without code, moved by mouse and keyboard, offline, a kernel each."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cxlib.workshop.server.scripts import SETTLED_SECONDS
from tests.workshop_server import served_workshop

pytest.importorskip("voila", reason="Voila is not installed (the extra workshop)")
pytestmark = pytest.mark.browser

PROJECTOR = (1280, 720)
PHONE = (390, 844)
PATIENCE_MS = 30_000
STARTS_WITHIN_MS = 90_000
"""A busy machine has others to serve while a kernel starts."""

SCRIPT = re.compile(r"/scripts/\w+\.js$|/static/[\w.-]+\.js(\?v=\w+)?$")
SCREENSHOTS = Path(__file__).parents[1] / "output"
SCENES = ("ten_touchpoints", "trepunkt", "capital")
DRAWN = """place => {
    const scene = document.querySelectorAll(".cxlib-scene")[place];
    return Boolean(scene?.offsetParent !== null && scene?.querySelector(".vega-embed svg .mark-group path"));
}"""
PICTURE = """() => [...document.querySelectorAll(".cxlib-picture .vega-embed svg")]
    .filter(svg => svg.getClientRects().length)
    .map(svg => [...svg.querySelectorAll("path[transform], path[d], text")]
        .map(mark => [mark.getAttribute("transform"), mark.getAttribute("d"), mark.textContent].join(" ")).join("|"))
    .join("||")"""
SHOWN = ".cxlib-picture svg.marks:visible"
BOXES = """texts => texts.filter(text => text.textContent.trim()).map(text => text.getBoundingClientRect())
    .map(box => [box.right, box.height])"""
BEGIN_AND_COUNT = """() => {
    document.body.tabIndex = -1;
    document.body.focus();
    window.scrollTo(0, 0);
    const all = document.querySelectorAll(".cxlib-workshop :is(button, input, select, [role=slider], [tabindex='0'])");
    return [...all].filter(one => one.getClientRects().length).length;
}"""
FOCUSED = """() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    const name = [one.ariaLabel, one.labels?.[0]?.textContent, one.innerText, one.title, one.placeholder]
        .map(text => (text ?? "").trim()).find(text => text) ?? "";
    return {name, outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, tag: one.tagName};
}"""


class Room:
    """The page, and everything that it asked for or complained of."""

    def __init__(self, browser, link: str, size: tuple[int, int]) -> None:
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.page = self.context.new_page()
        self.page.set_default_timeout(STARTS_WITHIN_MS)
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.page.route("**/*", self._refuse_others)
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.scripts: list[str] = []
        self.page.on("request", self._note_script)
        self.sent: list[str] = []
        self.page.on("websocket", lambda way: way.on("framesent", self._note))
        self.page.goto(link)
        self.page.wait_for_selector("html[data-scene=ready]", state="attached")
        self.page.wait_for_function(DRAWN, arg=0)
        self.page.set_default_timeout(PATIENCE_MS)

    def _refuse_others(self, route) -> None:
        address = route.request.url
        if urlsplit(address).hostname == "127.0.0.1" or address.startswith(("data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(address)
            route.abort()

    def _note_script(self, asked) -> None:
        if SCRIPT.search(asked.url):
            self.scripts.append(asked.url)
            self.last_script = time.monotonic()

    def _note(self, frame: str | bytes) -> None:
        text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
        self.sent += re.findall(r'"method": ?"(request_states?)"', text)

    def look_at(self, scene: str) -> None:
        self.button(f"{SCENES.index(scene) + 1}.").click()
        self.shows(scene)

    def shows(self, scene: str) -> None:
        """Wait until this scene is shown."""
        self.page.locator(".cxlib-scenes button.mod-active", has_text=f"{SCENES.index(scene) + 1}.").wait_for()
        self.page.wait_for_function(
            "place => [...document.querySelectorAll('.cxlib-scene')].filter(one => one.offsetParent).length === 1"
        )
        self.page.wait_for_function(
            """() => [...document.querySelectorAll(".cxlib-picture .vega-embed svg .mark-group path")]
                .some(mark => mark.getClientRects().length)"""
        )
        self.settle()

    def button(self, text: str, *, nth: int = 0):
        return self.page.locator("button:visible", has_text=text).nth(nth)

    def slider(self, name: str, *, nth: int = 0):
        return self.page.get_by_role("slider", name=name, exact=True).nth(nth)

    def picture(self) -> str:
        return self.page.evaluate(PICTURE)

    def words(self) -> str:
        return self.page.locator(".cxlib-said:visible").inner_text()

    def settle(self) -> str:
        """The picture, once it stands still."""
        before = None
        for _ in range(100):
            now = self.picture()
            if now and now == before:
                return now
            before = now
            self.page.wait_for_timeout(250)
        raise AssertionError("the picture does not come to rest")

    def changes(self, act) -> str:
        """Do something, and wait until the picture is another and stands still; gives what is said then."""
        before = self.settle()
        act()
        self.page.wait_for_function(f"before => ({PICTURE})() !== before", arg=before)
        self.settle()
        return self.words()

    def save(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"workshop_{name}.png")

    def overflow(self) -> int:
        return self.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")


@pytest.fixture(scope="module", params=["en", "sv"])
def served(request, tmp_path_factory):
    with served_workshop(tmp_path_factory.mktemp("stage"), "--language", request.param) as workshop:
        workshop.kernels()
        yield request.param, workshop


@pytest.fixture(scope="module")
def room(served, browser):
    """One visitor, on a projector."""
    _, workshop = served
    visitor = Room(browser, workshop.link, PROJECTOR)
    yield visitor
    visitor.context.close()


@pytest.fixture(autouse=True)
def nothing_complained_of(room):
    yield
    assert room.errors == []
    assert room.outside == []


def test_ten_touchpoints_are_clicked_and_the_eleventh_fails(served, room):
    language, _ = served
    room.look_at("ten_touchpoints")
    assert "token" not in room.page.url
    assert room.page.evaluate("document.documentElement.lang") == language
    room.save(f"{language}_ten_touchpoints")
    minus = {"en": "−2.75", "sv": "−2,75"}[language]
    assert minus in room.words()
    said = room.changes(room.page.locator(".cxlib-signs").nth(3).get_by_role("button").first.click)
    assert minus not in said
    crash = {"en": "Weight of the eleventh, which fails", "sv": "Vikten på den elfte, som går fel"}[language]
    room.changes(lambda: room.slider(crash).press("End"))
    room.changes(room.button({"en": "All as expected", "sv": "Alla som väntat"}[language]).click)
    said = room.changes(room.button({"en": "Back to the start", "sv": "Tillbaka till start"}[language]).click)
    assert minus in said


def test_trepunkt_moves_with_industry_and_ratings_then_shows_the_study(served, room):
    language, _ = served
    room.look_at("trepunkt")
    room.save(f"{language}_trepunkt")
    industry = room.page.get_by_role("combobox", name={"en": "Industry", "sv": "Bransch"}[language])
    said = room.changes(lambda: industry.select_option(label={"en": "Restaurant", "sv": "Restaurang"}[language]))
    assert re.search(r"38\s?%", said)
    industry.press("1")
    room.page.locator(".cxlib-signs").first.wait_for()
    room.look_at("trepunkt")
    for phase in {"en": ("Purchase", "Consumption", "Payment"), "sv": ("Köp", "Konsumtion", "Betalning")}[language]:
        room.changes(lambda phase=phase: room.slider(phase).press("ArrowLeft"))
    own = {"en": "What our customers", "sv": "Vad våra kunders"}[language]
    said = room.changes(room.button(own).click)
    assert re.search(r"9\s?,?034", said)
    room.save(f"{language}_trepunkt_customers")
    segment = room.page.get_by_role("combobox", name="Segment").locator("visible=true")
    room.changes(lambda: segment.first.select_option(index=1))
    # no months to move: two ranges would tell of the months between them (decision 0028)
    assert room.page.get_by_role("slider").count() == 3


def test_capital_moves_with_every_rule_and_the_stress_test_with_every_control(served, room):
    language, _ = served
    room.look_at("capital")
    room.save(f"{language}_capital")
    names = {
        "en": ("One bad experience weighs", "Weight once resolved", "Half of an experience is forgotten", "Spiral",
               "Neutral band", "Required capital"),
        "sv": ("En dålig upplevelse väger", "Vikt när den är löst", "En upplevelse är till hälften glömd", "Ond cirkel",
               "Neutralt band", "Krav på kapital"),
    }[language]  # fmt: skip
    assert room.slider(names[0]).get_attribute("aria-valuetext") == {"en": "2.25", "sv": "2,25"}[language]
    for name in names:
        room.changes(lambda name=name: room.slider(name).press("PageUp"))
    room.changes(room.button("Normann").click)
    room.changes(room.button({"en": "Back to the start", "sv": "Tillbaka till start"}[language]).click)
    room.changes(room.button({"en": "If something goes wrong", "sv": "Om något går fel"}[language]).click)
    room.save(f"{language}_stress")
    for name in {"en": ("For every customer", "Recovery gestures, a week later"),
                 "sv": ("För varje kund", "Gottgörelser, en vecka senare")}[language]:  # fmt: skip
        room.changes(lambda name=name: room.slider(name).press("ArrowRight"))
    incident = room.page.get_by_role("combobox", name={"en": "What goes wrong", "sv": "Vad som går fel"}[language])
    said = room.words()
    incident.select_option(index=0)  # of the same weight: another touchpoint, the same picture
    room.page.wait_for_function(
        "said => ![...document.querySelectorAll('.cxlib-said')].some(one => one.innerText === said)", arg=said
    )
    room.changes(lambda: room.slider(names[0]).press("PageUp"))
    assert not re.search(r"\b[CKck]-?\d{3,}\b", room.page.locator("body").inner_text())  # nobody's id


def test_by_keyboard_alone_every_control_is_reached_named_and_seen(served, room):
    language, _ = served
    for key, scene in enumerate(SCENES, start=1):
        room.page.evaluate("document.activeElement.blur()")
        room.page.keyboard.press(str(key))
        room.shows(scene)
        wanted = room.page.evaluate(BEGIN_AND_COUNT)
        seen = []
        for _ in range(60):
            room.page.keyboard.press("Tab")
            focused = room.page.evaluate(FOCUSED)
            if focused["tag"] == "BODY":
                break
            assert focused["name"], f"{scene}: a control without a name after {seen[-1:]}"
            assert focused["outline"], f"{scene}: no visible focus on {focused['name']}"
            seen.append(focused["name"])
        # chooser; rows of a name and three buttons, weight, two buttons; whose, industry, rows of a slider and three
        # buttons, reset; what, presets, sliders and a box to tick, segment, reset
        expected = {"ten_touchpoints": 3 + 10 * 4 + 3, "trepunkt": 3 + 2 + 1 + 3 * 4 + 1, "capital": 3 + 2 + 3 + 8 + 2}
        assert len(seen) == wanted >= expected[scene], seen  # more where the tests before left more shown
        if scene == "ten_touchpoints":
            good = {"en": "Touchpoint 1: + better than expected", "sv": "Beröringspunkt 1: + bättre än väntat"}
            assert good[language] in seen
    room.page.locator("input[type=checkbox]:visible").first.focus()
    room.page.keyboard.press("1")
    room.shows("ten_touchpoints")
    room.page.locator("input[type=text]:visible").first.press("3")  # a name with a number in it
    room.page.wait_for_timeout(300)
    room.shows("ten_touchpoints")


def test_a_page_asks_for_all_its_widgets_in_one_message(room):
    assert room.sent == ["request_states"]


@pytest.mark.parametrize("served", ["en"], indirect=True)
def test_the_second_page_gets_in_one_file_what_the_first_asked_for_one_by_one(served, room, browser):
    _, workshop = served
    assert len(room.scripts) > 50
    room.page.wait_for_timeout(1000 * max(0, room.last_script + SETTLED_SECONDS + 2 - time.monotonic()))
    second = Room(browser, workshop.link, PROJECTOR)
    try:
        # besides what begins, and what each of three extensions brings along
        names = [urlsplit(script).path.split("/")[-1].split(".")[0] for script in second.scripts]
        packs = [urlsplit(script).path.split("/")[-1][:-3] for script in second.scripts if "/scripts/" in script]
        assert sorted(names) == sorted([*packs, "voila-style", "voila", *["remoteEntry"] * 3])
        assert len(packs) == 1
        assert second.errors == [] and second.outside == []
        second.page.close(run_before_unload=True)
        workshop.wait_for_kernels(1, seconds=30)
    finally:
        second.context.close()


def test_a_page_waits_for_a_widget_that_comes_late(room):
    came = room.page.evaluate(
        """async () => {
            const widgets = window.jupyterapp.widgetManager;
            const asked = widgets.get_model("late");
            await new Promise((wait) => setTimeout(wait, 2500));  // ipywidgets itself gives up after two seconds
            widgets.register_model("late", Promise.resolve({once() {}, comm_live: false}));
            return Boolean(await asked);
        }"""
    )
    assert came
    assert room.page.evaluate(
        """async () => {
            const signal = AbortSignal.timeout(1);
            await new Promise((wait) => setTimeout(wait, 100));
            return !signal.aborted;
        }"""
    )


@pytest.mark.parametrize("served", ["en"], indirect=True)
def test_of_twelve_who_come_at_once_each_gets_the_scene_and_a_kernel(served, room, browser):
    _, workshop = served
    context = browser.new_context(viewport={"width": PROJECTOR[0], "height": PROJECTOR[1]})
    try:
        pages = [context.new_page() for _ in range(11)]
        for page in pages:  # not waited for: the next one comes at the same time
            page.evaluate("link => { setTimeout(() => { location.href = link; }, 100); }", workshop.link)
        for page in pages:
            page.set_default_timeout(STARTS_WITHIN_MS)
            page.wait_for_selector("html[data-scene=ready]", state="attached")
            page.wait_for_function(DRAWN, arg=0)
        assert len(workshop.kernels()) == 12
        for page in pages:
            page.close(run_before_unload=True)
        workshop.wait_for_kernels(1, seconds=60)
    finally:
        context.close()


def test_all_scenes_are_within_a_projector(served, room):
    for scene in SCENES:
        room.look_at(scene)
        assert room.overflow() <= 0, scene
        bottom = room.page.locator(".cxlib-picture svg.marks:visible").evaluate(
            "svg => svg.getBoundingClientRect().bottom"
        )
        assert bottom <= PROJECTOR[1], scene


def test_a_phone_has_readable_pictures_and_gives_its_kernel_back(served, room, browser):
    language, workshop = served
    phone = Room(browser, workshop.link, PHONE)
    try:
        for scene in SCENES:
            phone.look_at(scene)
            assert phone.overflow() <= 0, scene
            texts = phone.page.locator(f"{SHOWN} text").evaluate_all(BOXES)
            assert max(right for right, _ in texts) <= PHONE[0], scene
            assert min(height for _, height in texts) >= 8, scene  # of the line
            SCREENSHOTS.mkdir(exist_ok=True)
            phone.page.screenshot(path=SCREENSHOTS / f"workshop_{language}_{scene}_phone.png", full_page=True)
        assert phone.errors == [] and phone.outside == []
        workshop.wait_for_kernels(2, seconds=10)
        phone.page.close(run_before_unload=True)
        workshop.wait_for_kernels(1, seconds=30)
    finally:
        phone.context.close()


def test_a_lost_server_is_told(served, room):
    """The last test of this server."""
    _, workshop = served
    workshop.end()
    room.page.wait_for_selector("#ended:not([hidden])")
    room.errors.clear()  # the browser itself complains of the refused connection
