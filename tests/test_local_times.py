"""Local times to UTC: the hours asked of the clock give what the clock gives for each time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlib import local_times
from cxlib.local_times import to_utc

# Zones whose clocks are set by an hour, by half an hour (Lord Howe), at midnight (Sao Paulo), in winter's favour
# (Dublin), during Ramadan (Casablanca) or never. Apia, which had no 30 December 2011, is left out: pandas 3.1 itself
# puts the times of that day on either side of it.
ZONES = (
    "Europe/Stockholm",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "UTC",
)


def clock(local: np.ndarray, zone: str) -> np.ndarray:
    moments = pd.DatetimeIndex(local).tz_localize(
        ZoneInfo(zone), ambiguous=np.ones(len(local), dtype=bool), nonexistent="shift_forward"
    )
    return moments.tz_convert("UTC").tz_localize(None).to_numpy()


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch):
    monkeypatch.setattr(local_times, "_TIMES_AT_ONCE", 1000)


def test_the_hours_when_a_clock_is_set():
    local = np.array(
        ["2026-03-29 01:59:59", "2026-03-29 02:30", "2026-10-25 02:30", "2026-10-25 03:00", "NaT"], "datetime64[us]"
    )
    expected = np.array(
        ["2026-03-29 00:59:59", "2026-03-29 01:00", "2026-10-25 00:30", "2026-10-25 02:00", "NaT"], "datetime64[us]"
    )
    many = np.tile(local, 20_000)  # more times than hours, so that the hours are asked
    np.testing.assert_array_equal(to_utc(local, ZoneInfo("Europe/Stockholm")), expected)
    np.testing.assert_array_equal(to_utc(many, ZoneInfo("Europe/Stockholm")), np.tile(expected, 20_000))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [1899, 1916, 1945, 2011, 2026])
def test_all_of_a_year_is_as_the_clock_says(zone, year):
    """Every seven minutes of the year, and a minute less a second later, out of order: more than ten for each hour."""
    minutes = np.arange(f"{year}-01-01", f"{year + 1}-01-02", 7, dtype="datetime64[m]").astype("datetime64[us]")
    local = np.random.default_rng(year).permutation(np.concatenate([minutes, minutes + np.timedelta64(59, "s")]))
    assert len(local) > 10 * 366 * 24
    np.testing.assert_array_equal(to_utc(local, ZoneInfo(zone)), clock(local, zone))


@given(
    seconds=st.lists(st.integers(-3_000_000_000, 4_000_000_000), min_size=1, max_size=30), zone=st.sampled_from(ZONES)
)
def test_few_times_are_as_the_clock_says(seconds, zone):
    local = np.array(seconds).astype("datetime64[s]").astype("datetime64[us]")
    np.testing.assert_array_equal(to_utc(local, ZoneInfo(zone)), clock(local, zone))


def test_no_times_and_unknown_ones():
    nothing = np.array([], "datetime64[us]")
    unknown = np.array(["NaT", "NaT"], "datetime64[us]")
    assert len(to_utc(nothing, ZoneInfo("UTC"))) == 0
    assert np.isnat(to_utc(unknown, ZoneInfo("UTC"))).all()


def test_the_given_times_are_left_alone_and_the_found_ones_may_be_written_over():
    local = np.array(["2026-10-03", "NaT"], "datetime64[us]")
    local.flags.writeable = False
    for times in (local, np.tile(local, 1000)):
        found = to_utc(times, ZoneInfo("Europe/Stockholm"))
        assert found.flags.writeable
        assert not np.shares_memory(found, times)
