"""The document of a notebook: what the page shows, as blocks, with nothing lost and nothing that acts."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from cxlib.language import Language
from cxlib.reporting.outputs.blocks import (
    ChartBlock,
    Heading,
    ImageBlock,
    KeyFigures,
    ListBlock,
    ListItem,
    Paragraph,
    Plain,
    Run,
    Section,
    TableBlock,
    Tile,
)
from cxlib.reporting.outputs.document import document, drawn_at
from cxlib.reporting.outputs.markup import SectionStart, read_markup

v4 = nbformat.v4
TEMPLATES = Path(__file__).parents[1] / "cxlib" / "findings" / "templates"


def notebook(*outputs):
    return v4.new_notebook(cells=[v4.new_code_cell("secret_code = 1", outputs=list(outputs))])


def shows(mime, content):
    return v4.new_output("display_data", data={mime: content})


def html_of(html):
    return document(notebook(shows("text/html", html)))


def words_of(block) -> str:
    """Every text of a block."""
    return re.sub(r"\s+", " ", " ".join(re.findall(r"'((?:[^'\\]|\\.)*)'", repr(block))))


# the smallest PNG: one grey pixel
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)


def paragraph(text, kind="plain"):
    return Paragraph(runs=(Run(text),), kind=kind)


def test_a_section_begins_at_every_heading_and_holds_what_follows():
    spec = {"mark": "bar", "title": "Zones"}
    found = document(
        notebook(
            shows("text/html", "<p>Before</p><h2>First &amp; foremost</h2><p class='lead'>Lead</p>"),
            shows("application/vnd.vegalite.v5+json", spec),
            shows("text/html", "<h3>Below</h3><p class='note'>Small</p><h2>Second</h2>"),
        )
    )
    assert found == (
        Section(heading="", blocks=(paragraph("Before"),)),
        Section(
            heading="First & foremost",
            blocks=(
                paragraph("Lead", "lead"),
                ChartBlock(spec=spec, label="Zones"),
                Heading(text="Below", level=3),
                paragraph("Small", "note"),
            ),
        ),
        Section(heading="Second", blocks=()),
    )


def test_the_same_is_shown_as_on_the_page():
    cells = [
        v4.new_markdown_cell("For *readers*"),
        v4.new_markdown_cell("For the analyst", metadata={"tags": ["analyst"]}),
        v4.new_code_cell(
            "secret_code = 1",
            outputs=[
                v4.new_output("stream", name="stdout", text="printed\n  as it is\n"),
                v4.new_output("stream", name="stderr", text="a warning"),
                v4.new_output("display_data", data={"application/json": {"for": "programs"}, "text/plain": "{…}"}),
                v4.new_output("display_data", data={"text/plain": "A value\u202e"}),
            ],
        ),
    ]
    assert document(v4.new_notebook(cells=cells)) == (
        Section(
            heading="",
            blocks=(
                Paragraph(runs=(Run("For "), Run("readers", emphasis=True))),
                Plain(text="printed\n  as it is"),
                Plain(text="A value"),
            ),
        ),
    )


def test_markdown_is_read_as_the_page_reads_it():
    source = "# Title\n\nText with **bold**, `code` and a [link](https://example.org).\n\n- one\n- two\n"
    source += "\n| a | b |\n|---|---|\n| x | 1 |\n"
    (section,) = document(v4.new_notebook(cells=[v4.new_markdown_cell(source)]))
    assert section == Section(
        heading="Title",
        blocks=(
            Paragraph(
                runs=(
                    Run("Text with "),
                    Run("bold", bold=True),
                    Run(", "),
                    Run("code", code=True),
                    Run(" and a link."),
                )
            ),
            ListBlock(items=(ListItem(runs=(Run("one"),)), ListItem(runs=(Run("two"),)))),
            TableBlock(columns=("a", "b"), rows=(("x", "1"),), numbers=(False, True)),
        ),
    )


def test_the_headline_of_the_findings_is_read_whole():
    template = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template("headline.html.j2")
    tile = {
        "label": "At risk",
        "value": "16 %",
        "change": "▲ 3",
        "direction": "worse",
        "interval": "15–18",
        "is_alarm": True,
    }
    html = template.render(
        heading="What changed",
        lead="L",
        cautions=["C"],
        tiles=[tile, tile | {"is_alarm": False}],
        sentences=["S"],
        note="N",
    )
    first = Tile(label="At risk", value="16 %", change="▲ 3", direction="worse", interval="15–18", is_alarm=True)
    second = Tile(label="At risk", value="16 %", change="▲ 3", direction="worse", interval="15–18", is_alarm=False)
    assert html_of(html) == (
        Section(
            heading="What changed",
            blocks=(
                paragraph("L", "lead"),
                paragraph("C", "finding"),
                KeyFigures(tiles=(first, second)),
                paragraph("S", "finding"),
                paragraph("N", "note"),
            ),
        ),
    )


def test_the_limits_are_a_section_of_their_own():
    html = "<p>A</p><div class='limits'><h2>Limits</h2><ul><li>One</li></ul></div><p>B</p>"
    assert html_of(html) == (
        Section(heading="", blocks=(paragraph("A"),)),
        Section(heading="Limits", blocks=(ListBlock(items=(ListItem(runs=(Run("One"),)),)),), kind="limits"),
        Section(heading="", blocks=(paragraph("B"),)),
    )


def test_lists_keep_their_order_their_numbers_and_what_is_in_them():
    html = (
        "<ol class='actions' start='3'><li><strong>Invoice.</strong> Mend it<ul><li>now<li>then</ul>after</li>"
        "<li><p>One</p><p>Two</p></li></ol>"
    )
    (block,) = read_markup(html)
    assert block == ListBlock(
        kind="actions",
        items=(
            ListItem(runs=(Run("Invoice.", bold=True), Run(" Mend it")), number=3),
            ListItem(runs=(Run("now"),), level=1),
            ListItem(runs=(Run("then"),), level=1),
            ListItem(runs=(Run("after"),)),
            ListItem(runs=(Run("One\nTwo"),), number=4),
        ),
    )


def test_a_table_within_a_list_stands_between_its_items():
    found = read_markup("<ol><li>a<table><tr><td>t</td></tr></table></li><li>b</li></ol>")
    assert [type(block) for block in found] == [ListBlock, TableBlock, ListBlock]
    assert found[2].items[0].number == 2


def test_a_table_has_its_caption_headings_numbers_and_line_breaks():
    html = (
        "<div class='wide'><table class='canvas'><caption>The <b>canvas</b></caption><thead><tr><th>Step</th>"
        "<th class='number'>Emotion</th><th>Barriers</th></tr></thead><tbody>"
        "<tr><th scope='row'>Sign</th><td class='number'>+1</td><td>• a<br>• b</td></tr></tbody></table></div>"
    )
    assert read_markup(html) == [
        TableBlock(
            columns=("Step", "Emotion", "Barriers"),
            rows=(("Sign", "+1", "• a\n• b"),),
            numbers=(False, True, False),
            caption="The canvas",
            n_heading_columns=1,
        )
    ]


def test_a_table_of_pandas_is_rectangular_and_its_numbers_are_found():
    import pandas as pd

    frame = pd.DataFrame(
        {("n", "all"): [1200, 3], ("n", "open"): [-1.5, float("nan")], ("who", ""): ["a<b", "2 x"]}, index=["x", "y"]
    )
    (table,) = read_markup(frame.to_html(notebook=True))
    assert table == TableBlock(
        columns=("", "n\nall", "open", "who"),
        rows=(("x", "1200", "-1.5", "a<b"), ("y", "3", "NaN", "2 x")),
        numbers=(False, True, True, False),
        n_heading_columns=1,
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("<tr><td colspan=2>a</td><td>b</td></tr><tr><td>c</td></tr>", (("a", "", "b"), ("c", "", ""))),
        ("<tr><td rowspan=2>a</td><td>b</td></tr><tr><td>c</td></tr>", (("a", "b"), ("", "c"))),
        ("<tr><td>a<td>b<tr><td>c", (("a", "b"), ("c", ""))),
        ("<tr><td>a<table><tr><td>in</td><td>side</td></tr></table></td></tr>", (("a\nin side",),)),
        ("<tr><td colspan=-4>a</td><td rowspan=x>b</td></tr>", (("a", "b"),)),
    ],
)
def test_odd_tables_are_made_rectangular(rows, expected):
    (table,) = read_markup(f"<table>{rows}</table>")
    assert table.rows == expected


def test_a_cell_cannot_span_a_million_columns():
    (table,) = read_markup("<table><tr><td colspan=1000000>a</td></tr></table>")
    assert len(table.columns) == 100


def test_what_stands_in_a_table_outside_its_cells_is_kept():
    found = read_markup("<table>stray<tr><td>a</td></tr></table>")
    assert found[0] == paragraph("stray")


def test_texts_of_unknown_elements_and_between_tiles_are_kept():
    html = "<x-thing>A <blink>b</blink></x-thing><svg><text>c</text></svg>"
    html += "<div class='key-figures'>d<div class='figure'>e<i>f</i></div></div>"
    assert read_markup(html) == [paragraph("A bc"), paragraph("d"), KeyFigures(tiles=(Tile(label="ef"),))]


@pytest.mark.parametrize(
    "html",
    [
        "<script>bad()</script>",
        "<style>.bad {}</style>",
        "<template>bad</template>",
        "<p hidden>bad</p>",
        "<p style='color: red; display:none'>bad</p>",
        "<!-- bad -->",
        "<iframe src='https://bad'>bad</iframe>",
        "<svg><title>bad</title><style>bad</style></svg>",
        "<meta http-equiv='refresh' content='0; url=https://bad'>",
        "<a href='https://bad' onclick='bad()'></a>",
        "<img src='https://bad' onerror='bad()'>",
        "<input value='bad'>",
        "<h2><a class='anchor-link' href='#bad'>¶ bad</a></h2>",
        "<div class='key-figures'><script>bad</script></div>",
        "<table><tr><td><script>bad</script></td></tr></table>",
        "<pre><script>bad</script></pre>",
    ],
)
def test_what_acts_and_what_is_not_seen_contributes_nothing(html):
    assert "bad" not in words_of(html_of(f"<p>good</p>{html}"))


def test_texts_that_look_like_markup_stay_texts():
    (block,) = read_markup("<p>&lt;script&gt; #let x = $1$ \\ *a* _b_</p>")
    assert block == paragraph("<script> #let x = $1$ \\ *a* _b_")


def test_pictures_are_those_in_the_notebook_or_their_alternative_text():
    png = base64.b64encode(PIXEL).decode()
    found = document(
        notebook(
            shows("image/png", png[:8] + "\n" + png[8:] + "\n"),
            shows("image/png", "no picture!"),
            shows("text/html", f"<img alt='Own' src='data:image/png;base64,{png}'><img alt='Other' src='https://x'>"),
        )
    )
    assert found[0].blocks == (
        ImageBlock(content=PIXEL, mime="image/png"),
        paragraph("This picture could not be shown.", kind="note"),
        ImageBlock(content=PIXEL, mime="image/png", label="Own"),
        paragraph("Other"),
    )


def test_spaces_are_those_that_a_page_shows():
    assert read_markup("<p> a \n\n b<br> c <b> d</b>\u00a0e <br></p>\n text") == [
        Paragraph(runs=(Run("a b\nc "), Run("d", bold=True), Run("\u00a0e"))),
        paragraph("text"),
    ]


def test_no_nesting_is_too_deep():
    deep = 3000
    html = "<div><b>" * deep + "deep" + "<table><tr><td>" * 400 + "cell"
    found = read_markup(html)
    assert found[0] == Paragraph(runs=(Run("deep", bold=True),))
    assert found[1].rows == (("cell",),)


def test_markup_that_the_parser_refuses_is_text():
    assert words_of(read_markup("a <![x b")).startswith("a ")


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_html_is_too_odd(text):
    assert all(block is not None for block in read_markup(text))
    assert all(block is not None for block in read_markup(f"<table><tr>{text}"))


@given(
    st.recursive(
        st.text("abc", min_size=1, max_size=3),
        lambda inner: st.tuples(
            st.sampled_from(
                ["p", "div", "b", "ul", "ol", "li", "table", "tr", "td", "th", "x-y", "span", "h2", "h3", "pre"]
            ),
            st.lists(inner, max_size=3),
        ),
        max_leaves=12,
    )
)
def test_every_letter_that_is_seen_comes_through_once(tree):
    def html(node):
        return node if isinstance(node, str) else f"<{node[0]}>{''.join(map(html, node[1]))}</{node[0]}>"

    def letters(node):
        return node if isinstance(node, str) else "".join(map(letters, node[1]))

    def texts(block):
        if isinstance(block, SectionStart):
            return block.heading
        if isinstance(block, Heading | Plain | Paragraph):
            return block.text
        if isinstance(block, ListBlock):
            return "".join(item.text for item in block.items)
        return block.caption + "".join(block.columns) + "".join(map("".join, block.rows))

    found = "".join(map(texts, read_markup(html(tree))))
    assert sorted(re.sub(r"\s", "", found)) == sorted(letters(tree))


def test_a_chart_says_where_its_sliders_stand():
    spec = {
        "vconcat": [
            {
                "params": [{"name": "p", "value": 3, "bind": {"input": "range", "name": "Purchase, rating:"}}],
                "mark": "bar",
            },
            {"layer": [{"params": [{"name": "w", "value": 2.25, "bind": {"input": "range"}}]}]},
        ],
        "params": [
            {
                "name": "segment",
                "value": "h",
                "bind": {"input": "select", "options": ["a", "h"], "labels": ["All", "House"]},
            },
            {"name": "zoom", "select": "interval", "bind": "scales"},
            {"name": "free", "bind": {"input": "range"}},
        ],
    }
    assert drawn_at(spec, Language("en")) == (
        "Drawn for: segment House; Purchase, rating 3; w 2.25. On the report's web page it can be moved."
    )
    assert drawn_at(spec, Language("sv")).startswith("Ritat för: segment House; Purchase, rating 3; w 2,25.")
    assert drawn_at({"mark": "bar"}, Language("en")) == ""
