"""Reading of study.toml part by part: what is wrong is noted with its key, the value, what is allowed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath

from cxlib.archetypes import PHASES, RATINGS
from cxlib.contract import TABLES
from cxlib.errors import nearest_name
from cxlib.question_maps import SurveyMap, read_survey_map
from cxlib.scales import Scale
from cxlib.toml_table import TomlTable, finite, shown
from cxlib.written_as import (
    ALLOWED_DELIMITER,
    ALLOWED_ENCODING,
    ALLOWED_HEADER_ROW,
    DATE_ORDERS,
    DECIMALS,
    ENCODINGS,
    delimiter_named,
    is_encoding,
    is_header_row,
)


def read_scale(toml: TomlTable, name: str) -> Scale | None:
    """The scale in `[scales.NAME]`, or None where something is wrong with it."""
    noted = len(toml.problems)
    kind = toml.choice("kind", "number", ("number", "date"))
    better = toml.choice("better", "higher", ("higher", "lower"))
    counts = toml.truth("counts_as_experience", True)
    if kind == "date":
        days = toml.number("full_effect_days", needed=True)
        if days is not None and days <= 0:
            toml.add("full_effect_days", "must be more than 0", value=f"{days:g}", allowed="days, more than 0")
        low, high, expected = (None, None, None) if days is None else (-days, days, 0.0)
    else:
        days = None
        low, high = toml.number("min", needed=True), toml.number("max", needed=True)
        expected = toml.number("expected", needed=True)
        if low is not None and high is not None:
            if low >= high:
                toml.add("min", "must be less than max", value=f"{low:g}", allowed=f"less than {high:g}")
            elif not math.isfinite(high - low):
                toml.add("max", "is too far from min", value=f"{high:g}", allowed="ends that can be subtracted")
            elif expected is not None and not low <= expected <= high:
                toml.add("expected", "outside its scale", value=f"{expected:g}", allowed=f"{low:g} to {high:g}")
    toml.refuse_unknown_keys()
    if len(toml.problems) > noted:
        return None
    return Scale(
        name=name,
        minimum=low,
        maximum=high,
        expected=expected,
        better=better,
        kind=kind,
        full_effect_days=days,
        counts_as_experience=counts,
    )


def read_archetype(toml: TomlTable) -> dict[str, float]:
    """The ratings in `[archetypes.NAME]`; a faulty one counts as medium, so that checking can go on."""
    allowed = f"{', '.join(RATINGS)} or a number of at least 0"
    ratings: dict[str, float] = {}
    for phase in PHASES:
        value = toml.value(phase)
        if isinstance(value, str) and value in RATINGS:
            ratings[phase] = RATINGS[value]
        elif (rating := finite(value)) is not None and rating >= 0:
            ratings[phase] = rating
        else:
            found = None if value is None else shown(value)
            near = nearest_name(value, RATINGS) if isinstance(value, str) else None
            reason = "is missing" if value is None else "is not a rating"
            toml.add(phase, reason, value=found, allowed=allowed, nearest=near)
            ratings[phase] = RATINGS["medium"]
    if not sum(ratings.values()):
        toml.add(None, "every rating is 0; at least one phase must matter")
    elif not math.isfinite(sum(ratings.values())):
        toml.add(None, "the ratings are too large to be added", allowed="such as 1, 2 and 3")
    toml.refuse_unknown_keys()
    return ratings


@dataclass(frozen=True, kw_only=True)
class TableSource:
    """Where one table comes from and how to read it, as `[tables.NAME]` says.

    `file` or `sql` (not both) is relative to the study's folder; None for both means the table's own name with a
    known ending. `columns` maps the contract's column names to the file's. `header_row` is the spreadsheet's, from 1;
    `date_order` the order of day, month and year in dates that are written in numbers. What is None is found from the
    content. `survey` is what becomes of the questions of a survey export; then `file` may be a folder of exports.
    """

    file: str | None = None
    sql: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    date_order: str | None = None
    header_row: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    survey: SurveyMap | None = None


@dataclass
class TableEntry:
    """What `[tables.NAME]` says: where the table comes from and, for events, the scales of their scores."""

    source: TableSource
    scale: str | None = None
    scales: dict[str, str] = field(default_factory=dict)


def read_table_source(toml: TomlTable, name: str, scales: Mapping[str, Scale | None]) -> TableEntry | None:
    """What `[tables.NAME]` says, or None where there is no such table; a scale that is faulty is None."""
    if name not in TABLES:
        near = nearest_name(name, TABLES)
        toml.add(None, "unknown table", value=name, allowed=", ".join(TABLES), nearest=near)
        return None
    file, sql = _inside(toml, "file"), _inside(toml, "sql")
    if file and sql:
        toml.add("sql", "a table has a file or an sql statement, not both", value=sql)
    if sql:
        for key in ("encoding", "delimiter", "header_row"):
            if toml.value(key) is not None:
                reason = "is said of a text file, but this table is the result of a statement"
                toml.add(key, reason, allowed=f"nothing; {sql} reads its files itself")
    columns = toml.table("columns")
    entry = TableEntry(
        source=TableSource(
            file=None if sql else file,
            sql=sql,
            encoding=_encoding(toml),
            delimiter=_delimiter(toml),
            decimal=None if toml.value("decimal") is None else toml.choice("decimal", ".", DECIMALS),
            date_order=None if toml.value("date_order") is None else toml.choice("date_order", "ymd", DATE_ORDERS),
            header_row=_header_row(toml),
            columns=_renames(columns, name),
            survey=read_survey_map(toml, columns, scales) if name == "responses" else None,
        )
    )
    if name == "events":
        entry.scale = _scale_name(toml, "scale", toml.text("scale", "csat"), scales)
        own = toml.table("scales")
        for touchpoint in own.content:
            scale = _scale_name(own, touchpoint, own.text(touchpoint), scales)
            if scale is not None:
                entry.scales[touchpoint] = scale
    toml.refuse_unknown_keys()
    return entry


def _inside(toml: TomlTable, key: str) -> str | None:
    name = toml.text(key)
    if name is None:
        return None
    absolute = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor
    if absolute or ".." in PureWindowsPath(name).parts:  # this one splits at / and at \
        toml.add(key, "leaves the study's folder", value=name, allowed="a file in the folder or below it")
        return None
    return name


def _encoding(toml: TomlTable) -> str | None:
    name = toml.text("encoding")
    if name is None or is_encoding(name):
        return name
    near = nearest_name(name, ENCODINGS)
    toml.add("encoding", "unknown encoding", value=name, allowed=ALLOWED_ENCODING, nearest=near)
    return None


def _header_row(toml: TomlTable) -> int | None:
    row = toml.value("header_row")
    if row is None or is_header_row(row):
        return row
    toml.add("header_row", "is not the number of a row", value=shown(row), allowed=ALLOWED_HEADER_ROW)
    return None


def _delimiter(toml: TomlTable) -> str | None:
    name = toml.text("delimiter") if toml.value("delimiter") != "\t" else "\t"
    delimiter = None if name is None else delimiter_named(name)
    if name is not None and delimiter is None:
        toml.add("delimiter", "is not a delimiter", value=name, allowed=ALLOWED_DELIMITER)
    return delimiter


def _renames(toml: TomlTable, table: str) -> dict[str, str]:
    names = TABLES[table].column_names
    renames = {}
    for name in toml.content:
        if name not in names:
            allowed = ", ".join(names)
            toml.add(name, f"unknown column of {table}", allowed=allowed, nearest=nearest_name(name, names))
            continue
        there = toml.text(name)
        if there is not None:
            renames[name] = there.strip()
    return renames


def _scale_name(toml: TomlTable, key: str, name: str | None, scales: Collection[str]) -> str | None:
    if name is None or name in scales:
        return name
    allowed = ", ".join(sorted(scales))
    toml.add(key, "unknown scale", value=name, allowed=allowed, nearest=nearest_name(name, scales))
    return None
