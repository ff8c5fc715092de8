"""Frames without a row through the confidentiality, the non-respondents and the comments: the same columns."""

import pandas as pd
import pytest

import cxlib as cx
from cxlib.confidentiality import few_told
from cxlib.confidentiality.totals import total_bases
from cxlib.errors import ParameterError

N = 12
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": pd.Series([f"c{i}" for i in range(N)], dtype="str"),
        "segment": pd.Series(["a", "b"] * (N // 2), dtype="str"),
        "region": pd.Series(["n"] * (N // 2) + ["s"] * (N // 2), dtype="str"),
    }
)
ANSWERS = pd.DataFrame(
    {
        "customer_id": CUSTOMERS["customer_id"],
        "metric": pd.Series(["nps"] * N, dtype="str"),
        "score": [1.0] * (N // 2) + [10.0] * (N // 2),
        "comment": pd.Series(["faktura"] * N, dtype="str"),
    }
)
CELLS = pd.DataFrame(
    {"segment": ["a", "b", "c"], "region": ["n", "n", "s"], "n": [9, 3, 2], "k": [4, 1, 1], "share": 0.5}
)
CELLS = CELLS.astype({"segment": "str", "region": "str"})


def totals_of(cells) -> pd.DataFrame:
    return cx.crossed_totals(cells, by=["segment", "region"])


def told(cells) -> pd.DataFrame:
    options = {"shown_rows": ["a"], "shown_columns": ["n"]}
    found = list(few_told(cells, base="n", rows="segment", columns="region", **options))
    return pd.DataFrame(found, columns=["rows", "columns"], dtype="object")


OF_ANSWERS = {
    "asked_customers": lambda customers, answers: cx.asked_customers(customers, answers),
    "nonresponse": lambda customers, answers: cx.nonresponse(customers, answers),
    "nonresponse by one": lambda customers, answers: cx.nonresponse(customers, answers, by="segment"),
    "nonresponse by two": lambda customers, answers: cx.nonresponse(customers, answers, by=["segment", "region"]),
    "bounds": lambda customers, answers: cx.headline_bounds(customers, answers),
    "bounds by one": lambda customers, answers: cx.headline_bounds(customers, answers, by="segment"),
    "bounds by two": lambda customers, answers: cx.headline_bounds(customers, answers, by=["segment", "region"]),
    "keyness": lambda customers, answers: cx.comment_keyness(answers),
}
OF_CELLS = {
    "small bases": lambda cells: cx.suppress_small_bases(cells, base="n", columns=["k", "share"]),
    "derivable": lambda cells: cx.suppress_derivable(cells, base="n", columns=["k", "share"], within="region"),
    "crossed": lambda cells: cx.suppress_crossed(cells, by=["segment", "region"], figures={"n": ["k", "share"]}),
    "crossed by none": lambda cells: cx.suppress_crossed(cells, by=[], figures={"n": ["k", "share"]}),
    "few told": told,
    "total bases": lambda cells: total_bases(cells, totals_of(cells), base="n").to_frame(),
    "derivable groups": lambda cells: cx.derivable_groups(cells, totals_of(cells), base="n"),
    "feasible counts": lambda cells: cx.feasible_counts(cells, totals_of(cells), base="n", count="k"),
    "withheld": lambda cells: cx.withheld_totals(cells, totals_of(cells), base="n"),
    "withheld with counts": lambda cells: cx.withheld_totals(cells, totals_of(cells), base="n", count="k"),
    "pseudonyms": lambda cells: cx.pseudonyms(cells["n"], key="only for this test").to_frame(),
}


def same_columns(found: pd.DataFrame, usual: pd.DataFrame) -> None:
    assert found.dtypes.to_dict() == usual.dtypes.to_dict() and list(found.columns) == list(usual.columns)
    assert found.index.names == usual.index.names


@pytest.mark.parametrize("name", OF_ANSWERS)
@pytest.mark.parametrize("who", ["nobody asked", "nobody answered", "no answer has a score"])
def test_of_nobody_there_are_the_same_columns(name, who):
    customers = CUSTOMERS.iloc[:0] if who == "nobody asked" else CUSTOMERS
    answers = ANSWERS.assign(score=float("nan")) if who == "no answer has a score" else ANSWERS.iloc[:0]
    ask = OF_ANSWERS[name]
    found = ask(customers, answers)
    same_columns(found, ask(CUSTOMERS, ANSWERS))
    if name in ("nonresponse", "bounds"):
        assert found["n_asked_customers"].tolist() == [len(customers)]
    elif name in ("asked_customers", "keyness"):
        assert len(found) == (len(customers) if (name, who) == ("asked_customers", "no answer has a score") else 0)
    else:
        assert found["n_asked_customers"].sum() == len(customers)


@pytest.mark.parametrize("name", OF_CELLS)
def test_of_no_cell_there_are_the_same_columns(name):
    found = OF_CELLS[name](CELLS.iloc[:0])
    assert found.empty
    same_columns(found, OF_CELLS[name](CELLS))


@pytest.mark.parametrize("by", [["segment"], ["segment", "region"]])
def test_no_cell_has_no_total(by):
    found = cx.crossed_totals(CELLS.iloc[:0], by=by)
    assert found.shape == (0, 0) and isinstance(found.index, pd.MultiIndex) and found.index.names == by


def test_nobody_cannot_be_weighted():
    with pytest.raises(ParameterError, match="there is no respondent to weight"):
        cx.raked_weights(CUSTOMERS.iloc[:0], {"segment": {"a": 1}})
