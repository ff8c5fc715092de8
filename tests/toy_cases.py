"""Cases by hand."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

ZONE = "Europe/Stockholm"
COLUMNS = (
    "case_id",
    "customer_id",
    "opened_at",
    "resolved_at",
    "customer_informed_at",
    "owner",
    "touchpoint",
    "action",
)


def moments(values) -> pd.Series:
    return (
        pd.to_datetime(pd.Series(values, dtype="object"), format="ISO8601")
        .dt.tz_localize(ZONE, ambiguous=True)
        .dt.as_unit("us")
    )


def make_cases(*rows: tuple) -> pd.DataFrame:
    """Rows of (customer, opened, resolved or None, informed or None[, owner[, touchpoint[, action]]])."""
    filled = [(f"K{number}", *row, *(None,) * (7 - len(row))) for number, row in enumerate(rows, start=1)]
    frame = pd.DataFrame(filled, columns=list(COLUMNS))
    times = {name: moments(frame[name]) for name in ("opened_at", "resolved_at", "customer_informed_at")}
    return frame.astype(dict.fromkeys(set(COLUMNS) - set(times), "str")).assign(**times)


# As of 2026-11-01 with 14 and 3 days, what each is:
BY_HAND = make_cases(
    ("A", "2026-09-01 09:00", "2026-09-05 09:00", "2026-09-07 09:00", "Billing", "invoice", "Corrected it"),  # in time
    ("B", "2026-09-01 09:00", "2026-09-20 09:00", "2026-09-21 09:00", "Billing", "invoice", "Corrected it"),  # late
    (
        "C",
        "2026-09-01 09:00",
        "2026-09-05 09:00",
        "2026-09-09 09:00",
        "Billing",
        "meter",
        "Called",
    ),  # late
    ("D", "2026-09-01 09:00", "2026-09-05 09:00", None, "Sales", "meter", "Called"),  # overdue, untold
    ("E", "2026-10-17 09:00", None, None, "Sales", "meter"),  # overdue: the 31st was its last day
    ("F", "2026-10-18 09:00", None, None, "Sales", "meter"),  # has until the 1st
    ("A", "2026-10-30 09:00", "2026-10-31 09:00", None, None, "invoice"),  # resolved, has until the 3rd
    ("G", "2026-11-01 00:00", None, None, "Billing", "invoice"),  # not yet
)
AS_OF = "2026-11-01"


@st.composite
def some_cases(draw) -> pd.DataFrame:
    """Cases of a few customers and owners, in some order, some never resolved or told of."""
    rows = []
    for _ in range(draw(st.integers(0, 25))):
        opened = pd.Timestamp("2026-08-01") + pd.Timedelta(hours=draw(st.integers(0, 24 * 110)))
        resolved = opened + pd.Timedelta(hours=draw(st.integers(0, 1_000)))
        informed = resolved + pd.Timedelta(hours=draw(st.integers(0, 200)))
        done = draw(st.integers(0, 2))
        rows.append(
            (
                draw(st.sampled_from("ABCDEFGHIJ")),
                str(opened),
                str(resolved) if done else None,
                str(informed) if done == 2 else None,
                draw(st.sampled_from(["Billing", "Sales", "IT", None])),
                draw(st.sampled_from(["invoice", "meter", "quote", None])),
                draw(st.sampled_from(["Called", "Paid", "Said sorry to Ann", None])) if done else None,
            )
        )
    return make_cases(*rows)
