"""The workbook: read back with another library, cell by cell, and as the XML that Excel would read."""

import datetime as dt
import io
import json
import re
import zipfile

import nbformat
import openpyxl
import pytest

from cxlib.reporting import TABLES_MIME
from cxlib.reporting.outputs import sheet as sheets
from cxlib.reporting.outputs import slide_template
from cxlib.reporting.outputs.colours import COLOURS, PAGE_TEMPLATE
from cxlib.reporting.outputs.handed_tables import TablesError, handed_tables
from cxlib.reporting.outputs.workbook import NoTablesError, sheet_names, table_names, workbook_bytes, write_workbook

HOSTILE = [
    '=HYPERLINK("http://example.org","click")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1",
    "<script>alert(1)</script>", "\u202egnp.exe", "bell\x07 null\x00 escape\x1b[31m", "half \ud800 pair", "& < > \" '",
    "http://example.org", "_x0041_", "{=1+1}", "'quoted", "=cmd|' /C calc'!A0", "007", "1e5", "line\nbreak",
]  # fmt: skip


def resource(name="toy", *, title="Toy", fields=None, data=(), **rest):
    return {"name": name, "title": title, "schema": {"fields": fields or []}, "data": list(data), **rest}


TOY = resource(
    title="Toy table",
    note="Three months.",
    fields=[
        {"name": "month", "title": "Month", "type": "date", "format": "month"},
        {"name": "n", "title": "Customers (n)", "type": "integer", "format": "count"},
        {"name": "share", "title": "At risk", "type": "number", "format": "percent"},
        {"name": "change", "title": "Change", "type": "number", "formats": ["signed-1", "percent", "signed-1"]},
        {"name": "sure", "title": "Sure", "type": "boolean"},
        {"name": "who", "title": "Who", "type": "string"},
        {"name": "on", "title": "On", "type": "date"},
    ],
    data=[
        {"month": "2026-08-01", "n": 10, "share": 0.125, "change": -0.5, "sure": True, "who": "HR", "on": "2026-08-31"},
        {"month": "2026-09-01", "n": 1200, "share": 0.25, "change": 0.1, "sure": False, "who": "IT", "on": None},
        {"month": "2026-10-01", "n": 3, "share": None, "change": None, "sure": None, "who": None, "on": None},
    ],
)  # fmt: skip


def notebook_with(*outputs) -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook()
    for output in outputs:
        cell = nbformat.v4.new_code_cell("display(…)")
        cell.outputs = [nbformat.v4.new_output("display_data", data=output)]
        notebook.cells.append(cell)
    return notebook


def workbook_of(*resources, language="en", title="Toy report", subtitle="October 2026") -> bytes:
    notebook = notebook_with({TABLES_MIME: {"resources": list(resources)}})
    return workbook_bytes(notebook, title=title, subtitle=subtitle, language=language)


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def cells_below_heading(sheet, heading: str) -> list:
    found = next(cell for row in sheet.iter_rows() for cell in row if cell.value == heading)
    return [sheet.cell(row, found.column) for row in range(found.row + 1, sheet.max_row + 1)]


def test_cells_are_typed_and_formatted():
    sheet = opened(workbook_of(TOY))["Toy table"]
    months = cells_below_heading(sheet, "Month")
    assert [cell.value for cell in months] == [dt.datetime(2026, month, 1) for month in (8, 9, 10)]
    assert {cell.number_format for cell in months} == {"mmm yyyy"}
    assert [cell.value for cell in cells_below_heading(sheet, "On")] == [dt.datetime(2026, 8, 31), None, None]
    shares = cells_below_heading(sheet, "At risk")
    assert [cell.value for cell in shares] == [0.125, 0.25, None] and shares[0].number_format == "0.0%"
    counts = cells_below_heading(sheet, "Customers (n)")
    assert [(cell.value, cell.data_type) for cell in counts] == [(10, "n"), (1200, "n"), (3, "n")]
    assert counts[0].number_format == "#,##0"
    assert [cell.number_format for cell in cells_below_heading(sheet, "Change")[:2]] == [
        "+#,##0.0;-#,##0.0;0.0",
        "0.0%",
    ]
    assert [(cell.value, cell.data_type) for cell in cells_below_heading(sheet, "Sure")][:2] == [
        (True, "b"),
        (False, "b"),
    ]
    assert [cell.value for cell in cells_below_heading(sheet, "Who")] == ["HR", "IT", None]


def test_headings_stay_in_sight_and_filter():
    sheet = opened(workbook_of(TOY))["Toy table"]
    table = sheet.tables["table_toy"]
    first, last = table.ref.split(":")
    assert (first, last) == ("A5", "G8")
    assert table.autoFilter.ref == table.ref
    assert sheet.freeze_panes == "B6"  # the headings, and the column that names the row
    assert sheet["A5"].font.bold and sheet["A5"].fill.fgColor.rgb == "FF1F5FA6"
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.page_setup.orientation == "landscape" and sheet.sheet_properties.pageSetUpPr.fitToPage


def test_the_first_sheet_says_what_there_is_and_leads_to_it():
    book = opened(workbook_of(TOY, resource("other's", title="Other's: a/b", fields=TOY["schema"]["fields"][:2])))
    assert book.sheetnames == ["Contents", "Toy table", "Other's a b"]
    contents = book["Contents"]
    texts = [cell.value for row in contents.iter_rows() for cell in row if cell.value is not None]
    assert texts[:2] == ["Toy report", "October 2026"]
    assert any("too few customers" in str(text) for text in texts)
    assert "Three months." in texts and 3 in texts
    links = [cell.hyperlink.location for cell in contents["A"] if cell.hyperlink]
    assert links == ["'Toy table'!A1", "'Other''s a b'!A1"]
    assert [cell.hyperlink.location for cell in book["Toy table"]["A"] if cell.hyperlink] == ["'Contents'!A1"]


def test_a_swedish_workbook():
    book = opened(workbook_of(TOY, language="sv"))
    assert book.sheetnames[0] == "Innehåll"
    texts = [cell.value for row in book["Innehåll"].iter_rows() for cell in row if cell.value]
    assert "Vad det innehåller" in texts and any("för få kunder" in str(text) for text in texts)


def test_no_text_is_a_formula_a_link_or_a_number():
    fields = [{"name": "text", "title": "=1+1", "type": "string"}, {"name": "n", "title": "n", "type": "integer"}]
    data = [{"text": text, "n": 1} for text in HOSTILE]
    content = workbook_of(
        resource("=1+1", title="=2+2 [*]", fields=fields, data=data, note="@SUM(A1)"), title="=3+3", subtitle="&D &G &P"
    )
    for name, xml in parts(content).items():
        if name.startswith("xl/worksheets/"):
            assert "<f>" not in xml and "<f " not in xml
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", xml)
        assert 'TargetMode="External"' not in xml
    book = opened(content)
    sheet = book.worksheets[1]
    cells = cells_below_heading(sheet, "=1+1")
    assert {cell.data_type for cell in cells} == {"s"}
    shown = [cell.value for cell in cells]
    assert shown[0] == HOSTILE[0]  # as it was, and text
    assert shown[7] == "gnp.exe" and shown[8] == "bell null escape[31m" and shown[9] == "half  pair"
    header = re.search("<oddHeader>(.*?)</oddHeader>", parts(content)["xl/worksheets/sheet2.xml"])[1]
    assert header == "&amp;L&amp;9=3+3&amp;R&amp;9&amp;&amp;D &amp;&amp;&amp;9G &amp;&amp;P"  # no date, picture or page
    assert book.worksheets[1].title == "=2+2"
    assert sheet["A1"].value == "=2+2 [*]" and sheet["A1"].data_type == "s"


def test_the_letters_that_excel_would_read_as_a_code_are_kept_as_letters():
    shared = parts(workbook_of(resource(fields=TOY["schema"]["fields"][5:6], data=[{"who": "_x0041_"}])))
    assert "_x005F_x0041_" in shared["xl/sharedStrings.xml"]


def test_the_same_tables_give_the_same_bytes(tmp_path):
    assert workbook_of(TOY) == workbook_of(TOY)
    properties = parts(workbook_of(TOY))["docProps/core.xml"]
    assert properties.count("2000-01-01T00:00:00Z") == 2
    assert "<dc:creator>cxlib</dc:creator>" in properties
    notebook = notebook_with({TABLES_MIME: {"resources": [TOY]}})
    write_workbook(notebook, tmp_path / "a.xlsx", title="Toy report", subtitle="October 2026", language="en")
    assert (tmp_path / "a.xlsx").read_bytes() == workbook_of(TOY)


def test_a_text_longer_than_a_cell_is_cut_and_said_so():
    # 😀 counts as two; the cut does not split it
    data = [{"who": "😀" * 17_000}, {"who": "short"}]
    book = opened(workbook_of(resource(fields=TOY["schema"]["fields"][5:6], data=data)))
    cell = cells_below_heading(book["Toy"], "Who")[0]
    assert cell.value == "😀" * 16_383 + "…"
    assert len(cell.value.encode("utf-16-le")) // 2 <= 32_767
    notes = [cell.value for cell in book["Contents"]["A"] if cell.value]
    assert "Toy, cell A5: the text had 34,000 characters; a cell holds 32,767, and the rest is left out." in notes


def test_rows_and_columns_beyond_a_sheet_are_left_out_and_said_so(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 6)
    monkeypatch.setattr(sheets, "MOST_COLUMNS", 5)
    book = opened(workbook_of(TOY))
    assert book["Toy table"].tables["table_toy"].ref == "A5:E6"
    notes = [cell.value for cell in book["Contents"]["A"] if cell.value]
    assert "Toy table: the table had 3 rows; a sheet holds 1, and the rest is left out." in notes
    assert "Toy table: the table had 7 columns; a sheet holds 5, and the rest is left out." in notes


def test_a_table_without_rows_has_its_headings():
    sheet = opened(workbook_of(resource(fields=TOY["schema"]["fields"][:2])))["Toy"]
    assert [sheet.cell(4, place).value for place in (1, 2)] == ["Month", "Customers (n)"]
    assert not sheet.tables


def test_headings_that_are_the_same_are_told_apart():
    fields = [{"name": name, "title": "Share", "type": "string"} for name in "abc"]
    sheet = opened(workbook_of(resource(fields=fields, data=[{"a": "x"}])))["Toy"]
    assert [sheet.cell(4, place).value for place in (1, 2, 3)] == ["Share", "Share (2)", "Share (3)"]


def test_headings_stand_alike_in_the_cells_and_in_the_table():
    fields = [{"name": "a", "title": title, "type": "string"} for title in ("_x0041_", "a\nb", " '=1+1 ", "x" * 300)]
    content = workbook_of(resource(fields=fields, data=[{"a": "x"}]))
    sheet = opened(content)["Toy"]
    cells = [cell.value for cell in sheet[4]]
    columns = re.findall(r'<tableColumn id="\d+" name="([^"]*)"', parts(content)["xl/tables/table1.xml"])
    assert cells == [column.replace("&apos;", "'") for column in columns]
    assert cells == ["x0041_", "a b", "'=1+1", "x" * 247]


def test_sheet_names_are_what_excel_takes():
    titles = ["Sum: [a]/b", "sum a b", "History", "x" * 40, "X" * 40, "'", "", "😀" * 20, "Historik", "a\nb\x07"]
    names = sheet_names(titles)
    assert names == [
        "Sum a b", "sum a b (2)", "History (2)", "x" * 31, "X" * 27 + " (2)", "Table", "Table (2)", "😀" * 15,
        "Historik (2)", "a b",
    ]  # fmt: skip
    assert len({name.casefold() for name in names}) == len(names)


def test_table_names_look_like_no_cell():
    tables = handed_tables(notebook_with({TABLES_MIME: {"resources": [resource(n) for n in NAMES]}}))
    assert table_names(tables) == [
        "key_figures", "table_A1", "table_R1C1", "table_r", "table_1st", "table___b", "Key_figures_2", "data", "table_"
    ]  # fmt: skip


NAMES = ["key_figures", "A1", "R1C1", "r", "1st", "å b", "Key_figures", "data", ""]


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([], "the tables is .*; expected an object"),
        ({"resources": 3}, "resources is 3; expected a list"),
        ({"resources": [3]}, r"resources\[0\] is 3; expected an object"),
        ({"resources": [{"name": "a"}]}, r"resources\[0\] \(a\).data is None; expected a list"),
        ({"resources": [{"name": "a", "data": []}]}, r"\(a\).schema is None; expected an object"),
        (
            {"resources": [resource(fields=[{"name": "x", "type": "numbr"}])]},
            "is of type 'numbr'; allowed: string, integer, number, boolean, date; did you mean 'number'",
        ),
        (
            {"resources": [resource(fields=[{"name": "x", "formats": ["count"]}])]},
            "must have one for each of the 0 rows",
        ),
        (
            {"resources": [resource(fields=[{"name": "x", "type": "date"}], data=[{"x": "2026-13-01"}])]},
            r"data\[0\].x is '2026-13-01', which is not of type date",
        ),
        (
            {"resources": [resource(fields=[{"name": "x", "type": "integer"}], data=[{"x": True}])]},
            "is True, which is not of type integer",
        ),
        (
            {"resources": [resource(fields=[{"name": "x", "type": "number"}], data=[{"x": float("inf")}])]},
            "is inf, which is not of type number",
        ),
    ],
)
def test_tables_of_another_shape_are_refused(tables, message):
    with pytest.raises(TablesError, match=message):
        handed_tables(notebook_with({TABLES_MIME: tables}))


def test_tables_handed_over_twice_are_refused():
    tables = {TABLES_MIME: {"resources": [TOY]}}
    with pytest.raises(TablesError, match="hands over its tables 2 times"):
        workbook_bytes(notebook_with(tables, tables), title="Toy")


def test_a_report_without_tables_has_no_workbook():
    with pytest.raises(NoTablesError, match="has no table, so no workbook can be made of it"):
        workbook_bytes(notebook_with({"text/plain": "nothing"}), title="Toy")


def test_a_notebook_that_hands_over_no_tables_has_those_of_its_page_as_text():
    page = (
        "<h2>Who is at risk</h2><table><caption>Segments</caption><tr><th>Segment</th><th>At risk</th></tr>"
        '<tr><td>=1+1</td><td class="number">15.7%</td></tr><tr><td>North</td><td class="number">–</td></tr></table>'
    )
    content = workbook_bytes(notebook_with({"text/html": page}), title="Toy")
    book = opened(content)
    assert book.sheetnames == ["Contents", "Segments"]
    assert [cell.value for cell in cells_below_heading(book["Segments"], "Segment")] == ["=1+1", "North"]
    assert [cell.value for cell in cells_below_heading(book["Segments"], "At risk")] == ["15.7%", "–"]
    assert {cell.data_type for cell in cells_below_heading(book["Segments"], "Segment")} == {"s"}
    assert "no tables as data" in book["Contents"]["A4"].value


@pytest.mark.parametrize("language", ["en", "sv"])
def test_the_report_s_workbook_equals_its_figures(language, make_report):
    question = {"period": "2026-10"} | ({} if language == "en" else {"language": language})
    folder = make_report(**question)
    notebook = nbformat.read(folder / "notebook.ipynb", as_version=4)
    content = workbook_bytes(notebook, title="Report", subtitle="October 2026", language=language)
    book = opened(content)
    figures = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    tables = handed_tables(notebook)
    assert len(book.sheetnames) == len(tables) + 1
    assert book.sheetnames[1:] == [table.title for table in tables]
    sheet, heading = {
        "en": ("Touchpoints", "Capital drained"),
        "sv": ("Kontaktpunkter", "Kapital, tömt"),
    }[language]
    drained = [cell.value for cell in cells_below_heading(book[sheet], heading)]
    assert [value for value in drained if value is not None] == [
        row["capital_drained"] for row in figures["touchpoints"] if row["capital_drained"] is not None
    ]
    for one in book.worksheets[1:]:
        assert one.tables and one.freeze_panes
    for name, xml in parts(content).items():
        assert "<f>" not in xml or not name.startswith("xl/worksheets/")


def test_no_part_of_a_workbook_bears_the_time_it_was_made():
    with zipfile.ZipFile(io.BytesIO(workbook_of(TOY))) as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_colours_of_all_files_are_those_of_the_page():
    css = (PAGE_TEMPLATE / "page.css").read_text(encoding="utf-8")
    assert f"--ink: {sheets.INK};" in css and f"--accent: {sheets.ACCENT};" in css
    assert f"--worse: #{slide_template.WORSE.lower()};" in css
    assert set(COLOURS) >= {"ink", "soft", "faint", "ground", "shade", "accent", "better", "worse", "alarm"}
