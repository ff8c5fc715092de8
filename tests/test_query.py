"""Tables from a SELECT: it reads the study's files and nothing else."""

from __future__ import annotations

import hashlib

import duckdb
import pytest

import cxlib.readers.query
from cxlib.errors import RefusedFileError
from cxlib.readers import read_query
from cxlib.readers.statement import CHANGING_FUNCTIONS


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "study"
    (folder / "sub").mkdir(parents=True)
    (folder / "orders.csv").write_text("customer,amount\n007,2.5\n008,\n", encoding="utf-8")
    (folder / "sub" / "more.csv").write_text("customer,amount\n009,1\n", encoding="utf-8")
    (tmp_path / "secret.csv").write_text("customer,amount\nsecret,1\n", encoding="utf-8")
    return folder


@pytest.fixture
def run(folder):
    def run(statement: str, **options):
        (folder / "q.sql").write_text(statement, encoding="utf-8")
        return read_query(folder / "q.sql", **{"folders": [folder], **options})

    return run


def rows_of(raw) -> list[tuple]:
    return list(zip(*(column.to_pylist() for column in raw.cells.columns), strict=True))


def test_result_is_text_with_spreadsheet_rows(run):
    raw = run("SELECT customer AS customer_id, amount FROM 'orders.csv' ORDER BY 1 -- all\n;")
    assert raw.header == ("customer_id", "amount")
    assert rows_of(raw) == [("007", "2.5"), ("008", None)]
    assert raw.rows.tolist() == [2, 3]
    assert raw.file == "q.sql"


@pytest.mark.parametrize(
    "source",
    [
        "'sub/more.csv'",
        '"sub/more.csv"',
        "read_csv('sub/more.csv', all_varchar=true)",
        "read_csv(['sub/more.csv'], delim=',')",
        "'sub/*.csv'",
        "(WITH m AS (SELECT * FROM 'sub/more.csv') SELECT * FROM m) AS m",
        "'sub/more.csv' AS m",
    ],
)
def test_relative_names_are_found_however_they_are_written(run, source, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # the working directory does not matter
    assert rows_of(run(f"SELECT 'å' AS letter, customer FROM {source}")) == [("å", "009")]


def test_a_text_that_equals_a_file_name_stays_a_text(run):
    assert rows_of(run("SELECT 'orders.csv' AS source FROM 'sub/more.csv'")) == [("orders.csv",)]


def test_the_first_folder_with_the_file_wins(run, folder, tmp_path):
    other = tmp_path / "data"
    other.mkdir()
    (other / "orders.csv").write_text("customer,amount\n100,1\n", encoding="utf-8")
    statement = "SELECT customer FROM 'orders.csv' UNION ALL SELECT customer FROM 'sub/more.csv'"
    assert rows_of(run(statement, folders=[other, folder])) == [("100",), ("009",)]


def test_times_with_a_zone_become_text_in_utc(run):
    assert rows_of(run("SELECT TIMESTAMPTZ '2026-10-03 14:00+02' AS t")) == [("2026-10-03 12:00:00.000000Z",)]


def test_sha256_is_of_the_statement_and_the_files_that_it_reads(run, folder):
    statement = "SELECT * FROM 'orders.csv'"
    before = run(statement).sha256
    assert before == run(statement).sha256
    expected = hashlib.sha256(statement.encode())
    expected.update(hashlib.sha256((folder / "orders.csv").read_bytes()).digest())
    assert before == expected.hexdigest()
    (folder / "sub" / "more.csv").write_text("customer,amount\n1,1\n", encoding="utf-8")
    assert run(statement).sha256 == before
    (folder / "orders.csv").write_text("customer,amount\n1,1\n", encoding="utf-8")
    assert run(statement).sha256 != before


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("'../secret.csv'", "line 1 names a file outside the study's folder, found '../secret.csv'"),
        ("'sub/../../secret.csv'", "outside the study's folder"),
        ("'{outside}/secret.csv'", "outside the study's folder"),
        ("read_csv('{outside}/secret.csv')", "outside the study's folder"),
        ("read_text('{outside}/secret.csv')", "outside the study's folder"),
        ("glob('{outside}/*')", "outside the study's folder"),
        ("'https://example.com/a.csv'", "outside the study's folder"),
        ("'link.csv'", "a link that points outside"),
        ("'linked/secret.csv'", "a link that points outside"),
        ("'*.csv'", "a link that points outside"),
        ("query('SELECT * FROM ''{outside}/secret.csv''')", r"query\(\) hides which files are read"),
        ("query_table('{outside}/secret.csv')", r"query_table\(\) hides which files are read"),
        ("'order.csv'", "line 1 names a file that is not there, found 'order.csv'; did you mean 'orders.csv'"),
    ],
)
def test_nothing_outside_the_folder_is_read(run, folder, tmp_path, source, reason):
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "linked").symlink_to(tmp_path)
    with pytest.raises(RefusedFileError, match=reason):
        run(f"SELECT * FROM {source.format(outside=tmp_path)}")


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "COPY (SELECT 1 AS a) TO 'made.csv'",
        "ATTACH 'made.db'",
        "INSTALL httpfs",
        "LOAD json",
        "PRAGMA version",
        "SET threads = 1",
        "CREATE TABLE t AS SELECT 1 AS a",
        "EXPLAIN SELECT 1",
        "CALL pragma_version()",
        "EXPORT DATABASE 'made'",
    ],
)
def test_anything_but_one_select_is_refused(run, folder, statement):
    before = sorted(folder.rglob("*"))
    with pytest.raises(RefusedFileError, match="exactly one SELECT statement"):
        run(statement)
    assert sorted(set(folder.rglob("*")) - {folder / "q.sql"}) == before


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT\n  amount +\nFROM 'orders.csv'", r"line \d: Parser Error"),
        ("SELECT amount\nFROM 'orders.csv'\nWHERE amont > 1", r"line 3: Binder Error: .*amont"),
        ("SELECT customer::INTEGER / 0 AS x, CAST('a' AS INTEGER) AS y", "Error"),
        ("SELECT " + 3000 * "(" + "1" + 3000 * ")", "rror|brackets"),
        ("SELECT local_frame.* FROM local_frame", "local_frame"),
    ],
)
def test_errors_say_where(run, statement, reason):
    local_frame = "DuckDB would otherwise look for Python variables of this name"
    assert local_frame
    with pytest.raises(RefusedFileError, match=reason):
        run(statement)


def test_a_statement_that_is_not_text_is_refused(folder):
    (folder / "q.sql").write_bytes(b"SELECT '\xe5' AS a")
    with pytest.raises(RefusedFileError, match="not valid UTF-8"):
        read_query(folder / "q.sql", folders=[folder])


PLAIN = r"write the name of each file as one literal in FROM or read_csv"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("SELECT * FROM read_csv('orders.csv', ignore_errors=true)", "ignore_errors would leave out lines in silence"),
        ("SELECT * FROM read_csv('orders.csv', Store_Rejects := true)", "Store_Rejects would leave out lines"),
        ("SELECT * FROM read_csv('orders' || '.csv')", rf"read_csv\(\) is given a file name.*{PLAIN}"),
        ("SELECT * FROM read_csv(['orders.csv', lower('A')])", PLAIN),
        ("PIVOT 'orders.csv' ON customer USING sum(amount)", PLAIN),
        ("SUMMARIZE 'orders.csv'", PLAIN),
        ("DESCRIBE 'orders.csv'", PLAIN),
        ("SELECT * FROM (SUMMARIZE 'orders.csv')", PLAIN),
        ("SELECT now() AS t", r"now\(\) gives another answer each time"),
        ("SELECT 1 AS a WHERE random() < 0.5", r"random\(\) gives another"),
        ("SELECT UUID() AS t", r"uuid\(\) gives another"),
        ("SELECT CURRENT_DATE AS t", "current_date gives another"),
        ("SELECT age(TIMESTAMP '2026-01-01') AS t", r"age\(\) gives another"),
        ("SELECT * FROM 'orders.csv' USING SAMPLE 1", "a sample gives another"),
        ("SELECT * FROM 'orders.csv' TABLESAMPLE 50%", "a sample gives another"),
        ("SELECT * FROM '**x/*.csv'", "names a file that is not there|pattern"),
        (f"SELECT * FROM '{5000 * 'a'}.csv'", "names a file that is not there"),
    ],
)
def test_what_drops_lines_changes_or_hides_a_file_is_refused(run, statement, reason):
    with pytest.raises(RefusedFileError, match=reason):
        run(statement)


def test_what_only_looks_like_it_changes_is_fine(run):
    statement = "SELECT age(TIMESTAMP '2026-02-01', TIMESTAMP '2026-01-01')::TEXT AS t, 'now()' AS now"
    assert rows_of(run(statement)) == [("1 month", "now()")]


def test_every_function_that_duckdb_calls_unsteady_is_refused_or_harmless():
    unsteady = duckdb.sql("SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT'")
    harmless = {"current_database", "current_schema", "current_schemas", "in_search_path", "error", "vector_type"}
    harmless |= {"sleep_ms", "write_log", "stats"}
    assert {name for (name,) in unsteady.fetchall()} - harmless <= CHANGING_FUNCTIONS


def test_a_name_that_the_statement_defines_is_not_the_file_of_that_name(run):
    statement = 'WITH "orders.csv" AS (SELECT \'own\' AS customer) SELECT customer FROM "orders.csv"'
    assert rows_of(run(statement)) == [("own",)]


def test_a_file_that_changes_meanwhile_is_an_error(run, folder, monkeypatch):
    hashed = cxlib.readers.query._sha256

    def hash_and_change(*arguments):
        digest = hashed(*arguments)
        (folder / "orders.csv").write_text("customer,amount\n1,1\n", encoding="utf-8")
        return digest

    monkeypatch.setattr(cxlib.readers.query, "_sha256", hash_and_change)
    with pytest.raises(RefusedFileError, match=r"orders.csv changed while it was read"):
        run("SELECT * FROM 'orders.csv'")


def test_a_column_of_lists_is_null_and_named(run):
    raw = run("SELECT [1] AS x, 2 AS y")
    assert rows_of(raw) == [(None, "2")]
    assert list(raw.unreadable) == [0]
