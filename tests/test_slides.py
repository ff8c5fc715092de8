"""The slides: what each says, read back with python-pptx, and that nothing runs over or does anything."""

import base64
import io
import re
import zipfile

import altair as alt
import nbformat
import pandas as pd
import pptx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.util import Emu, Inches

from cxlib.language import Language
from cxlib.reporting.outputs import slides as slides_module
from cxlib.reporting.outputs.blocks import (
    ChartBlock,
    Heading,
    KeyFigures,
    ListBlock,
    ListItem,
    Paragraph,
    Run,
    Section,
    TableBlock,
    Tile,
)
from cxlib.reporting.outputs.sentences import LONGEST_OF_ALL, as_title, sentences, without
from cxlib.reporting.outputs.slide_body import SIZES, fitted
from cxlib.reporting.outputs.slide_table import draw_table
from cxlib.reporting.outputs.slide_template import BODY_HEIGHT, empty_deck
from cxlib.reporting.outputs.slides import slides_bytes, write_slides
from cxlib.reporting.outputs.storyline import storyline
from cxlib.reporting.outputs.text_fit import height_of, lines_of, width_of
from tests.test_workbook import HOSTILE, notebook_with

# the smallest PNG: one grey pixel, as wide as it is high
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)


def paragraph(text, kind="finding"):
    return Paragraph(runs=(Run(text),), kind=kind)


def listed(*texts, kind="plain"):
    items = tuple(ListItem(runs=(Run(text),), number=n) for n, text in enumerate(texts, start=1))
    return ListBlock(items=items, kind=kind)


def chart(label, drawn_at=""):
    return ChartBlock(spec={"mark": "point"}, label=label, drawn_at=drawn_at)


def story_of(*blocks, heading="Who is at risk", **options):
    return storyline([Section(heading=heading, blocks=blocks)], **options)


# ---- sentences ----


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("It fell 2.5 points. 12 left.", ["It fell 2.5 points.", "12 left."]),
        ("Largest in St. Olof Nord. Then IT. Next.", ["Largest in St. Olof Nord.", "Then IT.", "Next."]),
        ("Det gick ned. Återstår mycket.", ["Det gick ned.", "Återstår mycket."]),
        ("He said “no.” She did not.", ["He said “no.”", "She did not."]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@given(st.text())
def test_no_letter_of_a_text_is_lost_between_its_sentences(text):
    assert "".join(" ".join(sentences(text)).split()) == "".join(text.split())


def test_a_title_is_shortened_where_a_sentence_pauses():
    assert as_title("Capital fell 0.3 in October.") == "Capital fell 0.3 in October"
    long = "Of all (n = 12) who were asked, most said no: " + "and so on, " * 12 + "as before."
    assert as_title(long) == "Of all who were asked, most said no"
    bracketed = "The weakest link is Use, though it lies above zero (mean +0.18, 95% interval +0.13 to +0.23)."
    assert as_title(bracketed, longest=60) == "The weakest link is Use, though it lies above zero"
    assert as_title("word " * 100).endswith("…") and len(as_title("word " * 100)) <= LONGEST_OF_ALL + 1


def test_what_only_the_page_can_do_is_left_out():
    text = "The answer hangs on the weight. This report uses 2; move the slider below. The sliders change the page."
    assert without(text, ("slider",)) == "The answer hangs on the weight. This report uses 2."
    assert without(text, ()) == text


# ---- the story ----


def test_the_title_is_the_finding_and_the_topic_stands_above():
    (slide,) = story_of(
        paragraph("12 of 40 are at risk. That is 3 more than in May."),
        paragraph("North has most."),
        chart("Zones. Base: 40 customers."),
        paragraph("Of measured experiences. Intervals are at 95%.", kind="note"),
    )
    assert (slide.topic, slide.title) == ("Who is at risk", "12 of 40 are at risk")
    assert slide.texts == ("That is 3 more than in May.", "North has most.")
    assert slide.small == ("Of measured experiences.", "Intervals are at 95%.")
    assert slide.picture.label.startswith("Zones") and slide.place == 1
    assert slide.notes.splitlines() == [
        "Who is at risk",
        "12 of 40 are at risk. That is 3 more than in May.",
        "North has most.",
        "[Zones. Base: 40 customers.]",
        "Of measured experiences. Intervals are at 95%.",
    ]


def test_a_shortened_title_stands_whole_in_the_small_print():
    whole = f"Of all (n = 12) who were asked, most said no: {'and so on, ' * 12}as before."
    (slide,) = story_of(paragraph(whole))
    assert slide.title == "Of all who were asked, most said no" and slide.small == (whole,)


def test_a_part_under_its_own_heading_has_a_slide_of_its_own():
    first, second = story_of(paragraph("One is."), Heading(text="And then"), paragraph("Two are."))
    assert [(slide.topic, slide.title) for slide in (first, second)] == [
        ("Who is at risk", "One is"),
        ("And then", "Two are"),
    ]


def test_further_charts_have_slides_and_those_to_be_moved_have_none():
    tiles = KeyFigures(tiles=(Tile(label="Net Promoter Score", value="+17", change="▼ 8 points"),))
    first, capital, score = story_of(
        paragraph("12 of 40 are at risk."),
        tiles,
        paragraph("The customers whose cases were closed have more. The rest have less."),
        chart("Customers whose cases were closed"),
        chart("Net Promoter Score. Base: 9 answers."),
        chart("What if?", drawn_at="Drawn for: weight 2. It can be moved."),
    )
    assert first.tiles and first.picture is None
    assert (capital.title, capital.place) == ("The customers whose cases were closed have more", 2)
    assert (score.title, score.place, score.small) == (
        "Net Promoter Score: +17 (▼ 8 points)",
        3,
        ("Base: 9 answers.",),
    )


def test_a_word_is_known_in_whatever_form():
    tiles = KeyFigures(
        tiles=(Tile(label="Kunder i riskzonen", value="9 %"), Tile(label="Mediankundens kapital", value="+2"))
    )
    _, capital = story_of(paragraph("12 av 40."), tiles, chart("Kapitalet över tid. Linjen: mediankunden."))
    assert capital.title == "Mediankundens kapital: +2"


def test_a_main_chart_that_can_be_moved_says_where_it_stands():
    (slide,) = story_of(paragraph("One."), chart("What if?", drawn_at="Drawn for: weight 2. It can be moved."))
    assert slide.small == ("Drawn for: weight 2.",)


def test_actions_are_numbered_and_a_section_without_chart_shows_its_table():
    table = TableBlock(columns=("File", "Rows"), rows=(("a.csv", "3"),), numbers=(False, True))
    (slide,) = story_of(paragraph("Two drain most."), listed("Invoice.", "Notice.", kind="actions"), table)
    assert slide.numbered and slide.texts == ("Invoice.", "Notice.") and slide.table is table
    (limits,) = story_of(listed("Half is assumed.", "Few were asked."), table)
    assert (limits.title, limits.texts, limits.numbered) == ("Half is assumed", ("Few were asked.",), True)


CHANGES = TableBlock(
    caption="Changes, with 95% intervals",
    columns=("Figure", "Change since May", "June", "May"),
    rows=(("At risk", "▲ 3 points (+1 to +5), worse", "15%", "12%"), ("Customers", "▲ 2", "42", "40")),
    numbers=(False, False, True, True),
)


def test_the_table_beside_key_figures_has_a_slide_under_the_finding_that_leads_to_it():
    tiles = KeyFigures(tiles=(Tile(label="At risk", value="15%"),))
    found = "Changes since May that chance does not explain: At risk (worse), Payment: mean experience (worse)."
    first, changes, score = story_of(
        paragraph("6 of 42 are at risk."), tiles, paragraph(found), CHANGES, paragraph("Notice moved most."),
        paragraph("Intervals are at 95%.", kind="note"), chart("Net Promoter Score"),
    )  # fmt: skip
    assert first.tiles and first.table is None
    assert (changes.title, changes.table, changes.texts, changes.place) == (found.removesuffix("."), CHANGES, (), 2)
    assert changes.small == ("Intervals are at 95%.",)
    assert score.picture and score.place == 3


def test_the_notes_hold_the_rows_of_every_table():
    (slide,) = story_of(paragraph("6 of 42 are at risk."), CHANGES, chart("Zones"))
    assert slide.table is None
    assert slide.notes.splitlines()[2:6] == [
        "[Changes, with 95% intervals]",
        "Figure | Change since May | June | May",
        "At risk | ▲ 3 points (+1 to +5), worse | 15% | 12%",
        "Customers | ▲ 2 | 42 | 40",
    ]


# ---- room ----


def test_a_text_takes_as_many_lines_as_its_words_need():
    width = width_of("one two", 10) + 1
    assert lines_of("one two one two", 10, width) == 2
    assert lines_of("one\ntwo", 10, width) == 2
    assert lines_of("x" * 100, 10, width) >= width_of("x" * 100, 10) // width


@given(st.lists(st.text(alphabet="aå. AB", min_size=1, max_size=400), max_size=6))
def test_what_is_shown_fits(texts):
    shown, size = fitted(texts, most=3, width=250, height=300)
    assert len(shown) <= 3 and size in SIZES
    assert not shown or height_of(shown, size, 250) <= 300


def test_a_text_that_leads_to_nothing_is_not_shown():
    assert fitted(["Two are.", "Ask them. A survey that suits:"], most=3, width=300, height=300)[0] == [
        "Two are.",
        "Ask them.",
    ]


# ---- the deck ----

PAGE = """<h2>Who is at risk</h2>
<p class="finding">12 of 40 are at risk. That is 3 more than in May.</p>
<p class="note">Intervals are at 95%.</p>"""


def toy_notebook(*html: str) -> nbformat.NotebookNode:
    points = pd.DataFrame({"x": [1, 2], "y": [1, 3]})
    spec = alt.Chart(points, title="Zones").mark_line().encode(x=alt.X("x:Q"), y=alt.Y("y:Q")).to_dict()
    return notebook_with(
        {"text/html": PAGE}, {"application/vnd.vegalite.v5+json": spec}, *({"text/html": text} for text in html)
    )


def deck_of(content: bytes):
    return pptx.Presentation(io.BytesIO(content))


@pytest.fixture(scope="module")
def toy() -> bytes:
    return slides_bytes(toy_notebook(), title="Toy report", subtitle="October 2026", language="en")


def shapes_named(slide, name: str) -> list:
    return [shape for shape in slide.shapes if shape.name == name]


def runs_of(slide):
    for shape in slide.shapes:
        if shape.has_text_frame:
            for one in shape.text_frame.paragraphs:
                yield from one.runs


def test_the_slides_by_hand(toy):
    deck = deck_of(toy)
    assert (deck.slide_width, deck.slide_height) == (Emu(12191695), Emu(6858000))
    assert abs(deck.slide_width / deck.slide_height - 16 / 9) < 0.001
    first, second = deck.slides
    assert first.shapes.title.text == "Toy report" and first.placeholders[1].text == "October 2026"
    assert second.shapes.title.text == "12 of 40 are at risk"
    assert shapes_named(second, "Topic")[0].text_frame.text == "Who is at risk"
    assert shapes_named(second, "Findings")[0].text_frame.text == "That is 3 more than in May."
    assert shapes_named(second, "Note")[0].text_frame.text == "Intervals are at 95%."
    assert "That is 3 more than in May." in second.notes_slide.notes_text_frame.text
    picture = shapes_named(second, "Chart")[0]
    assert picture.image.content_type == "image/png"
    assert picture._element.nvPicPr.cNvPr.get("descr") == "Zones"


def test_slides_are_numbered_by_powerpoint_and_bear_the_report_s_name(toy):
    second = deck_of(toy).slides[1]
    kinds = {shape.placeholder_format.type.name: shape for shape in second.placeholders}
    assert 'type="slidenum"' in kinds["SLIDE_NUMBER"]._element.xml
    assert kinds["FOOTER"].text == "Toy report · October 2026"
    numbers = [shape.shape_id for shape in second.shapes]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(("language", "tongue"), [("en", MSO_LANGUAGE_ID.ENGLISH_UK), ("sv", MSO_LANGUAGE_ID.SWEDISH)])
def test_every_text_is_in_its_language(language, tongue):
    deck = deck_of(slides_bytes(notebook_with({"text/html": PAGE}), title="Toy", subtitle="x", language=language))
    found = {run.font.language_id for slide in deck.slides for run in runs_of(slide)}
    assert found == {tongue}
    assert deck.core_properties.language == {"en": "en-GB", "sv": "sv-SE"}[language]


def test_the_same_report_gives_the_same_bytes_without_a_clock_or_a_name(toy, tmp_path):
    write_slides(toy_notebook(), tmp_path / "a.pptx", title="Toy report", subtitle="October 2026", language="en")
    assert (tmp_path / "a.pptx").read_bytes() == toy
    with zipfile.ZipFile(io.BytesIO(toy)) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        properties = archive.read("docProps/core.xml").decode()
    assert re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", properties) == ["2000-01-01T00:00:00Z"] * 2
    with zipfile.ZipFile(io.BytesIO(toy)) as archive:
        names = archive.namelist()
        held = b"".join(archive.read(name) for name in names)
    assert not [name for name in names if "thumbnail" in name or "printer" in name or name.endswith("app.xml")]
    assert b"Macintosh" not in held and b"printerSettings1" not in held and b"thumbnail" not in held
    assert "Steve" not in properties and properties.count(">cxlib<") == 2


def test_nothing_in_a_hostile_report_acts():
    cells = "".join(
        f"<p class='finding'>{text.translate(str.maketrans({'<': '&lt;', '&': '&amp;'}))}</p>" for text in HOSTILE
    )
    content = slides_bytes(
        toy_notebook(f"<h2>{'=cmd|&lt;b>'}</h2>{cells}<p class='note'>{cells}</p>"),
        title="<script>\u202ex\x07 & \ud800",
        subtitle="]]>&lt;",
        language="en",
    )
    deck = deck_of(content)
    assert deck.slides[0].shapes.title.text == "<script>x &"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            assert not name.endswith((".bin", ".vml"))
            if name.endswith((".xml", ".rels")):
                xml = archive.read(name).decode("utf-8")
                assert "hlinkClick" not in xml and 'TargetMode="External"' not in xml
                assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\ufffe]", xml)
    assert "<script>alert(1)</script>" in deck.slides[2].notes_slide.notes_text_frame.text


@pytest.mark.parametrize("language", ["en", "sv"])
def test_nothing_runs_over_on_the_report_s_slides(language, make_report, monkeypatch):
    monkeypatch.setattr(slides_module, "chart_pngs", lambda specs, scale: [PIXEL] * len(specs))
    named = Language(language).text("slides.topic")
    question = {"period": "2026-10"} | ({} if language == "en" else {"language": language})
    notebook = nbformat.read(make_report(**question) / "notebook.ipynb", as_version=4)
    deck = deck_of(slides_bytes(notebook, title="Report", subtitle="October 2026", language=language))
    topics = [shapes_named(slide, named)[0].text_frame.text for slide in list(deck.slides)[1:]]
    headings = re.findall(r"<h[23]>([^<]+)</h[23]>", str(notebook))
    assert len(topics) >= len(set(headings)) >= 15
    for slide in list(deck.slides)[1:]:
        topic = shapes_named(slide, named)[0].text_frame.text
        assert slide.shapes.title.text not in ("", topic)
        assert slide.notes_slide.notes_text_frame.text.strip()
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.top >= 0, (topic, shape.name)
            assert shape.left + shape.width <= deck.slide_width, (topic, shape.name)
            assert shape.top + shape.height <= deck.slide_height, (topic, shape.name)
            if shape.has_text_frame and shape.name != "Bar" and not shape.is_placeholder:
                assert _text_height(shape.text_frame) <= shape.height.pt + 1, (topic, shape.text_frame.text)
        title = slide.shapes.title
        assert _text_height(title.text_frame, width=title.width.pt) <= title.height.pt + 6, title.text


def _text_height(frame, width=None) -> float:
    """The height of what a frame holds, by the widths of letters of a wider font than the slides'."""
    width = width or frame._parent.width.pt - frame.margin_left.pt - frame.margin_right.pt
    texts = [(one.text, one.runs[0].font.size.pt) for one in frame.paragraphs if one.runs]
    margins = frame.margin_top.pt + frame.margin_bottom.pt
    return margins + sum(1.22 * size * lines_of(text, size, width) for text, size in texts)


def test_a_chart_that_cannot_be_drawn_costs_no_other():
    broken = {"mark": "bar", "data": {"values": [{}]}, "params": [{"name": "a", "expr": "]["}], "title": "Broken"}
    notebook = toy_notebook("<h2>Next</h2><p class='finding'>Two are.</p>")
    notebook.cells += notebook_with({"application/vnd.vegalite.v5+json": broken}).cells
    _, first, second = deck_of(slides_bytes(notebook, title="Toy", language="sv")).slides
    assert first.shapes.title.text == "12 of 40 are at risk"
    assert [shape.image.content_type for shape in first.shapes if hasattr(shape, "image")] == ["image/png"]
    assert second.shapes.title.text == "Two are"
    assert "Diagrammet kunde inte ritas." in [run.text for run in runs_of(second)]


def test_a_picture_that_is_none_is_said_to_be_none():
    broken = notebook_with(
        {"text/html": PAGE},
        {"image/png": "AAAA"},
        {"text/html": "<img alt='Map' src='data:image/png;base64,AAAA'><p>Two are.</p>"},
    )
    deck = deck_of(slides_bytes(broken, title="Toy"))
    said = [run.text for run in runs_of(deck.slides[1])]
    assert "Map: This picture could not be shown." in said
    assert "This picture could not be shown." in shapes_named(deck.slides[1], "Note")[0].text_frame.text
    assert not [shape for slide in deck.slides for shape in slide.shapes if hasattr(shape, "image")]


def test_a_picture_keeps_its_shape_whatever_its_kind():
    file = io.BytesIO()
    Image.new("RGB", (400, 100)).save(file, "JPEG")
    notebook = notebook_with({"text/html": PAGE}, {"image/jpeg": base64.b64encode(file.getvalue()).decode()})
    (picture,) = shapes_named(deck_of(slides_bytes(notebook, title="Toy")).slides[1], "Chart")
    assert picture.width / picture.height == pytest.approx(4, rel=0.01)


def drawn_table(table, language="en"):
    deck = empty_deck()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    said = draw_table(slide, table, 0.6, 12, tongue=MSO_LANGUAGE_ID.ENGLISH_UK, words=Language(language))
    return slide.shapes[-1], said


@pytest.mark.parametrize("n_rows", [1, 6, 14, 200])
def test_a_table_s_rows_fit_the_slide_and_those_left_out_are_told(n_rows):
    rows = tuple((f"Figure {n}", "word " * 30, str(n)) for n in range(n_rows))
    table = TableBlock(columns=("What", "Text", "n"), rows=rows, numbers=(False, False, True))
    shape, said = drawn_table(table)
    held = list(shape.table.rows)
    assert sum(row.height for row in held) <= Inches(BODY_HEIGHT)
    assert said == ([f"{n_rows + 1 - len(held)} more rows stand in the notes."] if len(held) <= n_rows else [])
    for row in held:
        for cell, column in zip(row.cells, shape.table.columns, strict=True):
            inner = column.width.pt - cell.margin_left.pt - cell.margin_right.pt
            size = cell.text_frame.paragraphs[0].runs[0].font.size.pt
            needed = 1.22 * size * lines_of(cell.text, size, inner) + cell.margin_top.pt + cell.margin_bottom.pt
            assert needed <= row.height.pt + 0.1


def test_what_a_screen_reader_calls_the_shapes_is_in_the_slides_language():
    notebook = toy_notebook("<h2>Tabell</h2><table><tr><th>a</th></tr><tr><td>b</td></tr></table>")
    deck = deck_of(slides_bytes(notebook, title="Toy", language="sv"))
    names = {shape.name for slide in list(deck.slides)[1:] for shape in slide.shapes if not shape.is_placeholder}
    (bar,) = shapes_named(deck.slides[1], "Bar")
    assert bar._element.nvSpPr.cNvPr.xpath(".//*[local-name()='decorative']/@val") == ["1"]
    assert names == {"Bar", "Ämne", "Resultat", "Fotnot", "Diagram", "Tabell"}
