"""Refused rows come back whole: every cell, or the text where it has no cells."""

from __future__ import annotations

import csv
import io
import pickle

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.errors import StudyError
from cxlib.rejected_rows import ROW_COLUMNS
from cxlib.study import load_study

EVENTS = (
    "customer_id,occurred_at,touchpoint,score,x,,x,rejected_row\n"
    "1,2026-10-03,shop,4,a,b,c,d\n"
    '2,soon,shop,9," two\nlines;",b,c,9\n'
    "3,2026-10-03\n"
    '4,2026-10-03,"sh"op,4,a,b,c,d\n'
)


@pytest.fixture
def study(write_study):
    toml = 'max_rejected_share = 1\n[tables.customers.columns]\nprice_per_month = "pris"\n'
    customers = "customer_id;pris\n1;3,5\n007;dyrt\n1;2\n"
    return load_study(write_study({"study.toml": toml, "events.csv": EVENTS, "customers.csv": customers}))


def test_each_refused_row_has_all_its_cells_under_the_file_s_own_names(study):
    rows = study.rejected_rows
    assert rows.columns.tolist() == [
        *ROW_COLUMNS,
        *("customer_id", "pris"),
        *("occurred_at", "touchpoint", "score", "x", "column 6", "x (2)", "rejected_row (2)"),
    ]
    assert rows[["rejected_file", "rejected_row"]].to_numpy().tolist() == [
        ["customers.csv", 3],
        ["customers.csv", 4],
        ["events.csv", 3],
        ["events.csv", 4],
        ["events.csv", 5],
    ]
    assert rows.loc[0, ["customer_id", "pris"]].tolist() == ["007", "dyrt"]
    assert rows.loc[2].dropna().iloc[3:].to_dict() == {
        "rejected_reasons": "column occurred_at: is not a date or time, found 'soon'; allowed: 2026-10-03,"
        " 2026-10-03 14:05:00 or the same with Z or +02:00"
        " | column score: outside its scale, found '9'; allowed: 1 to 5 (scale csat)",
        "customer_id": "2",
        "occurred_at": "soon",
        "touchpoint": "shop",
        "score": "9",
        "x": " two\nlines;",
        "column 6": "b",
        "x (2)": "c",
        "rejected_row (2)": "9",
    }


def test_a_record_without_cells_is_there_as_its_text(study):
    records = study.rejected_rows.set_index("rejected_row")["rejected_record"].dropna()
    assert records.to_dict() == {4: "3,2026-10-03", 5: '4,2026-10-03,"sh"op,4,a,b,c,d'}
    own = study.rejected_rows.columns[len(ROW_COLUMNS) :]
    assert study.rejected_rows.set_index("rejected_row").loc[[5], own].isna().all(axis=None)


def test_a_reason_names_the_column_as_the_file_does_too(study):
    reasons = study.rejected_rows["rejected_reasons"]
    assert "column price_per_month (pris in the file): is not a number, found 'dyrt'" in reasons[0]
    assert "column customer_id: comes more than once; the first row stays" in reasons[1]


def test_a_study_without_refused_rows_has_none(write_study):
    rows = load_study(write_study({"events.csv": "customer_id,occurred_at,touchpoint\n"})).rejected_rows
    assert rows.empty
    assert rows.dtypes.astype(str).to_dict() == ROW_COLUMNS


def test_a_refused_study_has_its_refused_rows_too(write_study):
    with pytest.raises(StudyError) as caught:
        load_study(write_study({"events.csv": EVENTS}))
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.rejected_rows["rejected_row"].tolist() == [3, 4, 5]
    assert error.sources[["rows_read", "rows_kept", "rows_rejected"]].to_numpy().tolist() == [[4, 1, 3]]
    with pytest.raises(StudyError) as caught:
        load_study(write_study({"events.csv": EVENTS, "cases.csv": ""}))
    assert len(caught.value.rejected_rows) == 3


def test_refused_rows_of_typed_sources_are_text(write_study):
    toml = 'max_rejected_share = 1\n[tables.customers]\nsql = "c.sql"\n'
    sql = "SELECT '1' AS customer_id, -2.5 AS price_per_month, DATE '2026-10-03' AS joined_on"
    events = "customer_id,occurred_at,touchpoint\n"
    rows = load_study(write_study({"study.toml": toml, "c.sql": sql, "events.csv": events})).rejected_rows
    own = ["customer_id", "price_per_month", "joined_on"]
    assert rows[["rejected_file", "rejected_row", *own]].to_numpy().tolist() == [
        ["c.sql", 2, "1", "-2.5", "2026-10-03"]
    ]


CELLS = st.text("aÅ0 ;,|\t'\"\n=", max_size=5)


@settings(max_examples=20)
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=8))
def test_every_row_is_kept_or_refused_whole(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("study")
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(["customer_id", "occurred_at", "touchpoint", "note"])
    for customer, note in rows:
        writer.writerow([customer, "2026-10-03", "shop", note])
    (folder / "events.csv").write_text(written.getvalue(), encoding="utf-8", newline="")
    (folder / "study.toml").write_text("max_rejected_share = 1\n[tables.events]\ndelimiter = ','\n")
    study = load_study(folder)
    refused = study.rejected_rows.reindex(columns=["rejected_row", "customer_id", "note"])
    pd.testing.assert_series_equal(refused["rejected_row"], study.rejected["row"], check_names=False)
    found = {row: (customer, note) for row, customer, note in refused.fillna("").itertuples(index=False)}
    assert found == {row: cells for row, cells in enumerate(rows, start=2) if not cells[0].strip()}
