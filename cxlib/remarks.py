"""What looks odd in a study that can be used: counted, with an example, and kept. A remark refuses nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from cxlib.contract import TABLES
from cxlib.errors import ParameterError
from cxlib.exports.told import shortened
from cxlib.question_maps import MappedQuestion
from cxlib.study import Study

REMARK_COLUMNS = {
    "kind": "str",
    "table": "str",
    "column": "str",
    "n_rows": "int64",
    "n_customers": "int64",
    "what": "str",
    "example": "str",
    "what_to_do": "str",
}
KINDS = {
    "no_rows": "Nothing is wrong if nothing happened. Was the export cut off, or its filter too narrow?",
    "unknown_customers": "Are their ids written in the same way there (leading zeros)?",
    "before_joining": "They count like others. Is joined_on the day of a later contract, or the id used anew?",
    "after_churn": "They count like others: a last invoice or an exit survey comes late. Many of them say that"
    " churned_on is too early, or that customers came back.",
    "in_future": "They count in the period that they name. Is it a planned meeting, or a day and a month that changed"
    " places? A churned_on to come is right where notice was given.",
    "one_scale": "They count as answers to one question. Give each a touchpoint, or a metric of its own.",
    "repeated_rows": "They count twice. Was an export added twice? An event_id tells two events from one that is"
    " written twice.",
    "answered_twice": "All of them count. Keep the last answer of each form if it was corrected.",
}
"""The kinds of remarks, in their order, and what is to be done about each."""

_MOMENTS = {"events": "occurred_at", "responses": "answered_at", "cases": "opened_at"}


def study_remarks(study: Study, *, today=None) -> pd.DataFrame:
    """What looks odd in a study, though no rule of its tables is broken.

    Parameters
    ----------
    study : Study
    today : str, date or Timestamp, optional
        The last day that is not in the future, in the study's timezone; without it nothing is.

    Returns
    -------
    DataFrame, one row per remark, by kind (the order of `KINDS`) and table
        kind, table, column (NA where it is about whole rows), n_rows, n_customers, what (in words), example (NA where
        no row is one), what_to_do.

    Raises
    ------
    ParameterError
        `today` is not a day.
    """
    found = [
        *_no_rows(study),
        *_unknown_customers(study),
        *_out_of_contract(study),
        *(_in_future(study, _day(today)) if today is not None else ()),
        *_on_one_scale(study),
        *_repeated(study),
    ]
    order = list(KINDS)
    found.sort(key=lambda remark: order.index(remark["kind"]))
    frame = pd.DataFrame(found, columns=list(REMARK_COLUMNS))
    return frame.assign(what_to_do=frame["kind"].map(KINDS)).astype(REMARK_COLUMNS)


def _day(today) -> pd.Timestamp:
    try:
        day = pd.Timestamp(today)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"today takes a day such as 2026-11-01, not {today!r}") from error
    if pd.isna(day):
        raise ParameterError("today takes a day such as 2026-11-01, not an empty one")
    return day.tz_localize(None).normalize()


def _remark(kind: str, table: str, what: str, rows: pd.DataFrame, *, column=None, example=None) -> dict:
    n_customers = rows["customer_id"].nunique() if "customer_id" in rows else 0
    of = f" of {n_customers:,} {'customer' if n_customers == 1 else 'customers'}" if n_customers else ""
    return {
        "kind": kind,
        "table": table,
        "column": column,
        "n_rows": len(rows),
        "n_customers": n_customers,
        "what": what.replace("ROWS", f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'} of {table}{of}"),
        "example": example,
    }


def _no_rows(study: Study) -> Iterator[dict]:
    for source in study.sources[study.sources["rows_read"] == 0].itertuples():
        yield _remark("no_rows", source.table, f"{source.file} has a header and no row", getattr(study, source.table))


def _unknown_customers(study: Study) -> Iterator[dict]:
    known = study.customers["customer_id"]
    met = pd.concat([study.events["customer_id"], study.responses["customer_id"]])
    strangers = met[~met.isin(known)]
    if not len(known) or not len(strangers):
        return
    what = (
        f"{strangers.nunique():,} of {met.nunique():,} customers with events or answers are not in the customers table"
    )
    yield _remark("unknown_customers", "customers", what, strangers.to_frame(), example=repr(strangers.min()))


def _out_of_contract(study: Study) -> Iterator[dict]:
    contracts = study.customers.set_index("customer_id")[["joined_on", "churned_on"]]
    for table, column in _MOMENTS.items():
        rows = getattr(study, table)
        days = _days(rows[column])
        joined, churned = (
            contracts[name].reindex(rows["customer_id"]).set_axis(rows.index) for name in contracts.columns
        )
        early, late = rows[days < joined], rows[days > churned]
        yield from _dated("before_joining", table, column, early, "ROWS lie before their joined_on", joined)
        yield from _dated("after_churn", table, column, late, "ROWS lie after their churned_on", churned)


def _in_future(study: Study, today: pd.Timestamp) -> Iterator[dict]:
    for table, declared in TABLES.items():
        rows = getattr(study, table)
        for column in declared.columns:
            if column.kind in ("timestamp", "date"):
                late = rows[_days(rows[column.name]) > today]
                what = f"ROWS have their {column.name} after {today:%Y-%m-%d}"
                yield from _dated("in_future", table, column.name, late, what)


def _dated(
    kind: str, table: str, column: str, rows: pd.DataFrame, what: str, edge: pd.Series | None = None
) -> Iterator[dict]:
    if rows.empty:
        return
    row, first = rows.index[0], rows.iloc[0]
    example = f"row {row}: customer {first['customer_id']!r}, {column} {_days(rows[column]).iloc[0]:%Y-%m-%d}"
    if edge is not None:
        example += f", {edge.name} {edge.loc[row]:%Y-%m-%d}"
    yield _remark(kind, table, what, rows, column=column, example=example)


def _days(moments: pd.Series) -> pd.Series:
    local = moments.dt.tz_localize(None) if moments.dt.tz is not None else moments
    return local.dt.normalize()


def _on_one_scale(study: Study) -> Iterator[dict]:
    """Questions of a survey export that nothing tells apart once they are answers of the contract."""
    alike: dict[tuple[str, str | None], list[str]] = {}
    for name, question in _mapped(study).items():
        alike.setdefault((question.metric, question.touchpoint), []).append(name)
    for (metric, touchpoint), names in alike.items():
        if len(names) > 1:
            answers = study.responses
            is_theirs = answers["metric"] == metric
            is_theirs &= answers["touchpoint"].isna() if touchpoint is None else answers["touchpoint"] == touchpoint
            at = "" if touchpoint is None else f" at {touchpoint}"
            what = f"ROWS are {metric}{at}, from {len(names):,} questions"
            example = " and ".join(shortened([name], most=1) for name in names[:2])
            yield _remark("one_scale", "responses", what, answers[is_theirs], example=example)


def _mapped(study: Study) -> Mapping[str, MappedQuestion]:
    source = study.settings.tables.get("responses")
    return {} if source is None or source.survey is None else source.survey.questions


def _repeated(study: Study) -> Iterator[dict]:
    # Of a survey export each respondent answers each question once.
    for table in ("events",) if _mapped(study) else ("events", "responses"):
        rows = getattr(study, table)
        again = rows[rows.duplicated()]
        if len(again):
            row = again.index[0]
            same = pd.concat([again.iloc[:1], rows.loc[:row].iloc[:-1]]).duplicated()
            first = same.index[same][0]
            what = "ROWS repeat an earlier row in every column"
            yield _remark("repeated_rows", table, what, again, example=f"row {row}, which repeats row {first}")
    if _mapped(study):
        return
    question = ["customer_id", "response_id", "metric", "touchpoint", "event_id"]
    forms = study.responses.dropna(subset="response_id").drop_duplicates()
    again = forms[forms.duplicated(question)]
    if len(again):
        form = again.iloc[0]
        example = f"row {again.index[0]}: {form['metric']} in response {form['response_id']!r}"
        what = "ROWS answer what the same form (response_id) has answered before, otherwise"
        yield _remark("answered_twice", "responses", what, again, column="response_id", example=example)
