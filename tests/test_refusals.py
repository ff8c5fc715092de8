"""Each way in which data can be broken has a named outcome, in docs/refusals.md and here."""

from __future__ import annotations

import gzip
import io
import os
import random
import re
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

import cxlib as cx
import cxlib.readers.table
from cxlib.errors import StudyError
from cxlib.remarks import study_remarks
from cxlib.study import load_study

PAGE = Path(__file__).parents[1] / "docs" / "refusals.md"
TABLE = PAGE.read_text(encoding="utf-8").partition("## Outcomes")[2].partition("## Why so")[0]
DOCUMENTED = re.findall(r"^\| (.+?) \| (refused|rejected|remark) \| (.+) \|$", TABLE, re.MULTILINE)

MB = 1024 * 1024
HEADER = "customer_id,occurred_at,touchpoint\n"
ROW = "1,2026-10-03,shop\n"
GOOD = HEADER + 3 * ROW
WITH_IDS = "customer_id,occurred_at,touchpoint,event_id\n1,2026-10-03,shop,a\n1,2026-10-03,shop,a\n"
ENDLESS = HEADER.encode() + b"x" * (5 * MB)


def workbook() -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        book.add_worksheet().write(0, 0, "customer_id")
    return written.getvalue()


def parquet() -> bytes:
    written = io.BytesIO()
    pd.DataFrame({"customer_id": ["1"], "occurred_at": ["2026-10-03"], "touchpoint": ["x"]}).to_parquet(written)
    return written.getvalue()


def contract(customers: str, moment: str) -> dict[str, str]:
    return {"customers.csv": customers, "events.csv": f"{HEADER}1,{moment},shop\n"}


def answers(rows: str) -> dict[str, str]:
    return {"responses.csv": "customer_id,answered_at,metric,score,response_id\n" + rows}


# By the first cell of the table in docs/refusals.md: the content of events.csv, or the study's files.
CASES: dict[str, str | bytes | dict[str, str | bytes]] = {
    "an unclosed quote": HEADER + '1,2026-10-03,"shop\n' + 3 * ROW,
    "an unclosed quote that a later one closes": HEADER + '1,2026-10-03,"shop\n1,2026-10-03,"shop"\n',
    "an unclosed quote that swallows rows": HEADER + '1,2026-10-03,"shop\n' + ROW + '1,2026-10-03,shop"\n',
    "a truncated gzip": gzip.compress(random.Random(1).randbytes(500).hex().encode())[:-200],
    "gzip with other bytes in it": gzip.compress(GOOD.encode())[:10] + b"no deflated data at all",
    "a gzip within a gzip": gzip.compress(gzip.compress(GOOD.encode())),
    "random bytes": random.Random(1).randbytes(5000),
    "a PNG": (PAGE.parent / "pictures" / "report.png").read_bytes(),
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "a workbook (.xlsx)": workbook(),
    "a web page that is called .csv": "<html><body><table><tr><td>customer_id</td></tr></table></body></html>",
    "a truncated Parquet file": parquet()[:-20],
    "a line of 1 GB": ENDLESS,
    "a gzip that unpacks into an endless line": gzip.compress(ENDLESS, compresslevel=1),
    "a quoted cell of many lines, over 4 MB": HEADER
    + '1,2026-10-03,"'
    + "a line of a comment\n" * (10 * MB // 20)
    + '"\n',
    "too many columns": HEADER.strip() + "," * (20_000 - 3) + "\n",
    "far more blank lines than rows can be": HEADER + 7_000_000 * "\n",
    "another header than the rows have, very often": HEADER + 501 * "1\n",
    "an empty file": "",
    "blank lines only": "\n \n\t\r\n",
    "a zero byte": GOOD.replace("shop", "sh\0p"),
    "rows in UTF-8 and rows in Windows-1252": (HEADER + "1,2026-10-03,kö\n").encode()
    + 2 * "1,2026-10-03,å\n".encode("cp1252"),
    "a header only": HEADER,
    "a row with too few cells": HEADER + "1,2026-10-03\n",
    "a duplicate customer_id": {"customers.csv": "customer_id\n1\n1\n", "events.csv": GOOD},
    "a duplicate event_id": WITH_IDS,
    "a duplicate case_id": {
        "events.csv": GOOD,
        "cases.csv": "case_id,customer_id,opened_at\na,1,2026-10-03\na,1,2026-10-04\n",
    },
    "the same question twice in a form (response_id)": answers("1,2026-10-03,nps,3,r\n1,2026-10-04,nps,4,r\n"),
    "a row written twice, without an id": HEADER + 2 * ROW,
    "an event before joining": contract("customer_id,joined_on\n1,2026-10-04\n", "2026-10-03"),
    "an event after churn": contract("customer_id,churned_on\n1,2026-10-02\n", "2026-10-03"),
    "a date in the future": HEADER + "1,2026-12-24,shop\n",
    "dates that nothing tells the order of": HEADER + "1,3/10/2026,shop\n",
    "dates in two orders": HEADER + "1,31/1/2026,shop\n1,1/31/2026,shop\n",
    "a year that cannot be meant": HEADER + "1,0206-10-03,shop\n",
    "churned before joined": contract("customer_id,joined_on,churned_on\n1,2026-10-04,2026-10-03\n", "2026-10-03"),
    "a file that changes while it is read": GOOD,
    "a file that may not be read": GOOD,
}


def disturb(case: str, monkeypatch) -> None:
    """What happens to events.csv while it is read; a smaller limit where the real one takes long to reach."""
    opened = Path.open

    def open_and_disturb(path, *arguments, **options):
        if path.name != "events.csv":
            return opened(path, *arguments, **options)
        if case == "a file that may not be read":
            raise PermissionError(13, "Permission denied")
        file = opened(path, *arguments, **options)
        with opened(path, "ab") as other:  # the program that writes the log is at it
            other.write(b"1,2026-10-04,shop\n")
        stat = os.fstat

        def earlier(descriptor):
            monkeypatch.setattr(os, "fstat", stat)
            found = list(stat(descriptor))
            found[6] -= 18  # st_size before the row was added
            return os.stat_result(found)

        monkeypatch.setattr(os, "fstat", earlier)
        return file

    if case == "another header than the rows have, very often":
        monkeypatch.setattr(cxlib.readers.table, "MOST_MALFORMED", 500)
    if case in ("a file that changes while it is read", "a file that may not be read"):
        monkeypatch.setattr(Path, "open", open_and_disturb)


def test_the_page_lists_exactly_these_cases():
    assert [case for case, _, _ in DOCUMENTED] == list(CASES)


@pytest.mark.parametrize(("case", "outcome", "said"), DOCUMENTED, ids=[case for case, _, _ in DOCUMENTED])
def test_each_case_has_the_outcome_that_the_page_tells(write_study, monkeypatch, case, outcome, said):
    files = CASES[case]
    files = files if isinstance(files, dict) else {"events.csv": files}
    folder = write_study({"study.toml": "max_rejected_share = 1\n", **files})
    disturb(case, monkeypatch)
    if outcome == "refused":
        with pytest.raises(StudyError) as caught:
            load_study(folder)
        assert len(caught.value.problems) == 1
        assert said in str(caught.value.problems[0])
        return
    study = load_study(folder)
    n_rejected = study.sources["rows_rejected"]
    assert (study.sources["rows_read"] == study.sources["rows_kept"] + n_rejected).all()
    remarks = study_remarks(study, today="2026-11-29")
    if outcome == "rejected":
        assert study.rejected["reason"].str.contains(said, regex=False).any()
        assert len(study.rejected_rows) > 0 and n_rejected.sum() > 0
    else:
        assert study.rejected.empty
        assert remarks["what"].str.contains(said, regex=False).any()


def test_a_real_workbook_is_named(write_study, shared_data):
    book = (shared_data / "sfo_airport_survey" / "sfo_2018_Data_Dictionary_DataSF.xlsx").read_bytes()
    with pytest.raises(StudyError, match=r"events\.csv: is a workbook or an archive, not a table"):
        load_study(write_study({"events.csv": book}))


@pytest.mark.parametrize("told", [{"encoding": "cp1252"}, {"delimiter": ";"}, {"header_row": 3}])
def test_what_is_told_of_a_parquet_files_text_is_refused_not_forgotten(tmp_path, told):
    (tmp_path / "answers.parquet").write_bytes(parquet())
    with pytest.raises(cx.CxError, match=f"is a Parquet file, .* but {next(iter(told))} is told"):
        cx.read_survey(tmp_path / "answers.parquet", **told)


def test_what_is_told_of_a_statements_text_is_refused_not_forgotten(write_study):
    folder = write_study({"events.csv": GOOD, "events.sql": "select * from 'events.csv'"})
    with (folder / "study.toml").open("a", encoding="utf-8") as toml:
        toml.write('[tables.events]\nsql = "events.sql"\nencoding = "utf-16"\n')
    with pytest.raises(StudyError, match="is said of a text file, but this table is the result of a statement"):
        cx.load_study(folder)
