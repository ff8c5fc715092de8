"""Where every case stood at a moment: what was done, when, and what was due."""

from __future__ import annotations

import pandas as pd

from cxlib.errors import ParameterError, require_columns
from cxlib.feedback.targets import LoopTargets

NEEDED = ("customer_id", "opened_at", "resolved_at", "customer_informed_at")


def case_states(cases: pd.DataFrame, as_of, targets: LoopTargets | None = None) -> pd.DataFrame:
    """The cases opened before a moment, with what was known of them then.

    Parameters
    ----------
    cases : DataFrame, one row per case
        Needs `customer_id`, `opened_at`, `resolved_at`, `customer_informed_at`.
    as_of : str or Timestamp
        Without a timezone it is local to that of the cases. What happened then or later does not count.
    targets : LoopTargets, optional

    Returns
    -------
    DataFrame, the rows of `cases` opened before `as_of`, with their columns and
        resolved_at, customer_informed_at : NaT where not before `as_of`; a case of whose end the customer was told is
            resolved, on that day at the latest, even if nobody noted when
        is_resolved, is_informed : bool
        is_late : bool, the customer was told, but one of the two targets was missed
        is_overdue : bool, what the case waits for should have been done
        is_due : bool, whatever the case's course, both targets' time has run out
        due_on : datetime64, the last day for what the case waits for; NaT where the customer was told
        resolve_days, inform_days, close_days : float, days from opened to resolved, from there to told, from opened
            to told; up to `as_of` where that is still to come, and NaN where it has not begun

    Raises
    ------
    MissingColumnError
    ParameterError
        A customer_id or opened_at is missing, or a column holds something else than moments.

    Notes
    -----
    Moments in other timezones are brought to that of opened_at; those without one are local to it.
    """
    targets = targets or LoopTargets()
    require_columns(cases, NEEDED, name="cases")
    if missing := int(cases[["customer_id", "opened_at"]].isna().any(axis=1).sum()):
        raise ParameterError(f"{missing} cases lack a customer_id or opened_at; leave them out first")
    cases = _dated(cases)
    moment = moment_of(as_of, cases["opened_at"].dt.tz)
    known = cases.loc[cases["opened_at"] < moment]
    informed_at = known["customer_informed_at"].where(known["customer_informed_at"] < moment)
    resolved_at = known["resolved_at"].where(known["resolved_at"] < moment)
    resolved_at = resolved_at.where(~(resolved_at > informed_at), informed_at).fillna(informed_at)
    is_resolved, is_informed = resolved_at.notna(), informed_at.notna()

    today = moment.tz_localize(None).normalize()
    opened_on, resolved_on, informed_on = map(_day, (known["opened_at"], resolved_at, informed_at))
    resolve_by = opened_on + pd.Timedelta(days=targets.resolve_days)
    inform_by = resolved_on + pd.Timedelta(days=targets.inform_days)
    due_on = inform_by.where(is_resolved, resolve_by).mask(is_informed)
    last_day = opened_on + pd.Timedelta(days=targets.close_days)
    return known.assign(
        resolved_at=resolved_at,
        customer_informed_at=informed_at,
        is_resolved=is_resolved,
        is_informed=is_informed,
        is_late=is_informed & ((resolved_on > resolve_by) | (informed_on > inform_by)),
        is_overdue=due_on < today,
        is_due=last_day < today,
        due_on=due_on.dt.floor("D"),
        resolve_days=_days(known["opened_at"], resolved_at.fillna(moment)),
        inform_days=_days(resolved_at, informed_at.fillna(moment)),
        close_days=_days(known["opened_at"], informed_at.fillna(moment)),
    )


def _dated(cases: pd.DataFrame) -> pd.DataFrame:
    """The cases with moments in the timezone of opened_at, also where a column is empty and has no type."""
    columns = {name: _moments(cases[name], name) for name in NEEDED[1:]}
    zone = columns["opened_at"].dt.tz
    for name, moments in columns.items():
        if moments.dt.tz is None and zone is not None:
            columns[name] = moments.dt.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
        elif zone is None and moments.dt.tz is not None:
            if moments.notna().any():
                raise ParameterError(
                    f"cases: {name} has the timezone {moments.dt.tz} and opened_at has none; bring both to one, such "
                    f"as cases['opened_at'].dt.tz_localize({str(moments.dt.tz)!r})"
                )
            columns[name] = moments.dt.tz_localize(None)
        else:
            columns[name] = moments.dt.tz_convert(zone) if zone is not None else moments
    return cases.assign(**columns)


def _moments(values: pd.Series, name: str) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    if values.notna().any():
        first = values.dropna().iloc[0]
        raise ParameterError(f"cases: {name} takes moments, found {first!r}; read them with pd.to_datetime first")
    return pd.Series(pd.NaT, values.index).astype("datetime64[us]")


def moment_of(as_of, zone=None) -> pd.Timestamp:
    """A moment on the clock of `zone`; one without a timezone is local.

    Raises
    ------
    ParameterError
    """
    try:
        stamp = pd.Timestamp(as_of)
    except (ValueError, TypeError):
        stamp = pd.NaT
    if stamp is pd.NaT:
        raise ParameterError(f"as_of takes a date or a time such as '2026-11-01', found {as_of!r}")
    if zone is None:
        return stamp if stamp.tz is None else stamp.tz_localize(None)
    if stamp.tz is None:
        return stamp.tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    return stamp.tz_convert(zone)


def _day(moments: pd.Series) -> pd.Series:
    """The days of moments on their own clock."""
    return moments.dt.tz_localize(None).dt.normalize()


def _days(start: pd.Series, end: pd.Series) -> pd.Series:
    # what was done before it could be (a date was mistyped) took no time
    return ((end - start).dt.total_seconds() / 86_400).clip(lower=0)
