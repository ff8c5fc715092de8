"""The declared tables, and how text becomes their typed rows or is rejected."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from cxlib.contract import KINDS, TABLES, empty_frame
from cxlib.study import load_study

UTC = ZoneInfo("UTC")


def test_tables_and_required_columns_are_those_of_the_design():
    required = {name: [column.name for column in table.columns if column.required] for name, table in TABLES.items()}
    assert required == {
        "customers": ["customer_id"],
        "touchpoints": ["touchpoint", "phase"],
        "events": ["customer_id", "occurred_at", "touchpoint"],
        "responses": ["customer_id", "answered_at", "metric", "score"],
        "cases": ["case_id", "customer_id", "opened_at"],
        "journey_steps": ["step", "stage"],
    }


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_declaration_is_whole(table):
    assert table.row
    names = table.column_names
    assert len(set(names)) == len(names)
    assert table.key is None or table.key in names
    for earlier, later, _ in table.in_order:
        assert {earlier, later} <= set(names)
    for column in table.columns:
        assert column.kind in KINDS
        assert column.description
        assert (column.allowed is not None) or column.kind != "category"
        assert column.refers_to is None or TABLES[column.refers_to].key


def test_only_an_answers_score_may_be_required_and_yet_empty():
    odd = [(t.name, c.name) for t in TABLES.values() for c in t.columns if c.required and not c.needs_value]
    assert odd == [("responses", "score")]


def test_dtypes():
    stockholm = ZoneInfo("Europe/Stockholm")
    events = empty_frame(TABLES["events"], stockholm)
    assert events.dtypes.astype("str").to_dict() == {
        "customer_id": "str",
        "occurred_at": "datetime64[us, Europe/Stockholm]",
        "touchpoint": "str",
        "event_id": "str",
        "score": "float64",
        "expectation": "float64",
        "channel": "str",
        "note": "str",
    }
    assert (events.index.name, events.index.dtype) == ("source_row", "int64")
    customers = empty_frame(TABLES["customers"], stockholm)
    assert customers["joined_on"].dtype == "datetime64[us]"
    touchpoints = empty_frame(TABLES["touchpoints"], stockholm)
    assert touchpoints["phase"].cat.categories.tolist() == ["purchase", "consumption", "payment"]
    assert touchpoints["stage"].cat.ordered
    assert touchpoints["required"].dtype == "bool"


@pytest.fixture
def load(write_study):
    """Load one table, with an empty events.csv where it is another one, and let any share of rows fail."""

    def load(table: str, content: str, toml: str = "", **files: str):
        others = {} if table == "events" else {"events.csv": "customer_id,occurred_at,touchpoint\n"}
        toml = "max_rejected_share = 1\n" + toml
        names = {f"{name}.csv": text for name, text in files.items()}
        return load_study(write_study({"study.toml": toml, **others, **names, f"{table}.csv": content}))

    return load


def refusals(study) -> list[tuple]:
    columns = study.rejected[["row", "column", "value", "reason", "nearest"]].astype(object)
    return list(columns.where(columns.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize("table", TABLES)
def test_a_loaded_table_has_the_dtypes_of_an_empty_one(load, table):
    examples = {
        "id": "007",
        "name": "csat",
        "text": "x",
        "number": "1",
        "score": "3",
        "boolean": "true",
        "timestamp": "2026-01-01",
        "date": "2026-01-01",
    }
    columns = TABLES[table].columns
    row = [column.allowed[0] if column.kind == "category" else examples[column.kind] for column in columns]
    study = load(table, ",".join(c.name for c in columns) + "\n" + ",".join(map(str, row)) + "\n")
    assert not len(study.rejected)
    frame = getattr(study, table)
    pd.testing.assert_frame_equal(frame.iloc[:0], empty_frame(TABLES[table], UTC))
    assert frame.index.tolist() == [2]


def test_customers(load):
    study = load(
        "customers",
        "customer_id,segment,price_per_month,joined_on,churned_on\n"
        " 007 ,Home,99.5,2026-01-01,\n"
        "7,,,,\n"
        ",Home,1,2026-01-01,\n"
        "8,Home,-1,2026-01-01,\n"
        "9,Home,1,2026-02-30,2026-01-01\n"
        "10,Home,1,2026-02-02,2026-02-01\n"
        "11,Home,1,2026-02-02T23:00,2026-02-02\n"
        "007,Office,,,\n"
        "8,Office,1,,\n",
    )
    # 8: its first row is bad, so the second one is the first good one.
    assert study.customers["customer_id"].to_dict() == {2: "007", 3: "7", 8: "11", 10: "8"}
    assert study.customers.loc[8, "joined_on"] == pd.Timestamp("2026-02-02")
    assert refusals(study) == [
        (4, "customer_id", None, "is empty, but needs a value", None),
        (5, "price_per_month", "-1", "out of range", None),
        (6, "joined_on", "2026-02-30", "is not a date", None),
        (7, "churned_on", "2026-02-01", "churned before joined", None),
        (9, "customer_id", "007", "comes more than once; the first row stays", None),
    ]
    source = study.sources.set_index("table").loc["customers"]
    assert (source["rows_read"], source["rows_kept"], source["rows_rejected"]) == (9, 4, 5)


def test_touchpoints(load):
    study = load(
        "touchpoints",
        "touchpoint,phase,stage,weight,potential,required,default_experience\n"
        "invoice,Payment,loyalty,,0.5,ja,\n"
        "shop,purchase,,2,,,-1\n"
        "web,purhcase,buy,-1,1.5,perhaps,0.5\n"
        "app,,,,,,\n",
    )
    kept = study.touchpoints
    assert kept["phase"].tolist() == ["payment", "purchase"]
    assert kept["weight"].tolist() == [1, 2]
    assert kept["required"].tolist() == [True, False]
    assert kept["default_experience"].tolist() == [0, -1]
    assert refusals(study) == [
        (4, "phase", "purhcase", "unknown phase", "purchase"),
        (4, "stage", "buy", "unknown stage", None),
        (4, "weight", "-1", "out of range", None),
        (4, "potential", "1.5", "out of range", None),
        (4, "required", "perhaps", "is not true or false", None),
        (4, "default_experience", "0.5", "out of range", None),
        (5, "phase", None, "is empty, but needs a value", None),
    ]
    assert study.rejected["allowed"].tolist() == [
        "purchase, consumption, payment",
        "awareness, evaluation, purchase, use, loyalty",
        "at least 0",
        "0 to 1",
        "true or false",
        "-1, 0, 1",
        "purchase, consumption, payment",
    ]
    source = study.sources.set_index("table").loc["touchpoints"]
    assert (source["rows_rejected"], len(study.rejected)) == (2, 7)


def test_events(load):
    study = load(
        "events",
        "customer_id,occurred_at,touchpoint,event_id,score,expectation\n"
        "1,2026-10-03 10:00,invoice,e1,4,\n"
        "1,2026-10-03 10:00,invoice,e1,4,\n"
        "1,2026-10-03 10:00,invoice,,6,\n"
        "1,2026-10-03 10:00,invoice,,4,0\n"
        "1,2026-10-03 10:00,invioce,,four,\n"
        "1,soon,,,,\n"
        "1,2026-10-03 10:00,invoice\n"
        "1,2026-10-03 10:00,invoice,,,\n",
        touchpoints="touchpoint,phase\ninvoice,payment\n",
    )
    assert study.events.index.tolist() == [2, 9]
    assert refusals(study) == [
        (3, "event_id", "e1", "comes more than once; the first row stays", None),
        (4, "score", "6", "outside its scale", None),
        (5, "expectation", "0", "outside its scale", None),
        (6, "score", "four", "is not a number", None),
        (6, "touchpoint", "invioce", "unknown touchpoint", "invoice"),
        (7, "occurred_at", "soon", "is not a date or time", None),
        (7, "touchpoint", None, "is empty, but needs a value", None),
        (8, None, "1,2026-10-03 10:00,invoice", "has 3 cells, the header has 6", None),
    ]
    assert study.rejected["allowed"].tolist()[1] == "1 to 5 (scale csat)"
    source = study.sources.set_index("table").loc["events"]
    assert (source["rows_read"], source["rows_kept"], source["rows_rejected"]) == (8, 2, 6)


def test_any_touchpoint_goes_where_no_touchpoints_table_is(load):
    study = load("events", "customer_id,occurred_at,touchpoint\n1,2026-10-03,anything\n")
    assert study.events["touchpoint"].tolist() == ["anything"]


DELIVERY = """
timezone = "Europe/Stockholm"
[scales.delivery]
kind = "date"
full_effect_days = 7
[tables.events.scales]
delivered = "delivery"
"""


def test_date_scales_become_days_early(load):
    study = load(
        "events",
        "customer_id,occurred_at,touchpoint,score,expectation\n"
        "1,2026-10-03,delivered,2026-10-01,2026-10-03\n"
        "1,2026-10-03,delivered,2026-10-05 23:00,2026-10-03 01:00\n"
        "1,2026-10-03,delivered,2026-10-04T23:00Z,2026-10-05\n"  # already the 5th in Stockholm
        "1,2026-10-03,delivered,,2026-10-03\n"
        "1,2026-10-03,invoice,4,3.5\n"
        "1,2026-10-03,delivered,2026-10-01,\n"
        "1,2026-10-03,delivered,4,2026-10-03\n"
        "1,2026-10-03,invoice,2026-10-01,2026-10-03\n",
        DELIVERY,
    )
    assert study.events["score"].fillna(-99).tolist() == [2, -2, 0, -99, 4]
    assert study.events["expectation"].fillna(-99).tolist() == [0, 0, 0, -99, 3.5]
    assert [refusal[:4] for refusal in refusals(study)] == [
        (7, "expectation", None, "is empty, but a date scale needs both dates"),
        (8, "score", "4", "is not a date"),
        (9, "score", "2026-10-01", "is not a number"),
        (9, "expectation", "2026-10-03", "is not a number"),
    ]


def test_responses(load):
    study = load(
        "responses",
        "customer_id,answered_at,metric,score,touchpoint,survey_weight\n"
        "1,2026-10-03T10:00Z,nps,9,,1.5\n"
        "1,2026-10-03,nps,,,\n"
        "1,2026-10-03,csat,9,,\n"
        "1,2026-10-03,npss,9,,\n"
        "1,2026-10-03,wait,45,,-1\n"
        "1,2026-10-03,wait,45,,\n",
        "[scales.wait]\nmin = 0\nmax = 60\nexpected = 10\nbetter = 'lower'\n",
    )
    assert study.responses["score"].fillna(-99).to_dict() == {2: 9, 3: -99, 7: 45}
    assert refusals(study) == [
        (4, "score", "9", "outside its scale", None),
        (5, "metric", "npss", "unknown metric", "nps"),
        (6, "survey_weight", "-1", "out of range", None),
    ]


def test_cases(load):
    study = load(
        "cases",
        "case_id,customer_id,opened_at,resolved_at,customer_informed_at\n"
        "a,1,2026-10-03 10:00,2026-10-03 10:00,\n"
        "b,1,2026-10-03 10:00,2026-10-03 09:00,2026-10-02\n"
        "a,1,2026-10-03 10:00,,\n",
    )
    assert study.cases["case_id"].tolist() == ["a"]
    assert [refusal[3] for refusal in refusals(study)] == [
        "resolved before opened",
        "customer informed before the case was opened",
        "comes more than once; the first row stays",
    ]


def test_metrics_in_any_case(load):
    study = load("responses", "customer_id,answered_at,metric,score\n1,2026-10-03,CSAT,4\n1,2026-10-03,nps,9\n")
    assert study.responses["metric"].tolist() == ["csat", "nps"]


def test_days_that_cannot_be_are_rejected(load):
    study = load(
        "cases",
        "case_id,customer_id,opened_at,resolved_at\n"
        "a,1,1900-01-01,2099-12-31 23:59\nb,1,1899-12-31 23:59,\nc,1,2026-10-03,9999-12-31\n",
        'timezone = "Europe/Stockholm"\n',
        customers="customer_id,joined_on,churned_on\n1,1900-01-01,2099-12-31\n2,2026-01-01,9999-12-31\n3,0201-01-01,\n",
    )
    assert study.cases["case_id"].tolist() == ["a"]
    assert study.customers["customer_id"].tolist() == ["1"]
    assert [refusal[:4] for refusal in refusals(study)] == [
        (3, "churned_on", "9999-12-31", "out of range"),
        (4, "joined_on", "0201-01-01", "out of range"),
        (3, "opened_at", "1899-12-31 23:59", "out of range"),
        (4, "resolved_at", "9999-12-31", "out of range"),
    ]
    assert set(study.rejected["allowed"]) == {"1900-01-01 to 2099-12-31"}


def test_names_and_ids_are_the_same_however_their_accents_are_written(load):
    events = "customer_id,occurred_at,touchpoint,note\nA\u030a1,2026-10-03,ko\u0308p,o\u0308\n"
    study = load(
        "events", events, '[tables.events.scales]\n"ko\u0308p" = "nps"\n', touchpoints="touchpoint,phase\nköp,payment\n"
    )
    assert study.events[["customer_id", "touchpoint"]].iloc[0].tolist() == ["Å1", "köp"]
    assert study.events["note"].tolist() == ["o\u0308"]  # free text stays as it is
    assert study.settings.touchpoint_scales == {"köp": "nps"}


SWALLOWED = """customer_id,answered_at,metric,score,comment
1,2026-10-03,csat,4,"ab
2,2026-10-04,csat,4,"c"
3,2026-10-05,csat,4,"cd"
4,2026-10-05,csat,4,"fine, really
well, good, better, best, all of it"
"""


def test_rows_that_an_open_quote_swallowed_are_counted_as_rejected(load):
    study = load("responses", SWALLOWED)
    assert study.responses["customer_id"].tolist() == ["3", "4"]
    source = study.sources.set_index("table").loc["responses"]
    assert (source["rows_read"], source["rows_kept"], source["rows_rejected"]) == (4, 2, 2)
    assert refusals(study)[0][:4] == (
        2,
        None,
        '1,2026-10-03,csat,4,"ab\n2,2026-10-04,csat,4,"c"',
        "has letters after a closing quote: a quote before it may be unclosed",
    )


def test_rows_within_a_cell_are_seen_where_the_quotes_happen_to_fit(load):
    swallowed = SWALLOWED.replace('"c"', '",c"').replace("score,comment", "score,comment,channel")
    swallowed = swallowed.replace('"cd"', "cd,").replace('of it"', 'of it",').replace(',c"', ",c")
    study = load("responses", swallowed)
    assert study.responses["customer_id"].tolist() == ["3", "4"]
    source = study.sources.set_index("table").loc["responses"]
    assert (source["rows_read"], source["rows_kept"], source["rows_rejected"]) == (4, 2, 2)
    assert refusals(study)[0][:4] == (
        2,
        "comment",
        "ab\n2,2026-10-04,csat,4,",
        "holds what looks like further rows: a quote before it may be unclosed",
    )


def test_touchpoints_within_a_cell_are_known_by_their_phase(load):
    study = load("touchpoints", 'touchpoint,phase,needs\na,payment,"x\nb,Payment,"\nc,payment,"y\nz, payment"\n')
    assert study.touchpoints["touchpoint"].tolist() == ["c"]
    assert study.sources.set_index("table").loc["touchpoints", "rows_rejected"] == 2


def test_journey_steps(load):
    study = load("journey_steps", "step,stage,position,emotion\nSign,purchase,1,-2\nWait,use,2,-3\nOwn,using,3,1\n")
    assert study.journey_steps["step"].tolist() == ["Sign"]
    assert refusals(study) == [
        (3, "emotion", "-3", "out of range", None),
        (4, "stage", "using", "unknown stage", None),
    ]


def test_numbers_in_a_swedish_excel_file_with_a_stray_point(load):
    study = load("customers", "customer_id;price_per_month\n1;1\u00a0299,50\n2;3.5\n3;12\n")
    assert study.customers["price_per_month"].tolist() == [1299.5, 12]
    assert [refusal[:4] for refusal in refusals(study)] == [
        (3, "price_per_month", "3.5", "has another decimal sign than this file's, ','")
    ]
    assert study.rejected["allowed"].tolist() == ["a number such as 3,5"]


def test_thousands_with_a_comma_are_no_numbers_once_the_decimal_sign_is_told(load):
    toml = '[tables.customers]\ndecimal = "{}"\n'
    customers = "customer_id;price_per_month\n1;1,000\n2;12\n"
    study = load("customers", customers, toml.format("."))
    assert [refusal[1:4] for refusal in refusals(study)] == [("price_per_month", "1,000", "is not a number")]
    assert load("customers", customers, toml.format(",")).customers["price_per_month"].tolist() == [1, 12]


def test_free_text_is_kept_as_it_is(load):
    study = load("events", 'customer_id,occurred_at,touchpoint,note\n1,2026-10-03,x," two\n lines "\n')
    assert study.events["note"].tolist() == [" two\n lines "]
