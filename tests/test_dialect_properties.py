"""Generated tables in generated dialects: what is written comes back equal, or is in `rejected`.

The dialect is found, not told; the standard library's csv module writes. Where nothing can tell an order of dates, the
study has to be refused, and the line that the refusal names has to settle it.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from cxlib.errors import StudyError
from cxlib.readers import read_table
from cxlib.study import load_study

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1", "mac-roman"]
SAME_BYTES = {"latin-1": "cp1252", "utf-16": "utf-16-le"}  # as these texts and this machine write them
TOUCHPOINTS = ["köp på nätet", "Första fakturan", "Åsa i växeln", "äntligen fråga", "ÖPPET KÖP"]
HEADER = ["customer_id", "occurred_at", "touchpoint", "score", "note"]
SETTINGS = (
    'max_rejected_share = 1\n[scales.sum]\nmin = -99999\nmax = 99999\nexpected = 0\n[tables.events]\nscale = "sum"\n'
)
PREAMBLES = [
    [],
    [["Svar från kunder, hösten 2026"]],
    [["Skapad", "2026-11-01 14:05"], []],
    [["# Svar", "", "", "", ""], ["", "", "", "", ""]],
    [[], ["Period: oktober"], ["Källa:", "enkät"]],
]
MONTHS_SV = ["jan", "feb", "mars", "april", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"]
DATES = {
    "iso": lambda t: t.isoformat(sep=" ", timespec="minutes"),
    "google": lambda t: f"{t:%Y-%m-%d %H.%M.%S}",
    "swedish": lambda t: f"{t.day}/{t.month}/{t.year} kl. {t.hour:02}.{t.minute:02}",
    "german": lambda t: f"{t:%d.%m.%Y %H:%M}",
    "us": lambda t: f"{t.month}/{t.day}/{t.year} {t:%I:%M:%S %p}",
    "forms": lambda t: f"{t:%m/%d/%y %H:%M}",
    "words": lambda t: f"{t.day} {MONTHS_SV[t.month - 1]} {t.year} {t.hour}:{t.minute:02}",
    "javascript": lambda t: f"{t:%a %b %d %Y %H:%M:%S} GMT+0000 (UTC)",
}
ORDER = {"swedish": "dmy", "german": "dmy", "us": "mdy", "forms": "mdy"}


@dataclass(frozen=True)
class Dialect:
    encoding: str
    delimiter: str
    quoting: int
    line_end: str
    sep_line: bool
    preamble: list
    trailing: str
    decimal: str
    thousands: str
    minus: str
    dates: str

    def writer(self, text: io.StringIO):
        # The csv module does not quote line feeds where lines end otherwise.
        quoting = csv.QUOTE_ALL if self.line_end == "\r" else self.quoting
        return csv.writer(text, delimiter=self.delimiter, quoting=quoting, lineterminator=self.line_end, strict=True)


DIALECTS = st.builds(
    Dialect,
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    sep_line=st.booleans(),
    preamble=st.sampled_from(PREAMBLES),
    trailing=st.sampled_from(["none", "rows", "all"]),
    decimal=st.sampled_from(".,"),
    thousands=st.sampled_from(["", " ", "\u00a0", "\u202f"]),
    minus=st.sampled_from("-\u2212"),
    dates=st.sampled_from(list(DATES)),
)
IDS = st.text("abÅö019 ;,|\t'\"\n", max_size=5)
TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2068, 12, 31)).map(lambda t: t.replace(second=0, microsecond=0))
SCORES = st.one_of(
    st.none(), st.integers(-9999900, 9999900).map(lambda hundredths: hundredths / 100), st.sampled_from(["x", "nan"])
)
NOTES = st.text("aåäöÖé ;,|\t\"'\n0", max_size=8)
ROWS = st.tuples(
    IDS, st.one_of(TIMES, TIMES, TIMES, st.sampled_from(["", "soon"])), st.sampled_from(TOUCHPOINTS), SCORES, NOTES
)


def encodable(text: str, dialect: Dialect) -> bool:
    try:
        text.encode(dialect.encoding)
    except UnicodeEncodeError:
        return False
    return True


def number(value, dialect: Dialect) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    thousands = dialect.thousands if encodable(dialect.thousands, dialect) else " "
    minus = dialect.minus if encodable(dialect.minus, dialect) else "-"
    whole, _, decimals = f"{abs(value):,.2f}".rstrip("0").partition(".")
    shown = whole.replace(",", thousands) + (dialect.decimal + decimals if decimals else "")
    return (minus if value < 0 else "") + shown


def written(rows, dialect: Dialect) -> bytes:
    text = io.StringIO()
    if dialect.sep_line:
        text.write(f"sep={dialect.delimiter}{dialect.line_end}")
    writer = dialect.writer(text)
    for record in dialect.preamble if rows else []:  # nothing tells a title over a header alone from a header
        writer.writerow(record)
    extra = {"none": ([], []), "rows": ([], [""]), "all": ([""], [""])}[dialect.trailing]
    writer.writerow(HEADER + extra[0])
    for customer, at, touchpoint, score, note in rows:
        shown = DATES[dialect.dates](at) if isinstance(at, datetime) else at
        writer.writerow([customer, shown, touchpoint, number(score, dialect), note, *extra[1]])
    return text.getvalue().encode(dialect.encoding)


def expected_rows(rows, first_row: int) -> dict[int, tuple]:
    return {
        row: (customer.strip(), pd.Timestamp(at, tz="UTC"), touchpoint, score, note or None)
        for row, (customer, at, touchpoint, score, note) in enumerate(rows, start=first_row)
        if customer.strip() and isinstance(at, datetime) and not isinstance(score, str)
    }


ENDS_WITH_COMMA = Dialect(
    encoding="utf-8", delimiter=",", quoting=csv.QUOTE_MINIMAL, line_end="\n", sep_line=False, preamble=[],
    trailing="rows", decimal=".", thousands="", minus="-", dates="iso",
)  # fmt: skip


# a tab in one cell gave more rows of the header's length than the comma did
@example([(id, datetime(2000, 1, 1), TOUCHPOINTS[0], None, "") for id in (";\t", "")], ENDS_WITH_COMMA)
@settings(max_examples=80)
@given(rows=st.lists(ROWS, max_size=8), dialect=DIALECTS)
def test_a_study_in_a_dialect_that_nobody_told_comes_back_or_is_rejected(tmp_path_factory, rows, dialect):
    folder = tmp_path_factory.mktemp("study")
    header_row = len(dialect.preamble) + 1 if rows else 1
    told = SETTINGS
    if 2 * sum(isinstance(at, datetime) for _, at, *_ in rows) <= len(rows):
        told += f"header_row = {header_row}\n"  # hardly a digit tells the rows from the header
    (folder / "study.toml").write_text(told)
    (folder / "events.csv").write_bytes(written(rows, dialect))
    try:
        study = load_study(folder)
    except StudyError as error:
        (problem,) = error.problems
        assert "nothing in this column tells whether the day or the month comes first" in problem.reason
        assert f'"{ORDER[dialect.dates]}"' in problem.allowed
        event("the order of dates had to be told")
        (folder / "study.toml").write_text(f'{told}date_order = "{ORDER[dialect.dates]}"\n')
        study = load_study(folder)

    expected = expected_rows(rows, header_row + 1)
    kept = study.events[HEADER].astype(object)
    kept = kept.where(kept.notna(), None)
    assert dict(zip(kept.index, kept.itertuples(index=False, name=None), strict=True)) == expected
    source = study.sources.iloc[0]
    assert source["rows_read"] == len(rows) == source["rows_kept"] + source["rows_rejected"]
    assert set(study.rejected["row"]) == set(range(header_row + 1, header_row + 1 + len(rows))) - expected.keys()
    assert (source["delimiter"], source["header_row"]) == (dialect.delimiter, header_row)
    if rows:
        assert source["encoding"] == SAME_BYTES.get(dialect.encoding, dialect.encoding)


CELLS = st.text(st.sampled_from('abåÄé01,;|\t"\n .-'), max_size=6)


@settings(max_examples=100)
@given(
    rows=st.integers(2, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8)),
    above=st.lists(st.lists(CELLS, max_size=5), max_size=4),
    dialect=DIALECTS,
)
def test_any_cells_in_a_dialect_that_was_told_come_back(tmp_path_factory, rows, above, dialect):
    width = len(rows[0]) if rows else 2
    text = io.StringIO()
    writer = dialect.writer(text)
    writer.writerows([*above, [f"column_{position}" for position in range(width)], *rows])
    path = tmp_path_factory.mktemp("told") / "t.csv"
    path.write_bytes(text.getvalue().encode(dialect.encoding))
    header_row = len(above) + 1
    raw = read_table(path, delimiter=dialect.delimiter, encoding=dialect.encoding, header_row=header_row)
    cells = zip(*(column.to_pylist() for column in raw.cells.columns), strict=True)
    expected = [
        (row, tuple(cell or None for cell in cells))
        for row, cells in enumerate(rows, start=header_row + 1)
        if any(cells)
    ]
    assert list(zip(raw.rows.tolist(), cells, strict=True)) == expected
    assert (raw.n_blank, raw.malformed) == (len(rows) - len(expected), ())
