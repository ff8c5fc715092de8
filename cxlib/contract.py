"""The tables of a study: what a row is, and the name, kind, unit and range of every column.

The declarations are the one source: the readers check against them, empty tables are made from them and the data
dictionary is held to them by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from cxlib.archetypes import PHASES, STAGES

EARLIEST, LATEST = "1900-01-01", "2099-12-31"
"""The days that a timestamp or date may have, both included: what lies outside is a mistake or a mark for "never"."""

KINDS = ("id", "name", "text", "number", "score", "boolean", "category", "timestamp", "date")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
    kind : one of KINDS
        `id` and `name` are text without space around it, `text` is kept as it is. `score` is a number or a
        date, as its scale says. `category` is one of `allowed`, in that order. A `timestamp` or a `date`
        lies from EARLIEST to LATEST.
    description : str
    required : bool
        The file must have the column.
    needs_value : bool
        No cell may be empty; the same as `required` unless said otherwise.
    unit : str, optional
    minimum, maximum : float, optional
        Both ends are allowed. A score has the ends of its scale instead.
    allowed : tuple, optional
        The only values that a cell may have.
    default : object, optional
        Stands in for an empty cell; without one, an empty cell is missing (NA).
    refers_to : str, optional
        The table whose key the cell must be, where that table is there.
    """

    name: str
    kind: str
    description: str
    required: bool = False
    needs_value: bool | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple | None = None
    default: object = None
    refers_to: str | None = None

    def __post_init__(self) -> None:
        if self.needs_value is None:
            object.__setattr__(self, "needs_value", self.required)

    @property
    def allowed_text(self) -> str | None:
        """What a cell may hold, in words; None where anything goes or a scale decides."""
        if self.kind == "boolean":
            return "true or false"
        if self.allowed is not None:
            return ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in self.allowed)
        if self.kind in ("timestamp", "date"):
            return f"{EARLIEST} to {LATEST}"
        if self.minimum is not None and self.maximum is not None:
            return f"{self.minimum:g} to {self.maximum:g}"
        if self.minimum is not None:
            return f"at least {self.minimum:g}"
        return None

    def dtype(self, timezone: ZoneInfo):
        """The pandas dtype of the column in a loaded study."""
        if self.kind in ("number", "score"):
            return "float64"
        if self.kind == "boolean":
            return "bool"
        if self.kind == "category":
            return pd.CategoricalDtype(list(self.allowed), ordered=True)
        if self.kind == "timestamp":
            return pd.DatetimeTZDtype("us", timezone)
        if self.kind == "date":
            return "datetime64[us]"
        return "str"


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table of a study.

    Parameters
    ----------
    name : str
    row : str
        What one row is.
    columns : tuple of Column
    key : str, optional
        The column that names the row; where a value comes twice the first row stays.
    in_order : tuple of (earlier, later, reason)
        Pairs of dates of which the later one may not come first.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: str | None = None
    in_order: tuple[tuple[str, str, str], ...] = ()

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def refers_to(self, table: str) -> bool:
        """Whether a column holds keys of the other table."""
        return any(column.refers_to == table for column in self.columns)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


_CUSTOMER = Column(
    name="customer_id", kind="id", required=True, description="the customer, as text; leading zeros stay"
)
_SCORE_UNIT = "units of the scale; a date on a date scale"

_DECLARED = (
    Table(
        name="customers",
        row="a customer",
        key="customer_id",
        in_order=(("joined_on", "churned_on", "churned before joined"),),
        columns=(
            _CUSTOMER,
            Column(name="segment", kind="name", description="the group that the customer belongs to"),
            Column(
                name="price_per_month",
                kind="number",
                unit="the study's currency per month",
                minimum=0,
                description="what the customer pays",
            ),
            Column(name="joined_on", kind="date", description="the first day as a customer"),
            Column(name="churned_on", kind="date", description="the day the customer left; empty: still a customer"),
        ),
    ),
    Table(
        name="touchpoints",
        row="a touchpoint, one kind of meeting with customers",
        key="touchpoint",
        columns=(
            Column(name="touchpoint", kind="name", required=True, description="the name that events refer to"),
            Column(
                name="phase",
                kind="category",
                required=True,
                allowed=PHASES,
                description="the phase of the three-point model",
            ),
            Column(name="stage", kind="category", allowed=STAGES, description="the stage of the customer journey"),
            Column(name="owners", kind="text", description="the departments behind it, separated by ;"),
            Column(name="needs", kind="text", description="the customer needs that it meets, separated by ;"),
            Column(
                name="weight",
                kind="number",
                minimum=0,
                default=1.0,
                description="how much one experience here counts",
            ),
            Column(
                name="potential",
                kind="number",
                minimum=0,
                maximum=1,
                unit="share",
                description="how much more it could carry, 0 nothing to 1 a lot",
            ),
            Column(
                name="cost_per_contact",
                kind="number",
                minimum=0,
                unit="the study's currency",
                description="what one contact costs",
            ),
            Column(name="required", kind="boolean", default=False, description="true: it may not be removed"),
            Column(
                name="default_experience",
                kind="number",
                allowed=(-1.0, 0.0, 1.0),
                default=0.0,
                description="the experience of an event without a score",
            ),
            Column(
                name="expectation",
                kind="number",
                unit="units of the scale",
                description="what customers expect here; empty: the scale's own expectation",
            ),
        ),
    ),
    Table(
        name="events",
        row="something that happened to a customer",
        key="event_id",
        columns=(
            _CUSTOMER,
            Column(name="occurred_at", kind="timestamp", required=True, description="when it happened"),
            Column(
                name="touchpoint",
                kind="name",
                required=True,
                refers_to="touchpoints",
                description="where it happened",
            ),
            Column(name="event_id", kind="id", description="names the event, so that an answer can refer to it"),
            Column(
                name="score",
                kind="score",
                unit=_SCORE_UNIT,
                description="how it went; empty: the touchpoint's default_experience",
            ),
            Column(
                name="expectation",
                kind="score",
                unit=_SCORE_UNIT,
                description="what this customer expected; empty: the touchpoint's, else the scale's",
            ),
            Column(name="channel", kind="name", description="shop, phone, web and so on"),
            Column(name="note", kind="text", description="free text; never shown in a report"),
        ),
    ),
    Table(
        name="responses",
        row="one answer to one question",
        columns=(
            _CUSTOMER,
            Column(name="answered_at", kind="timestamp", required=True, description="when it was answered"),
            Column(
                name="metric",
                kind="name",
                required=True,
                description="nps, csat, ces or a scale named in study.toml",
            ),
            Column(
                name="score",
                kind="score",
                required=True,
                needs_value=False,
                unit=_SCORE_UNIT,
                description="the answer; empty: asked but not answered",
            ),
            Column(name="response_id", kind="id", description="names the form; several answers may share it"),
            Column(name="touchpoint", kind="name", refers_to="touchpoints", description="what the question is about"),
            Column(name="event_id", kind="id", description="the event that the question is about"),
            Column(
                name="expectation",
                kind="score",
                unit=_SCORE_UNIT,
                description="what this customer expected; empty: the touchpoint's, else the scale's",
            ),
            Column(name="comment", kind="text", description="free text; never shown in a report"),
            Column(
                name="survey_weight",
                kind="number",
                minimum=0,
                description="how many customers the answer stands for",
            ),
        ),
    ),
    Table(
        name="cases",
        row="feedback being closed",
        key="case_id",
        in_order=(
            ("opened_at", "resolved_at", "resolved before opened"),
            ("opened_at", "customer_informed_at", "customer informed before the case was opened"),
        ),
        columns=(
            Column(name="case_id", kind="id", required=True, description="names the case"),
            _CUSTOMER,
            Column(name="opened_at", kind="timestamp", required=True, description="when the case was opened"),
            Column(name="touchpoint", kind="name", refers_to="touchpoints", description="what the case is about"),
            Column(name="response_id", kind="id", description="the answer that led to the case"),
            Column(name="owner", kind="name", description="who has the case"),
            Column(name="action", kind="text", description="what was done"),
            Column(name="resolved_at", kind="timestamp", description="when it was mended; empty: open"),
            Column(
                name="customer_informed_at",
                kind="timestamp",
                description="when the customer was told, which closes the loop; empty: not told",
            ),
        ),
    ),
    Table(
        name="journey_steps",
        row="a step on the journey canvas",
        columns=(
            Column(name="step", kind="name", required=True, description="the name of the step"),
            Column(
                name="stage",
                kind="category",
                required=True,
                allowed=STAGES,
                description="the stage of the customer journey",
            ),
            Column(name="position", kind="number", description="the order of the steps, lowest first"),
            Column(name="actions", kind="text", description="what the customer does, separated by ;"),
            Column(name="activities", kind="text", description="what the organisation does, separated by ;"),
            Column(name="questions", kind="text", description="what the customer wonders, separated by ;"),
            Column(name="barriers", kind="text", description="what stands in the way, separated by ;"),
            Column(
                name="emotion",
                kind="number",
                minimum=-2,
                maximum=2,
                description="how it feels, -2 bad to 2 good",
            ),
            Column(name="owners", kind="text", description="the departments behind it, separated by ;"),
        ),
    ),
)

TABLES: Mapping[str, Table] = {table.name: table for table in _DECLARED}
"""The tables by name, in the order in which they are read: touchpoints come before what refers to them."""


def empty_frame(table: Table, timezone: ZoneInfo) -> pd.DataFrame:
    """A frame of `table` without rows, with the columns and dtypes of a loaded one."""
    return pd.DataFrame(
        {column.name: pd.Series([], dtype=column.dtype(timezone)) for column in table.columns},
        index=pd.Index([], dtype="int64", name="source_row"),
    )
