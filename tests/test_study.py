"""A folder becomes a Study, or one error that lists everything that is wrong."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import pickle
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib.rejections
from cxlib.contract import TABLES
from cxlib.errors import ParameterError, StudyError
from cxlib.study import Study, load_study

EVENTS = "customer_id,occurred_at,touchpoint,score\n007,2026-10-03 10:00,invoice,4\n008,2026-11-01,shop,2\n"


def refusal(folder, **options) -> StudyError:
    with pytest.raises(StudyError) as caught:
        load_study(folder, **options)
    return caught.value


def test_a_small_study(write_study):
    folder = write_study({"study.toml": 'name = "Small"\n', "events.csv": EVENTS})
    study = load_study(folder)
    assert study.events["customer_id"].tolist() == ["007", "008"]
    assert study.events.index.tolist() == [2, 3]
    assert all(getattr(study, name).empty for name in TABLES if name != "events")
    assert study.rejected.empty
    assert study.sources.to_dict("records") == [
        {
            "table": "events",
            "file": "events.csv",
            "sha256": hashlib.sha256(EVENTS.encode()).hexdigest(),
            "encoding": "utf-8",
            "delimiter": ",",
            "decimal": ".",
            "date_order": "ymd",
            "header_row": 1,
            "rows_read": 2,
            "rows_kept": 2,
            "rows_rejected": 0,
            "rows_blank": 0,
            "columns_ignored": pytest.approx(float("nan"), nan_ok=True),
        }
    ]
    assert repr(study) == "Study('Small': 2 events; 0 rows rejected)"
    assert load_study(folder / "study.toml").settings == study.settings
    assert load_study(str(folder)).events.equals(study.events)


def test_a_study_survives_pickling(write_study):
    study = load_study(write_study({"events.csv": EVENTS}))
    again = pickle.loads(pickle.dumps(study))
    assert again.events.equals(study.events) and again.settings == study.settings


def test_swedish_excel_form_loads_without_being_told(write_study):
    text = "customer_id;occurred_at;touchpoint;score;note\r\n007;2026-10-03;köp;3,5;Å\u00a0ä ö\r\n\r\n;;;;\r\n"
    frames = []
    for encoding in ("cp1252", "utf-8-sig", "utf-16"):
        study = load_study(write_study({"events.csv": text.encode(encoding)}, folder=encoding))
        frames.append(study.events)
        source = study.sources.iloc[0]
        assert (source["delimiter"], source["decimal"], source["rows_read"], source["rows_blank"]) == (";", ",", 1, 2)
    assert frames[0]["score"].tolist() == [3.5]
    assert frames[0]["touchpoint"].tolist() == ["köp"]
    pd.testing.assert_frame_equal(frames[0], frames[1])
    pd.testing.assert_frame_equal(frames[0], frames[2])


def test_csv_gzip_and_parquet_hold_the_same(write_study):
    plain = load_study(write_study({"events.csv": EVENTS}, folder="a"))
    packed = load_study(write_study({"events.csv.gz": gzip.compress(EVENTS.encode())}, folder="b"))
    parquet = io.BytesIO()
    typed = pd.read_csv(io.StringIO(EVENTS), dtype={"customer_id": "str"}, parse_dates=["occurred_at"])
    typed.to_parquet(parquet, index=False)
    columns = load_study(write_study({"events.parquet": parquet.getvalue()}, folder="c"))
    pd.testing.assert_frame_equal(plain.events, packed.events)
    pd.testing.assert_frame_equal(plain.events, columns.events)
    assert columns.sources["encoding"].isna().all()


def test_renames_other_names_and_told_dialects(write_study):
    toml = """
    [tables.events]
    file = "export/log.txt"
    encoding = "mac-roman"
    delimiter = ","
    decimal = ","
    [tables.events.columns]
    customer_id = "kund nr"
    score = "betyg"
    """
    log = 'kund nr,occurred_at,touchpoint,betyg,customer_id,chanel\n1,2026-10-03,köp,"3,5",x,web\n'
    study = load_study(write_study({"study.toml": toml, "export/log.txt": log.encode("mac-roman")}))
    assert study.events.loc[2, ["customer_id", "touchpoint", "score"]].tolist() == ["1", "köp", 3.5]
    source = study.sources.iloc[0]
    assert source["file"] == "export/log.txt"
    assert source["columns_ignored"] == "customer_id; chanel (near channel)"


def test_a_study_from_sql_with_its_data_elsewhere(write_study, tmp_path):
    toml = 'max_rejected_share = 0.5\n[tables.events]\nsql = "events.sql"\ncolumns = {occurred_at = "at"}\n'
    sql = "SELECT customer AS customer_id, paid AS at, 'payment' AS touchpoint, 4.5 AS score\nFROM 'orders.csv'\n"
    touchpoints = "touchpoint,phase\npayment,payment\n"
    folder = write_study({"study.toml": toml, "events.sql": sql, "touchpoints.csv": touchpoints})
    data = tmp_path / "data"
    data.mkdir()
    (data / "orders.csv").write_text("customer,paid\n1,2026-10-03 10:00:00\n2,\n", encoding="utf-8")
    (data / "customers.csv").write_text("customer_id\n1\n2\n", encoding="utf-8")
    study = load_study(folder, data_dir=data)
    assert study.events["occurred_at"].tolist() == [pd.Timestamp("2026-10-03 10:00Z")]
    assert study.events["score"].tolist() == [4.5]
    assert study.rejected.loc[0, ["file", "row", "column"]].tolist() == ["events.sql", 3, "occurred_at"]
    assert len(study.customers) == 2 and len(study.touchpoints) == 1


def test_a_decimal_point_of_a_typed_column_is_right_beside_text_with_commas(write_study):
    toml = '[tables.customers]\nsql = "c.sql"\n'
    sql = "SELECT '1' AS customer_id, 2.5 AS price_per_month UNION ALL SELECT '2', 3.5"
    events = "SELECT '1' customer_id, '2026-10-03' occurred_at, 'x' touchpoint, '3,5' score, 2.5 expectation"
    toml += '[tables.events]\nsql = "e.sql"\n'
    study = load_study(write_study({"study.toml": toml, "c.sql": sql, "e.sql": events}))
    assert study.customers["price_per_month"].tolist() == [2.5, 3.5]
    assert study.events.loc[2, ["score", "expectation"]].tolist() == [3.5, 2.5]


# --- refusals ------------------------------------------------------------------------------------------------------


def test_everything_wrong_is_listed_in_one_error(write_study):
    folder = write_study(
        {
            "study.toml": 'timezone = "Europe/Stokholm"\nnaem = "x"\n[tables.cases]\nfile = "case.csv"\n'
            '[tables.events.columns]\nscore = "betyyg"\n',
            "events.csv": "customer_id,occurred_at,touchpont,betyg\n",
            "responses.csv": "customer_id,answered_at,metric,score,score\n",
            "customers.csv": "",
            "touchpoints.csv": "touchpoint,phase\n",
            "touchpoints.parquet": "",
            "cases.csv": "case_id,customer_id,opened_at\n",
        }
    )
    error = refusal(folder)
    assert str(error).splitlines() == [
        f"{folder} was refused, 8 problems:",
        "  - study.toml, column timezone: unknown name, found 'Europe/Stokholm'; allowed: an IANA name,"
        " Europe/Stockholm; did you mean 'Europe/Stockholm'?",
        "  - study.toml, column naem: unknown key; allowed: scales, archetypes, tables, name, note, labels,"
        " timezone, currency, language, archetype, max_rejected_share; did you mean 'name'?",
        "  - customers.csv: is empty; allowed: a header and rows",
        "  - touchpoints.csv, touchpoints.parquet: more than one file could be touchpoints; allowed:"
        ' [tables.touchpoints] file = "touchpoints.csv" in study.toml',
        "  - events.csv, row 1, column touchpoint: the required column is missing; allowed: one of the file's columns"
        " (customer_id, occurred_at, touchpont, betyg) named in study.toml; did you mean 'touchpont'?",
        "  - events.csv, row 1, column betyyg: study.toml names this column for score, but the file does not have it;"
        " allowed: one of the file's columns (customer_id, occurred_at, touchpont, betyg) named in study.toml;"
        " did you mean 'betyg'?",
        "  - responses.csv, row 1, column score: the column name comes more than once in the header",
        "  - case.csv: the file for cases is not there; did you mean 'cases.csv'?",
    ]


def test_a_repeated_column_that_is_not_used_does_no_harm(write_study):
    events = "customer_id,occurred_at,touchpoint,x,x,\n1,2026-10-03,shop,1,2,\n"
    assert load_study(write_study({"events.csv": events})).sources["columns_ignored"].tolist() == ["x"]


@pytest.mark.parametrize("name", ["nowhere", "study.toml"])
def test_no_folder(tmp_path, name):
    (tmp_path / "now_here").mkdir()
    error = refusal(tmp_path / name)
    expected = "is not in the folder" if name == "study.toml" else "folder is not there; did you mean 'now_here'"
    assert expected in str(error)


def test_a_missing_data_dir(write_study, tmp_path):
    folder = write_study({"events.csv": EVENTS})
    assert "the folder is not there" in str(refusal(folder, data_dir=tmp_path / "nothing"))
    text = str(refusal(folder, data_dir=folder / "events.csv"))
    assert "is a file, not a folder" in text and "did you mean" not in text
    assert "the folder is not there" in str(refusal(tmp_path / (5000 * "a")))


def test_neither_events_nor_responses(write_study):
    assert "neither events nor responses is there" in str(refusal(write_study({"customers.csv": "customer_id\n1\n"})))
    error = refusal(write_study({"events.csv": ""}, folder="faulty"))
    assert [problem.reason for problem in error.problems] == ["is empty"]  # there, only not good


def test_a_header_without_rows_is_an_empty_table(write_study):
    study = load_study(write_study({"events.csv": EVENTS, "customers.csv": "customer_id\n"}))
    assert study.customers.empty
    assert len(study.events) == 2


@pytest.mark.parametrize("row", ["", "invoice,paymnt\n"])
def test_touchpoints_without_a_good_row_do_not_let_every_name_pass(write_study, row):
    toml = "max_rejected_share = 1\n"
    files = {"study.toml": toml, "events.csv": EVENTS, "touchpoints.csv": "touchpoint,phase\n" + row}
    reason = "touchpoints.csv: has no valid row, so the touchpoints of events cannot be checked"
    assert reason in str(refusal(write_study(files)))
    files["events.csv"] = "customer_id,occurred_at,touchpoint\n"
    assert load_study(write_study(files)).events.empty  # nothing to check


def test_commas_that_may_separate_thousands_are_not_guessed_at(write_study):
    customers = "customer_id;price_per_month\n1;12\n2;1,000\n"
    text = str(refusal(write_study({"events.csv": EVENTS, "customers.csv": customers})))
    assert "customers.csv, row 3, column price_per_month: nothing in this file tells whether the comma" in text
    assert "found '1,000'; allowed: decimal = \",\" in [tables.customers] of study.toml" in text


@pytest.mark.parametrize("name", [5000 * "a", "a\\u0000b", "sub"])
def test_a_file_name_that_no_file_can_have_is_a_problem(write_study, name):
    toml = f'[tables.events]\nfile = "{name}"\n'
    text = str(refusal(write_study({"study.toml": toml, "sub/events.csv": EVENTS})))
    assert "the file for events is not there" in text
    assert len(text) < 1000


def test_a_link_out_of_the_folder_is_not_followed(write_study, tmp_path):
    (tmp_path / "events.csv").write_text(EVENTS)
    folder = write_study({"study.toml": '[tables.events]\nfile = "log.csv"\n', "customers.csv": "customer_id\n1\n"})
    (folder / "log.csv").symlink_to(tmp_path / "events.csv")
    assert "log.csv: is a link that points outside the study's folder" in str(refusal(folder))
    assert len(load_study(folder, data_dir=tmp_path).events) == 2  # this folder is one of the study's


def test_a_table_that_cannot_be_read_is_a_problem(write_study, monkeypatch):
    folder = write_study({"events.csv": EVENTS, "customers.csv": "customer_id\n1\n"})

    opened = Path.open

    def refuse(path, *arguments, **options):
        if path.suffix == ".csv":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    assert str(refusal(folder)).count("cannot be read (Permission denied)") == 2


def test_only_the_columns_of_the_contract_have_to_be_cells(write_study):
    def parquet(**columns) -> bytes:
        written = io.BytesIO()
        pd.DataFrame(columns).to_parquet(written, index=False)
        return written.getvalue()

    good = {"customer_id": ["1"], "occurred_at": ["2026-10-03"], "touchpoint": ["x"]}
    study = load_study(write_study({"events.parquet": parquet(**good, tags=[["a", "b"]], extra=[{"a": 1}])}))
    assert len(study.events) == 1
    assert study.sources["columns_ignored"].tolist() == ["tags; extra"]
    text = str(refusal(write_study({"events.parquet": parquet(**good | {"touchpoint": [["x"]]})}, folder="b")))
    assert "events.parquet, column touchpoint: holds values of the type list" in text


def test_ids_that_were_floating_numbers(write_study):
    written = io.BytesIO()
    events = pd.DataFrame({"customer_id": [1e15, 2.0**53, 2.0**53 + 2, 0.5, 7.0]})
    events.assign(occurred_at="2026-10-03", touchpoint="x").to_parquet(written, index=False)
    toml = "max_rejected_share = 1\n"
    study = load_study(write_study({"study.toml": toml, "events.parquet": written.getvalue()}))
    assert study.events["customer_id"].tolist() == ["1000000000000000", "7"]
    assert study.rejected["row"].tolist() == [3, 4, 5]
    assert set(study.rejected["reason"]) == {
        "is a number with decimals or too large to be exact, which cannot be an id"
    }


def test_a_scale_for_a_touchpoint_that_is_not_there(write_study):
    toml = '[tables.events.scales]\ninvoise = "nps"\n'
    touchpoints = "touchpoint,phase\ninvoice,payment\nshop,purchase\n"
    error = refusal(write_study({"study.toml": toml, "events.csv": EVENTS, "touchpoints.csv": touchpoints}))
    assert "unknown touchpoint, found 'invoise'; allowed: invoice, shop; did you mean 'invoice'?" in str(error)


def test_too_many_rejected_rows_list_those_of_all_files(write_study):
    good = "1,2026-10-03,shop,4\n"
    events = "customer_id,occurred_at,touchpoint,score\n" + 93 * good + 7 * "1,2026-10-03,shop,9\n"
    customers = "customer_id,price_per_month\n" + "".join(f"{n},1\n" for n in range(99)) + "x,cheap\n"
    files = {"events.csv": events, "customers.csv": customers}
    error = refusal(write_study(files))
    text = str(error)
    assert "events.csv: 7 of 100 rows were rejected; allowed: at most 0.05 of them" in text
    assert "customers.csv, row 101, column price_per_month: is not a number, found 'cheap'" in text
    assert text.count("outside its scale, found '9'; allowed: 1 to 5 (scale csat)") == 5
    assert "and 2 more of the same kind" in text
    assert len(error.problems) == 1 + 7 + 1
    assert len(error.rejected) == 8
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
    study = load_study(write_study({"study.toml": "max_rejected_share = 0.07\n", **files}))
    assert study.sources["rows_rejected"].tolist() == [1, 7]


def test_an_error_does_not_hold_a_problem_for_each_of_very_many_rows(write_study, monkeypatch):
    monkeypatch.setattr(cxlib.rejections, "MOST_PROBLEMS_PER_KIND", 10)
    events = "customer_id,occurred_at,touchpoint\n" + 50 * "1,soon,shop\n"
    error = refusal(write_study({"events.csv": events}))
    assert len(error.problems) == 11
    assert len(error.rejected) == 50


# --- as_of and segment ---------------------------------------------------------------------------------------------


@pytest.fixture
def study(write_study) -> Study:
    return load_study(
        write_study(
            {
                "study.toml": 'timezone = "Europe/Stockholm"\n',
                "customers.csv": "customer_id,segment,joined_on,churned_on\n"
                "1,Home,2026-01-01,2026-10-31\n2,Home,2026-10-31,2026-11-01\n3,Office,2026-11-01,\n4,,,2026-01-01\n",
                "events.csv": "customer_id,occurred_at,touchpoint\n"
                "1,2026-10-31 23:59:59,shop\n2,2026-11-01 00:00,shop\n3,2026-10-31T22:59:59Z,shop\n9,2026-01-01,shop\n",
                "responses.csv": "customer_id,answered_at,metric,score\n1,2026-10-31,nps,9\n3,2026-11-01,nps,9\n",
                "cases.csv": "case_id,customer_id,opened_at,resolved_at,customer_informed_at\n"
                "a,1,2026-10-30,2026-10-31,2026-11-01\nb,1,2026-10-30,2026-11-02,2026-11-02\nc,3,2026-11-01,,\n",
            }
        )
    )


def test_as_of_is_what_was_known_then(study):
    then = study.as_of("2026-11-01")
    assert then.customers["customer_id"].tolist() == ["1", "2", "4"]
    assert then.customers["churned_on"].isna().tolist() == [False, True, False]
    assert then.events.index.tolist() == [2, 4, 5]
    assert then.responses.index.tolist() == [2]
    assert then.cases["case_id"].tolist() == ["a", "b"]
    assert then.cases["resolved_at"].notna().tolist() == [True, False]
    assert then.cases["customer_informed_at"].notna().tolist() == [False, False]
    assert then.rejected is study.rejected and then.sources is study.sources
    for name in TABLES:
        pd.testing.assert_series_equal(getattr(then, name).dtypes, getattr(study, name).dtypes)


def test_as_of_takes_any_moment_and_leaves_the_study_alone(study):
    before = study.customers.copy(), study.cases.copy()
    a, b = study.as_of("2026-11-01"), study.as_of(pd.Timestamp("2026-10-31 23:00Z"))
    pd.testing.assert_frame_equal(a.events, b.events)
    pd.testing.assert_frame_equal(a.customers, b.customers)
    pd.testing.assert_frame_equal(study.customers, before[0])
    pd.testing.assert_frame_equal(study.cases, before[1])
    for wrong in ("soon", None):
        with pytest.raises(ParameterError, match="as_of takes a date or a time"):
            study.as_of(wrong)


def test_segment(study):
    home = study.segment("Home")
    assert home.customers["customer_id"].tolist() == ["1", "2"]
    assert home.events["customer_id"].tolist() == ["1", "2"]
    assert home.responses["customer_id"].tolist() == ["1"]
    assert home.cases["case_id"].tolist() == ["a", "b"]
    with pytest.raises(ParameterError, match="unknown segment 'home'; allowed: 'Home', 'Office'; did you mean 'Home'"):
        study.segment("home")
    with pytest.raises(ParameterError, match="none: the study's customers have no segments"):
        study.as_of("2025-01-01").segment("Home")


# --- what is written comes back or is in rejected ------------------------------------------------------------------

IDS = st.text("abÅö019 ;,|\t'\"\n", min_size=0, max_size=5)
GOOD_SCORES = st.integers(10, 50).map(lambda tenths: tenths / 10)
SCORES = st.one_of(GOOD_SCORES, st.none(), st.sampled_from(["x", "1.2.3", "99", "nan"]))
TIMES = st.one_of(
    st.datetimes(pd.Timestamp("1990-01-01").to_pydatetime(), pd.Timestamp("2090-01-01").to_pydatetime()),
    st.sampled_from(["", "2026-02-30", "32/10/2026"]),
)
NOTES = st.text("aé ;,|\t\"'\n0", max_size=6)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(IDS, TIMES, SCORES, NOTES), max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    comma=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    short=st.integers(0, 2),
)
def test_rows_come_back_or_are_rejected(tmp_path_factory, rows, delimiter, comma, encoding, quoting, short):
    decimal = "," if comma and delimiter != "," else "."
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator="\r\n")
    writer.writerow(["customer_id", "occurred_at", "touchpoint", "score", "note"])
    for customer, at, score, note in rows:
        shown = "" if score is None else str(score).replace(".", decimal)
        writer.writerow([customer, at if isinstance(at, str) else at.isoformat(), "shop", shown, note])
    for _ in range(short):
        writer.writerow(["cut", "short"])
    folder = tmp_path_factory.mktemp("study")
    (folder / "events.csv").write_bytes(written.getvalue().encode(encoding))
    told = f'encoding = "{encoding}"\n' if encoding == "cp1252" else ""
    sign = "tab" if delimiter == "\t" else delimiter
    table = f"[tables.events]\ndelimiter = '{sign}'\ndecimal = '{decimal}'\n{told}"
    (folder / "study.toml").write_text(f"max_rejected_share = 1\n{table}")

    study = load_study(folder)

    expected = {}
    for number, (customer, at, score, note) in enumerate(rows, start=2):
        if customer.strip() and not isinstance(at, str) and not isinstance(score, str):
            expected[number] = (customer.strip(), pd.Timestamp(at, tz="UTC"), score, note or None)
    kept = study.events[["customer_id", "occurred_at", "score", "note"]].astype(object)
    kept = kept.where(kept.notna(), None)
    assert dict(zip(kept.index, kept.itertuples(index=False, name=None), strict=True)) == expected
    source = study.sources.iloc[0]
    assert source["rows_read"] == len(rows) + short == source["rows_kept"] + source["rows_rejected"]
    assert source["rows_rejected"] == study.rejected["row"].nunique()
    assert set(study.rejected["row"]) == set(range(2, 2 + len(rows) + short)) - expected.keys()
