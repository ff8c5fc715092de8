"""How each file was written is found, shown in `study.sources` and can be told; what nothing tells is asked for."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlib.errors import StudyError
from cxlib.study import load_study

DIALECT = ["encoding", "delimiter", "decimal", "date_order", "header_row"]


def load(write_study, files, folder="study", toml=""):
    return load_study(write_study({"study.toml": toml, **files}, folder=folder))


def refusal(write_study, files, **options) -> str:
    with pytest.raises(StudyError) as caught:
        load(write_study, files, **options)
    return str(caught.value)


def dialect(study, table="events") -> list:
    source = study.sources.set_index("table").loc[table, DIALECT]
    return source.where(source.notna(), None).tolist()


def test_a_swedish_report_as_a_mac_saves_it(write_study):
    events = (
        "Svar från kunder;;;;\r\n"
        "Skapad 2026-11-01 kl. 14.05;;;;\r\n"
        ";;;;\r\n"
        "customer_id;occurred_at;touchpoint;score;note;\r\n"
        '007;31.10.2026 14.05;köp;3,5;"två\nrader; 1 234,5";\r\n'
        "008;1.11.2026 9.30;faktura;\u00a04;\u2013;\r\n"
    )
    study = load(write_study, {"events.csv": events.encode("mac-roman")})
    assert dialect(study) == ["mac-roman", ";", ",", "dmy", 4]
    assert study.events.index.tolist() == [5, 6]
    assert study.events["occurred_at"].dt.strftime("%Y-%m-%d %H:%M").tolist() == [
        "2026-10-31 14:05",
        "2026-11-01 09:30",
    ]
    assert study.events["score"].tolist() == [3.5, 4.0]
    assert study.events["note"].tolist() == ["två\nrader; 1 234,5", "–"]


def test_a_us_export(write_study):
    customers = (
        'customer_id,price_per_month,joined_on,churned_on\n1,"1,200.50",1/31/24,2/1/2026\n2,99,2/1/24,12/24/2026\n'
    )
    events = "customer_id,occurred_at,touchpoint\n1,10/31/2026 2:05:06 PM,shop\n"
    toml = "max_rejected_share = 0.5\n"
    study = load(write_study, {"customers.csv": customers, "events.csv": events}, toml=toml)
    assert dialect(study) == ["utf-8", ",", ".", "mdy", 1]
    assert study.events["occurred_at"].tolist() == [pd.Timestamp("2026-10-31 14:05:06Z")]
    assert study.customers["joined_on"].astype("str").tolist() == ["2024-02-01"]
    assert study.rejected[["row", "column", "reason"]].values.tolist() == [  # noqa: PD011
        [2, "price_per_month", "is not a number"]  # a comma never separates thousands
    ]


@pytest.mark.parametrize(
    ("prices", "decimal", "kept"),
    [
        (['"12,5"', '"1 234,50"'], ",", [12.5, 1234.5]),  # Google Sheets in Swedish: a comma, and quotes
        (['"1\u202f234,50"', "99"], ",", [1234.5, 99]),
        (['"1,000"', "99"], ".", [99]),
        (['"12,5"', "99.5"], ".", [99.5]),
        (["\u22121.5", "2.5"], ".", [2.5]),
    ],
)
def test_decimal_commas_in_quotes_between_commas(write_study, prices, decimal, kept):
    rows = "".join(f"{number},{price}\n" for number, price in enumerate(prices))
    files = {
        "events.csv": "customer_id,occurred_at,touchpoint\n",
        "customers.csv": "customer_id,price_per_month\n" + rows,
    }
    study = load(write_study, files, toml="max_rejected_share = 0.5\n")
    assert dialect(study, "customers")[:3] == ["utf-8", ",", decimal]
    assert study.customers["price_per_month"].tolist() == kept


def test_each_column_has_its_own_order_and_the_sources_name_them(write_study):
    files = {
        "events.csv": "customer_id,occurred_at,touchpoint\n1,31 okt 2026 14:05,shop\n",
        "customers.csv": "customer_id,joined_on,churned_on\n1,31/1/2024,12/24/2026\n",
        "cases.csv": "case_id,customer_id,opened_at,resolved_at\n1,1,2026-10-01,2026-10-02\n",
    }
    study = load(write_study, files)
    assert dialect(study)[3] is None  # the month has its name
    assert dialect(study, "customers")[3] == "joined_on: dmy; churned_on: mdy"
    assert dialect(study, "cases")[3] == "ymd"


AMBIGUOUS = "kund,occurred_at,touchpoint\n1,2026-10-01,shop\n2,3/10/2026,shop\n"
RENAMED = '[tables.events.columns]\ncustomer_id = "kund"\n'


def test_an_order_that_nothing_tells_is_asked_for_with_the_line_that_settles_it(write_study):
    files = {"events.csv": AMBIGUOUS, "customers.csv": "customer_id,joined_on\n1,1/2/03\n"}
    text = refusal(write_study, files, toml=RENAMED)
    assert (
        "events.csv, row 3, column occurred_at: nothing in this column tells whether the day or the month comes first, "
        'found \'3/10/2026\'; allowed: date_order = "dmy" or "mdy" (day d, month m, year y) in [tables.events] of '
        "study.toml, or dates written 2026-10-03"
    ) in text
    assert "customers.csv, row 2, column joined_on: nothing" in text  # of all tables at once
    assert 'date_order = "dmy" or "mdy" or "ymd" (day d' in text
    settled = f'[tables.events]\ndate_order = "dmy"\n{RENAMED}[tables.customers]\ndate_order = "ymd"\n'
    study = load(write_study, files, toml=settled)
    assert study.events["occurred_at"].dt.strftime("%m-%d").tolist() == ["10-01", "10-03"]
    assert study.customers["joined_on"].tolist() == [pd.Timestamp("2001-02-03")]
    assert (dialect(study)[3], dialect(study, "customers")[3]) == ("dmy", "ymd")


def test_dates_in_two_orders_are_refused_with_both_rows(write_study):
    events = "customer_id,occurred_at,touchpoint\n1,1/2/2026,shop\n2,31/1/2026,shop\n3,1/31/2026,shop\n"
    text = refusal(write_study, {"events.csv": events})
    assert (
        "events.csv, row 4, column occurred_at: cannot be in the same order of day and month as '31/1/2026' in row 3, "
        "so nothing tells which the other dates are in, found '1/31/2026'; allowed: date_order = "
    ) in text
    toml = 'max_rejected_share = 0.5\n[tables.events]\ndate_order = "dmy"\n'
    study = load(write_study, {"events.csv": events}, toml=toml)
    assert study.events["occurred_at"].dt.month.tolist() == [2, 1]
    rejected = study.rejected.iloc[0]
    assert (rejected["row"], rejected["reason"]) == (4, "is not a date or time")
    assert rejected["allowed"].startswith("31/10/2026 (date_order), or 2026-10-03")


def test_dates_of_a_date_scale_have_an_order_too(write_study):
    toml = '[scales.promised]\nkind = "date"\nfull_effect_days = 14\n[tables.events]\nscale = "promised"\n'
    header = "customer_id,occurred_at,touchpoint,score,expectation\n"
    events = header + "1,2026-10-20,x,13.10.2026,15.10.2026\n"
    assert load(write_study, {"events.csv": events}, toml=toml).events["score"].tolist() == [2]
    events = header + "1,2026-10-20,x,1/10/2026,15/10/2026\n"
    assert "row 2, column score: nothing in this column tells" in refusal(
        write_study, {"events.csv": events}, toml=toml
    )


def test_an_unclosed_quote_is_noticed_by_dates_in_any_form(write_study):
    events = "customer_id,occurred_at,touchpoint,note\n" + '1,31/1/2026,shop,"ab\n2,30/1/2026,shop,cd"\n'
    text = refusal(write_study, {"events.csv": events})
    assert "2 of 2 rows were rejected" in text and "holds what looks like further rows" in text


def test_everything_can_be_told(write_study):
    toml = (
        '[tables.events]\nencoding = "mac-roman"\ndelimiter = "|"\ndecimal = ","\ndate_order = "mdy"\nheader_row = 2\n'
    )
    events = "Två|ord\ncustomer_id|occurred_at|touchpoint|score\n1|3/10/2026|köp|3,5\n"
    study = load(write_study, {"events.csv": events.encode("mac-roman")}, toml=toml)
    assert dialect(study) == ["mac-roman", "|", ",", "mdy", 2]
    assert study.events.loc[3, ["touchpoint", "score"]].tolist() == ["köp", 3.5]
    assert study.events["occurred_at"].dt.month.tolist() == [3]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('date_order = "day first"', "date_order: unknown name, found 'day first'; allowed: dmy, mdy, ymd"),
        ("header_row = 0", "header_row: is not the number of a row, found '0'; allowed: the row's number in a"),
        ("header_row = true", "header_row: is not the number of a row, found 'True'"),
        ("header_row = 2.0", "header_row: is not the number of a row, found '2.0'"),
        ("header_row = 1001", "header_row: is not the number of a row, found '1001'"),
        ("header_row = 9", "events.csv, row 9: the row of the header is blank or not there"),
    ],
)
def test_what_is_told_wrongly(write_study, line, problem):
    events = "customer_id,occurred_at,touchpoint\n1,2026-10-01,shop\n"
    assert problem in refusal(write_study, {"events.csv": events}, toml=f"[tables.events]\n{line}\n")


def test_a_missing_column_is_missed_in_the_row_of_the_header(write_study):
    events = "Svar\n\ncustomer_id;occurred_at;touchpiont\n1;2026-10-01;shop\n"
    assert "events.csv, row 3, column touchpoint: the required column" in refusal(write_study, {"events.csv": events})


def test_what_is_no_text_file_has_no_dialect(write_study, tmp_path):
    folder = write_study({})
    events = pd.DataFrame({"customer_id": ["1"], "occurred_at": ["31/10/2026"], "touchpoint": ["x"]})
    events.to_parquet(folder / "events.parquet", index=False)
    assert dialect(load_study(folder)) == [None, None, ".", "dmy", None]
