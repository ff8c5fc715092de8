"""The PDF: what it says and in which order, that nothing leaves the paper, and that no text is a command."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pypdf
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cxlib.reporting.outputs import pdf
from cxlib.reporting.outputs.blocks import TableBlock
from cxlib.reporting.outputs.pdf import pdf_bytes, report_data, write_pdf
from cxlib.reporting.outputs.pdf_layout import LANDSCAPE_WIDTH, TEXT_WIDTH, breakable, layout_of

v4 = nbformat.v4
MM = 72 / 25.4
TITLE, SUBTITLE = "Toy report & more", "October 2026 · Small #1"
CHART = {
    "title": "Drawn title",
    "description": "What the chart shows",
    "data": {"values": [{"name": "Invoice", "n": 3}]},
    "mark": "bar",
    "encoding": {"x": {"field": "n", "type": "quantitative"}, "y": {"field": "name"}},
    "width": 500,
    "height": 100,
}
SECTIONS = ("What changed", "Who is at risk", "What to fix first", "What the data could not tell")
TILE = (
    "<div class='figure alarm'><span class='label'>At risk</span><span class='value'>16 %</span>"
    "<span class='change worse'>▲ 3 points</span><span class='interval'>of 40 customers</span></div>"
)


def html(text):
    return v4.new_output("display_data", data={"text/html": text})


def chart(spec):
    return v4.new_output("display_data", data={"application/vnd.vegalite.v5+json": spec})


def notebook(*outputs):
    return v4.new_notebook(cells=[v4.new_code_cell("secret_code = 1", outputs=list(outputs))])


def table(rows, *, columns=("Touchpoint", "Net")):
    head = "".join(f"<th>{text}</th>" for text in columns)
    body = "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def toy():
    """One of everything, in the order of a report."""
    return notebook(
        html(f"<h2>{SECTIONS[0]}</h2><p class='lead'>The lead</p><div class='key-figures'>{TILE * 7}</div>"),
        chart(CHART),
        html(
            f"<h2>{SECTIONS[1]}</h2><p class='finding'>A <b>finding</b></p>"
            + table([("Invoice", "−3"), ("Meter", "2")])
        ),
        html(
            f"<h2>{SECTIONS[2]}</h2><ol class='actions'><li><strong>First.</strong> Do<ul><li>this</li></ul></li></ol>"
        ),
        v4.new_output("stream", name="stdout", text="printed  as it is\n"),
        html("<h3>Below</h3><p class='note'>Small print</p>"),
        html(f"<div class='limits'><h2>{SECTIONS[3]}</h2><ul><li>Nobody asked</li></ul></div>"),
    )


def made(given, **options):
    options = {"title": TITLE, "subtitle": SUBTITLE} | options
    return pypdf.PdfReader(io.BytesIO(pdf_bytes(given, **options)))


def text_of(page):
    return re.sub(r"[\s\u200b]+", " ", page.extract_text())


def letters_of(reader):
    """All letters of all pages, without spaces and hyphens, for texts that are broken over lines."""
    return re.sub(r"[\s\u200b\u00ad\u2010-]+", "", "".join(page.extract_text() for page in reader.pages))


def objects(reader):
    """Every dict of a file."""
    waiting = [reader.get_object(number) for number in range(1, len(reader.xref[0]) + len(reader.xref_objStm) + 1)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pypdf.generic.ArrayObject):
            waiting.extend(one)
        elif isinstance(one, pypdf.generic.DictionaryObject):
            yield one
            waiting.extend(one.values())


def drawn(given, **options):
    """The pages as pictures in grey, one pixel to the point."""
    data = report_data(given, **{"title": TITLE, "subtitle": SUBTITLE} | options)
    fonts = pdf.own_fonts()
    root = pdf.TEMPLATE.parent
    pages = typst.compile(pdf.TEMPLATE, root=root, font_paths=fonts, sys_inputs={"report": data}, format="png", ppi=72)
    pages = [pages] if isinstance(pages, bytes) else pages
    return [Image.open(io.BytesIO(page)).convert("L") for page in pages]


def margins(page):
    """The darkest of each margin: left, right, bottom."""
    width, height = page.size
    boxes = ((0, 0, 14 * MM, height), (width - 14 * MM, 0, width, height), (0, height - 8 * MM, width, height))
    return [page.crop(tuple(map(round, box))).getextrema()[0] for box in boxes]


@pytest.fixture(scope="module")
def read():
    return made(toy())


def test_title_subject_and_language_stand_in_the_file(read):
    assert read.metadata.title == TITLE
    assert read.metadata.subject == SUBTITLE
    assert read.trailer["/Root"]["/Lang"] == "en-GB"
    assert pypdf.PdfReader(io.BytesIO(pdf_bytes(toy(), title="T", language="sv"))).trailer["/Root"]["/Lang"] == "sv-SE"


def test_the_bookmarks_are_the_sections_and_their_headings(read):
    assert [entry.title for entry in read.outline if not isinstance(entry, list)] == list(SECTIONS)
    assert [[entry.title for entry in below] for below in read.outline if isinstance(below, list)] == [["Below"]]


@pytest.mark.parametrize(
    ("language", "contents", "place"), [("en", "Contents", "Page {} of {}"), ("sv", "Innehåll", "Sida {} av {}")]
)
def test_contents_and_page_numbers_are_in_the_reports_language(language, contents, place):
    long = "".join(f"<h2>Section {n}</h2>" + "<p>Text.</p>" * 30 for n in range(5))
    reader = made(notebook(html(long)), language=language)
    pages = [text_of(page) for page in reader.pages]
    assert len(pages) > 2
    for n, page in enumerate(pages, 1):
        assert place.format(n, len(pages)) in page
        assert (TITLE in page.removeprefix(" ")) and SUBTITLE in page
    assert contents in pages[0]
    for n in range(5):
        heading = f"Section {n}"
        where = next(
            i for i, page in enumerate(pages, 1) if heading in (page if i > 1 else page.split("Section 4", 1)[1])
        )
        assert re.search(rf"{heading}[ .]*{where}\b", pages[0])


def test_a_short_report_has_no_contents():
    assert "Contents" not in letters_of(made(notebook(html("<h2>One</h2><p>a</p>"))))


def test_every_text_is_there_once_and_in_order(read):
    text = "".join(text_of(page) for page in read.pages)
    after_contents = text.split(SECTIONS[3], 1)[1]
    wanted = [
        SECTIONS[0], "The lead", "At risk", "16 %", "▲ 3 points", "of 40 customers", "Invoice", "Drawn title",
        SECTIONS[1], "A finding", "Touchpoint", "Net", "Invoice", "−3", "Meter", "2", SECTIONS[2], "First.", "Do",
        "this", "printed as it is", "Below", "Small print", SECTIONS[3], "Nobody asked",
    ]  # fmt: skip
    place = 0
    for one in wanted:
        assert one in after_contents[place:], f"{one!r} is not there, or not in its order"
        place = after_contents.index(one, place) + len(one)
    assert after_contents.count("At risk") == 7
    assert "secret_code" not in text


def test_charts_are_vectors_with_their_letters_and_a_description(read):
    assert not [picture for page in read.pages for picture in page.images]
    assert "What the chart shows" in [one["/Alt"] for one in objects(read) if "/Alt" in one]
    fonts = {re.sub(r"^/[A-Z]{6}\+", "", one["/BaseFont"]) for one in objects(read) if "/BaseFont" in one}
    assert {"CxlibSans-Regular", "CxlibSans-SemiBold"} <= fonts
    assert not {font for font in fonts if not font.startswith(("CxlibSans", "DejaVuSansMono"))}


def test_the_file_can_be_read_aloud_by_the_standard(read):
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True
    metadata = read.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    kinds = {one["/S"] for one in objects(read) if {"/S", "/P"} <= set(one)}
    assert {"/Table", "/TH", "/TD", "/L", "/LI", "/H1", "/Figure", "/TOC"} <= kinds


def test_the_sliders_of_a_chart_are_said_and_a_chart_that_cannot_be_drawn_is_too():
    slider = {"name": "w", "value": 2.25, "bind": {"input": "range", "name": "Loss weight "}}
    failing = CHART | {"params": [{"name": "a", "expr": "]["}]}
    text = text_of(made(notebook(chart(CHART | {"params": [slider]}), chart(failing))).pages[0])
    assert "Drawn for: Loss weight 2.25. On the report's web page it can be moved." in text
    assert "This chart could not be drawn." in text


def test_the_heading_of_a_long_table_is_repeated_and_its_rows_are_whole():
    rows = [(f"Touchpoint {n}", n, f"first line of {n}<br>second line of {n}") for n in range(60)]
    reader = made(notebook(html("<h2>H</h2>" + table(rows, columns=("Heading one", "Heading two", "Heading three")))))
    pages = [text_of(page) for page in reader.pages]
    assert len(pages) > 1
    for page in pages:
        assert page.count("Heading one") == 1
        shown = set(re.findall(r"first line of (\d+)", page))
        assert shown == set(re.findall(r"second line of (\d+)", page))
    assert sum(page.count("first line of") for page in pages) == 60


def test_a_short_table_is_kept_on_one_page_with_its_caption():
    rows = [("Touchpoint", n) for n in range(10)]
    body = table(rows).replace("<table>", "<table><caption>The caption</caption>")
    for lines in range(30, 52, 3):
        pages = [text_of(page) for page in made(notebook(html("<p>Line</p>" * lines + body))).pages]
        (holding,) = [page for page in pages if "The caption" in page]
        assert holding.count("Touchpoint") == 11


def test_a_wide_chart_is_as_wide_as_the_text_and_a_high_one_fits_on_a_page():
    for size in ({"width": 3000, "height": 100}, {"width": 100, "height": 4000}):
        pages = drawn(notebook(html("<h2>Above</h2>"), chart(CHART | size)))
        assert all(min(margins(page)) == 255 for page in pages)
        # The chart's bars are where there is room for them.
        assert min(page.crop((0, 100, *page.size)).getextrema()[0] for page in pages) < 160


WIDE = [" ".join(["Sixteen words about what the customer asked for"] * 2) for _ in range(9)]
HOSTILE = [
    "<script>alert(1)</script>",
    "#panic() #{1+1} #import \"x.typ\": * #read(\"/etc/hostname\") $x^2$ *b* _i_ `r` @ref <label> // c /* d */ \\ = H",
    "=1+1 +1 -1 @SUM(A1) =HYPERLINK(\"https://example.org\")",
    "\u202eright to left\u202c \u2067x\u2069 \x07\x1b[31m",
    "عربي עברית 漢字 한글 ไทย 🙂👩‍👩‍👧",
    "\ufffe\uffff\ue000\U000f0000\U0010ffff\u0301\u0301\u0301",
    "W" * 300,
    "iI" * 200,
    "verylongwordwithoutanyspace_" * 9,
    "word " * 120,
    "a\u00a0b" * 120,
    "https://example.org/?q=" + "%41" * 60,
    "{{7*7}} {% x %} ${x} %s {0}",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_is_a_command_and_none_leaves_the_paper(text):
    from html import escape

    safe = escape(text)
    tile = TILE.replace("At risk", safe).replace("16 %", safe).replace("▲ 3 points", safe).replace("of 40", safe)
    given = notebook(
        html(f"<h2>{safe}</h2><h3>{safe}</h3><p class='finding'>{safe}</p><div class='key-figures'>{tile * 2}</div>"),
        html(table([(safe, "1", safe), ("a", safe, "b")], columns=(safe, "n", "Other"))),
        html(table([(escape(text[:100]), *WIDE)], columns=[escape(text[:100])] * 10)),
        html(f"<ul><li>{safe}<ul><li>{safe}</li></ul></li></ul><pre>{safe}</pre><code>{safe}</code>"),
        chart(CHART | {"title": text[:400], "description": text, "data": {"values": [{"name": text[:400], "n": 1}]}}),
        v4.new_output("stream", name="stdout", text=text),
    )
    for page in drawn(given, title=text, subtitle=text):
        assert min(margins(page)) == 255
    reader = made(given, title=text, subtitle=text)
    if text.isascii():
        wanted = re.sub(r"[\s\x00-\x1f-]+", "", text)
        assert letters_of(reader).count(wanted) >= 5
    acting = {
        "/URI",
        "/JS",
        "/JavaScript",
        "/Launch",
        "/EmbeddedFile",
        "/EmbeddedFiles",
        "/OpenAction",
        "/AA",
        "/GoToR",
    }
    for one in objects(reader):
        assert not acting & set(one)
        assert one.get("/S") not in acting
    whole = json.dumps([str(one) for one in objects(reader)])
    assert "\u202e" not in whole and "\\u202e" not in whole


def test_a_cell_of_ten_thousand_letters_goes_on_over_the_pages():
    text = "Lorem ipsum " * 600 + "x" * 3000
    given = notebook(html(table([("a", text, "b")], columns=("One", "Two", "Three"))), html(f"<p>{text}</p>"))
    assert all(min(margins(page)) == 255 for page in drawn(given))
    found = letters_of(made(given))
    assert found.count("ipsum") == 1200 and found.count("x") == 6000


def test_a_heading_of_a_table_that_fills_a_page_is_not_repeated_on_every_page():
    """Repeated, it would leave no room for a row, and pages would be made until the memory is full."""
    given = notebook(html(table([("a", 1)] * 40, columns=("Long heading " * 300, "n"))))
    pages = drawn(given)
    assert len(pages) < 8 and all(min(margins(page)) == 255 for page in pages)
    assert letters_of(made(given)).count("Longheading") >= 298


def test_a_table_of_fifty_columns_stays_on_the_paper():
    columns = [f"Heading number {n}" for n in range(50)]
    pages = drawn(
        notebook(html("<p>Before</p>" + table([columns, ["1,234,567"] * 50], columns=columns) + "<p>After</p>"))
    )
    assert [page.size[0] > page.size[1] for page in pages] == [False, True, False]
    assert all(min(margins(page)) == 255 for page in pages)


def test_pictures_of_a_notebook_are_shown_no_wider_than_the_text():
    buffer = io.BytesIO()
    Image.new("RGB", (3000, 200), "black").save(buffer, "PNG")
    picture = v4.new_output("display_data", data={"image/png": base64.b64encode(buffer.getvalue()).decode()})
    (page,) = drawn(notebook(picture))
    assert min(margins(page)) == 255 and page.getextrema()[0] < 50
    assert len(made(notebook(picture)).pages[0].images) == 1


def test_a_picture_that_is_none_is_a_line_that_says_so():
    broken = v4.new_output("display_data", data={"image/png": base64.b64encode(b"\x89PNG no picture").decode()})
    text = text_of(made(notebook(broken, html("<p>The rest.</p>"))).pages[0])
    assert "This picture could not be shown." in text and "The rest." in text


def test_half_a_surrogate_pair_is_no_letter():
    assert "a?b" in text_of(made(notebook(html("<p>a\ud800b</p>"), chart(CHART | {"title": "\udfff"}))).pages[0])


def test_an_empty_notebook_is_a_page_with_a_title():
    (page,) = made(v4.new_notebook()).pages
    assert text_of(page).strip() == f"{TITLE} {SUBTITLE} Page 1 of 1"


IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
import nbformat
from cxlib.reporting.outputs.pdf import write_pdf
write_pdf(nbformat.read(sys.argv[1], 4), Path(sys.argv[2]), title="T", subtitle="S", language="sv")
"""


def test_the_same_notebook_gives_the_same_bytes_in_another_process_on_another_day(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    notebook_path = tmp_path / "toy.ipynb"
    nbformat.write(toy(), notebook_path)
    write_pdf(toy(), tmp_path / "here.pdf", title="T", subtitle="S", language="sv")
    other = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONHASHSEED": "7",
        "TZ": "Pacific/Auckland",
        "TMPDIR": str(tmp_path / "elsewhere"),
        "SOURCE_DATE_EPOCH": "86400",
        "LANG": "sv_SE.UTF-8",
    }
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, str(notebook_path), str(tmp_path / "there.pdf")]
    subprocess.run(command, env=other, cwd=tmp_path / "elsewhere", check=True)
    here, there = (tmp_path / "here.pdf").read_bytes(), (tmp_path / "there.pdf").read_bytes()
    assert here == there
    assert b"CreationDate" not in here and b"xmp:CreateDate" not in here
    assert str(tmp_path).encode() not in here


def test_what_differs_from_another_report_differs_in_the_file():
    assert pdf_bytes(toy(), title="T") != pdf_bytes(toy(), title="U")


def test_the_notebook_is_left_alone():
    given = toy()
    before = nbformat.writes(given)
    pdf_bytes(given, title="T")
    assert nbformat.writes(given) == before


def test_the_colours_are_those_of_the_page():
    colours = json.loads(report_data(v4.new_notebook(), title="T"))["colours"]
    assert {"ink", "soft", "faint", "shade", "accent", "better", "worse", "alarm"} <= set(colours)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in colours.values())


def test_a_small_table_is_set_upright_in_the_largest_type():
    layout = layout_of(TableBlock(columns=("a", "b"), rows=(("x", "1"),), numbers=(False, True)))
    assert (layout.size, layout.natural, layout.landscape, layout.together) == (9.0, True, False, True)


def test_a_heading_takes_two_lines_before_the_type_gets_smaller():
    """Seven columns of short cells under headings of three long words."""
    layout = layout_of(TableBlock(columns=("Below all expectations",) * 7, rows=(("1",) * 7,), numbers=(True,) * 7))
    assert layout.size == 9.0 and not layout.natural and not layout.landscape
    assert not any(layout.divided)


def test_a_long_text_gets_more_room_than_a_number():
    layout = layout_of(TableBlock(columns=("n", "text"), rows=(("1", "word " * 60),), numbers=(True, False)))
    assert layout.widths[1] > 10 * layout.widths[0]
    assert sum(layout.widths) * layout.size == pytest.approx(TEXT_WIDTH)


@given(
    st.integers(1, 14).flatmap(
        lambda n: st.lists(st.lists(st.text("aW 1.,\n", max_size=40), min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
def test_no_table_is_wider_than_its_page(rows):
    heading, *body = (tuple(row) for row in rows)
    layout = layout_of(TableBlock(columns=heading, rows=tuple(body), numbers=(False,) * len(heading)))
    page = LANDSCAPE_WIDTH if layout.landscape else TEXT_WIDTH
    assert sum(layout.widths) * layout.size <= page + 1e-6
    assert len(layout.tall) == len(body)


@given(st.text())
def test_places_to_break_are_put_into_long_words_only(text):
    found = breakable(text)
    assert found.replace("\u200b", "") == text.replace("\u200b", "")
    assert all(len(word) <= 25 for word in re.split(r"[ \t\n\u200b]", found))
    if max(map(len, re.split(r"[ \t\n\u200b]", text))) < 25:
        assert found == text
