"""The page: what of a notebook it shows, and that no text of the study can do anything in it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import nbformat
import pytest

from cxlib.language import LOCALES
from cxlib.reporting.outputs.page import TEMPLATE, chart_bundle, json_in_html, page_html, texts
from cxlib.reporting.outputs.shown import chart_label

v4 = nbformat.v4
CHART = {"mark": "bar", "title": "Risk zones", "data": {"values": [{"zone": "</script><b>"}]}}
HOSTILE = "</script><script>window.broken=1</script>\u2028"


def notebook(*outputs, tags=(), source="secret_code = 1"):
    cell = v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})
    return v4.new_notebook(cells=[cell])


def shows(**data):
    return v4.new_output("display_data", data={mime.replace("__", "/"): content for mime, content in data.items()})


def chart(spec=CHART, version="v5"):
    return v4.new_output("display_data", data={f"application/vnd.vegalite.{version}+json": spec, "text/plain": "alt"})


def without_style(html):
    return re.sub(r"<style>.*?</style>", "", html, flags=re.S)


class Elements(HTMLParser):
    """Every element with its attributes, and what stands in the scripts."""

    def __init__(self, html):
        super().__init__()
        self.found, self.scripts, self._open = [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self._open = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        if self._open == "script":
            self.scripts[-1] += data

    def attributes(self, tag):
        return [attributes for found, attributes in self.found if found == tag]


def test_code_is_hidden_and_outputs_are_shown():
    html = page_html(notebook(shows(text__html="<p class='finding'>Payment drains.</p>")), title="T")
    assert "<p class='finding'>Payment drains.</p>" in html
    assert "secret_code" not in html


def test_cells_for_the_analyst_are_left_out():
    cells = [
        v4.new_markdown_cell("For the analyst", metadata={"tags": ["analyst"]}),
        v4.new_markdown_cell("For **everybody**"),
        v4.new_code_cell("", outputs=[shows(text__html="hidden")], metadata={"tags": ["remove-output"]}),
        v4.new_raw_cell("raw"),
    ]
    html = without_style(page_html(v4.new_notebook(cells=cells), title="T"))
    assert "For <strong>everybody</strong>" in html
    assert "For the analyst" not in html
    assert "hidden" not in html
    assert "raw" not in html


def test_warnings_on_stderr_are_left_out_and_prints_are_shown():
    outputs = [v4.new_output("stream", name="stderr", text="a warning"), v4.new_output("stream", text="1 < 2")]
    html = page_html(notebook(*outputs), title="T")
    assert "a warning" not in html
    assert "1 &lt; 2" in html


def test_values_for_programs_are_left_out():
    metrics = v4.new_output("display_data", data={"application/vnd.cxlib.metrics+json": {"k": 1}, "text/plain": "{…}"})
    assert "{…}" not in page_html(notebook(metrics), title="T")


@pytest.mark.parametrize("version", ["v5", "v6"])
def test_every_chart_keeps_its_specification_and_the_bundle_comes_once(version):
    html = page_html(notebook(chart(version=version), chart(version=version)), title="T")
    parsed = Elements(html)
    assert [found for found in parsed.attributes("figure") if found["aria-label"] == "Risk zones"] == [
        {"class": "chart", "role": "group", "aria-label": "Risk zones"}
    ] * 2
    specs = [json.loads(script) for script in parsed.scripts if script.startswith("{")]
    assert specs == [CHART, CHART]
    assert html.count(chart_bundle()) == 1
    assert len(html) < len(chart_bundle()) + 40_000


def test_a_page_without_charts_carries_no_script():
    parsed = Elements(page_html(notebook(shows(text__html="<p>Only words</p>")), title="T"))
    assert not parsed.scripts
    assert "script-src 'none'" in parsed.attributes("meta")[1]["content"]


def test_the_page_asks_for_nothing_from_elsewhere():
    html = page_html(notebook(chart()), title="T")
    parsed = Elements(html)
    for attributes in (attributes for _, attributes in parsed.found):
        for name in ("src", "href", "srcset", "action"):
            assert attributes.get(name, "data:,").startswith("data:")
    assert "@import" not in html
    assert "url(" not in (TEMPLATE / "page.css").read_text(encoding="utf-8")
    policy = parsed.attributes("meta")[1]
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy["content"]


def test_title_and_subtitle_are_texts_and_not_html():
    html = page_html(notebook(), title="A <b>", subtitle=f"S & Co {HOSTILE}", language="sv")
    assert "<h1>A &lt;b&gt;</h1>" in html
    assert "S &amp; Co &lt;/script&gt;" in html
    assert "<script>window.broken" not in html
    assert '<html lang="sv">' in html


def test_a_chart_cannot_end_its_script():
    spec = CHART | {"title": HOSTILE, "description": 'a "quoted" <description>'}
    parsed = Elements(page_html(notebook(chart(spec)), title="T"))
    assert len(parsed.attributes("script")) == 3
    assert json.loads(parsed.scripts[1]) == spec
    assert parsed.attributes("figure")[0]["aria-label"] == 'a "quoted" <description>'


UNSEEN = "".join(
    map(chr, [0, 7, 0x1B, 0x7F, 0x9B, 0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
)


def test_the_sections_of_a_long_page_can_be_gone_to_from_its_top():
    headings = ["What changed", "R&amp;D &lt;b&gt;", "What to fix", "What the data could not tell"]
    sections = [shows(text__html=f"<h2>{heading}</h2><p>…</p>") for heading in headings]
    html = page_html(notebook(*sections), title="T")
    found = Elements(html)
    places = [tag["id"] for tag in found.attributes("h2")]
    assert places == ["section-1", "section-2", "section-3", "section-4"]
    assert [tag["href"] for tag in found.attributes("a")] == [f"#{place}" for place in places]
    assert re.findall(r'<li><a href="[^"]*">(.*?)</a></li>', html) == headings
    assert not Elements(page_html(notebook(*sections[:3]), title="T")).attributes("a")


def test_letters_that_nobody_sees_do_not_reach_the_page():
    name = f"gES{UNSEEN} 1\tÅ\u00a0−"
    spec = CHART | {"title": name, "data": {"values": [{name: name}]}}
    outputs = [
        chart(spec),
        shows(text__html=f"<p>{name}</p>"),
        shows(text__markdown=name),
        shows(text__plain=name),
        v4.new_output("stream", text=name),
    ]
    given = notebook(*outputs)
    given.cells.append(v4.new_markdown_cell(name))
    html = page_html(given, title=name, subtitle=name).replace(chart_bundle(), "")
    assert not set(html) & set(UNSEEN)
    assert "\\u202e" not in html and "\\u001b" not in html
    assert html.count("gES 1\tÅ\u00a0−") + html.count("gES 1\\tÅ\u00a0−") >= 11


@pytest.mark.parametrize("mime", ["text/html", "text/markdown"])
def test_no_output_can_send_the_reader_elsewhere(mime):
    refresh = "<p>x</p><META\nhttp-equiv=refresh content='0;url=https://example.org/'><\x00meta http-equiv=refresh>"
    output = v4.new_output("display_data", data={mime: refresh})
    parsed = Elements(page_html(notebook(output), title="T"))
    assert [attributes.get("http-equiv") for attributes in parsed.attributes("meta")] == [
        None,
        "Content-Security-Policy",
        None,
        None,
    ]


def test_json_in_html_is_the_same_json():
    value = {"comment": HOSTILE + "\u2029<!--", "n": [1, None, 2.5]}
    text = json_in_html(value)
    assert json.loads(text) == value
    assert not set(text) & {"<", "\u2028", "\u2029"}


@pytest.mark.parametrize(
    ("spec", "label"),
    [
        ({"description": "What it shows", "title": "T"}, "What it shows"),
        ({"title": "T"}, "T"),
        ({"title": {"text": ["Two", "lines"], "subtitle": "S"}}, "Two lines"),
        ({"vconcat": [{"mark": "bar"}, {"layer": [{"title": "Deep"}]}]}, "Deep"),
        ({"mark": "bar"}, ""),
    ],
)
def test_a_chart_is_labelled_by_its_description_or_title(spec, label):
    assert chart_label(spec) == label


@pytest.mark.parametrize("code", LOCALES)
def test_the_page_speaks_every_language_that_reports_speak(code):
    assert all(texts(code).values())


def test_the_same_notebook_gives_the_same_page_and_stays_as_it_is():
    given = notebook(chart(), shows(text__html="<p>x</p>"))
    before = nbformat.writes(given)
    assert page_html(given, title="T") == page_html(given, title="T")
    assert nbformat.writes(given) == before


def test_every_class_that_the_style_promises_is_set():
    style = (TEMPLATE / "page.css").read_text(encoding="utf-8")
    promised, _, rules = style.partition("*/")
    for name in re.findall(r'class="([a-z -]+)"', promised):
        for part in name.split():
            assert f".{part}" in rules, part
