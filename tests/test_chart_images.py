"""Charts as pictures: the same everywhere, and nothing fetched for them."""

from __future__ import annotations

import copy
import re

import pytest

from cxlib.reporting.outputs import chart_images
from cxlib.reporting.outputs.chart_images import FONTS, ChartNotDrawnError, chart_pngs, chart_svg

DATA = {"values": [{"zone": "</svg><script>", "n": 3, "address": "https://example.org/"}]}
BARS = {"data": DATA, "mark": "bar", "encoding": {"x": {"field": "n"}, "y": {"field": "zone"}}}


def test_a_chart_is_drawn_in_the_font_that_comes_with_the_package():
    given = BARS | {"config": {"font": "Some Font That Is Elsewhere", "background": "#fedcba"}}
    before = copy.deepcopy(given)
    svg = chart_svg(given)
    assert set(re.findall(r'font-family="([^"]*)"', svg)) == {"Cxlib Sans"}
    assert "#fedcba" in svg
    assert given == before
    assert {path.suffix for path in FONTS.iterdir()} == {".ttf", ".txt"}


def test_texts_of_the_data_stay_texts():
    svg = chart_svg(BARS)
    assert "&lt;/svg&gt;&lt;script&gt;" in svg
    assert "<script" not in svg


def test_a_chart_is_drawn_with_its_sliders_at_the_start():
    spec = {
        "params": [{"name": "weight", "value": 2.25, "bind": {"input": "range", "min": 1, "max": 12}}],
        "data": {"values": [{}]},
        "mark": "text",
        "encoding": {"text": {"value": {"expr": "'at ' + weight"}}},
    }
    assert ">at 2.25<" in chart_svg(spec)


def test_a_wide_text_takes_its_room():
    """The font is measured, not guessed: the frame grows with the letters of the longest name."""
    widths = [
        float(re.search(r'width="([\d.]+)"', chart_svg(BARS | {"data": {"values": [{"zone": name, "n": 1}]}}))[1])
        for name in ("iiiiiiiiii", "WWWWWWWWWW")
    ]
    assert widths[1] - widths[0] > 50


@pytest.mark.parametrize("address", ["https://example.org/data.csv", "data.csv", "/etc/hostname"])
def test_data_that_lie_elsewhere_are_not_fetched(address):
    with pytest.raises(
        ChartNotDrawnError, match=r"a chart could not be drawn: .* data url not allowed|conversion failed"
    ):
        chart_svg({"data": {"url": address}, "mark": "bar"})


def test_a_file_of_this_machine_is_not_read(tmp_path):
    (tmp_path / "data.csv").write_text("name\nconfidential\n")
    spec = {"data": {"url": f"file://{tmp_path}/data.csv"}, "mark": "text", "encoding": {"text": {"field": "name"}}}
    assert "confidential" not in chart_svg(spec)


def test_a_chart_holds_no_link_and_no_picture_from_elsewhere():
    picture = {"mark": {"type": "image", "url": "https://example.org/pixel.png"}}
    linked = {"mark": "point", "encoding": {"href": {"field": "address"}, "x": {"field": "n"}}}
    svg = chart_svg({"data": DATA, "layer": [picture, linked]})
    assert "<image" in svg and "<a>" in svg
    assert "href" not in svg


def test_a_chart_that_makes_no_sense_is_an_error_that_says_why():
    with pytest.raises(ChartNotDrawnError, match=r"could not be drawn: .*Expression parse error: \]\["):
        chart_svg(BARS | {"params": [{"name": "a", "expr": "]["}]})


def test_a_png_is_the_svg_in_pixels():
    svg = chart_svg(BARS)
    width, height = (float(re.search(rf'{name}="([\d.]+)"', svg)[1]) for name in ("width", "height"))
    png, *others = chart_pngs([BARS, BARS | {"title": "Another"}], scale=2)
    assert len(others) == 1 and others[0] != png and chart_pngs([]) == []
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20]) == pytest.approx(2 * width, abs=2)
    assert int.from_bytes(png[20:24]) == pytest.approx(2 * height, abs=2)


def test_a_chart_that_cannot_be_drawn_leaves_the_others_theirs():
    first, broken, last = chart_pngs([BARS, BARS | {"params": [{"name": "a", "expr": "]["}]}, BARS])
    assert broken is None and first == last == chart_pngs([BARS])[0]


def test_an_svg_that_typst_refuses_leaves_the_others_theirs(monkeypatch):
    drawn = iter(["<svg>", chart_svg(BARS)])
    monkeypatch.setattr(chart_images, "chart_svg", lambda spec: next(drawn))
    broken, png = chart_pngs([{}, {}])
    assert broken is None and png.startswith(b"\x89PNG")


def test_letters_that_no_svg_may_hold_do_not_end_the_process():
    svg = chart_svg(BARS | {"title": "a\ufffeb\uffffc\ud800d\x00e\x1bf\x0bg\U0001f600h"})
    assert "a\ufffdb\ufffdc\ufffddefg\U0001f600h" in svg
