"""Segments without a report of their own: the whole less the others would tell of few."""

import nbformat
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.errors import ParameterError
from cxlib.reporting.definition import load_definition
from cxlib.reporting.due_plan import plan_of
from cxlib.reporting.run import run_report
from cxlib.reporting.segments import reports_by_segment
from cxlib.reporting.small_segments import declared_base, unreported_segments
from cxlib.study import load_study
from tests.toy_project import PAGE_ALONE, make_project

OCTOBER = pd.Period("2026-10", "M")

WITH_BASE = PAGE_ALONE + '\n[parameters.smallest_base]\ntype = "integer"\ndefault = 5\nminimum = 1\n'


def write_customers(folder, *, unlisted=0, **n_by_segment):
    """A study in which every customer has one event in October; `unlisted` are in no table of customers."""
    listed = [(f"{name}{i}", "" if name == "none" else name) for name, n in n_by_segment.items() for i in range(n)]
    events = [name for name, _ in listed] + [f"x{i}" for i in range(unlisted)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text('name = "Toy"\ntimezone = "Europe/Stockholm"\n')
    (folder / "customers.csv").write_text("customer_id,segment\n" + "".join(f"{c},{s}\n" for c, s in listed))
    (folder / "touchpoints.csv").write_text("touchpoint,phase\ninvoice,payment\n")
    rows = "".join(f"{c},2026-10-05,invoice,4\n" for c in events) + f"{events[0]},2026-11-02,invoice,4\n"
    (folder / "events.csv").write_text("customer_id,occurred_at,touchpoint,score\n" + rows)
    return folder


def unreported(folder, *, smallest_base=5, **counts) -> list[str]:
    study = load_study(write_customers(folder, **counts))
    return sorted(unreported_segments(study, OCTOBER, smallest_base=smallest_base))


@pytest.mark.parametrize(
    ("counts", "without"),
    [
        ({"a": 10, "b": 9}, []),
        ({"a": 10, "b": 9, "c": 3}, ["b", "c"]),  # all less a and b would be the three
        ({"a": 10, "b": 9, "c": 3, "d": 2}, ["c", "d"]),  # five are left together
        ({"a": 10, "b": 9, "none": 3}, ["b"]),
        ({"a": 10, "b": 9, "none": 5}, []),
        ({"a": 10, "b": 9, "unlisted": 2}, ["b"]),
        ({"a": 9, "b": 3}, ["a", "b"]),
    ],
)
def test_a_segment_has_no_report_where_too_few_are_left(tmp_path, counts, without):
    assert unreported(tmp_path, **counts) == without


def test_without_a_smallest_base_every_segment_has_one(tmp_path):
    assert unreported(tmp_path, a=9, b=1, smallest_base=None) == []


def test_those_who_came_later_are_not_counted(tmp_path):
    folder = write_customers(tmp_path, a=10, b=9)
    (folder / "customers.csv").write_text(
        "customer_id,segment,joined_on\n"
        + "".join(f"a{i},a,2026-01-01\n" for i in range(10))
        + "".join(f"b{i},b,2026-{'11' if i > 2 else '01'}-01\n" for i in range(9))
    )
    (folder / "events.csv").write_text("customer_id,occurred_at,touchpoint,score\na1,2026-10-05,invoice,4\n")
    study = load_study(folder)
    assert set(unreported_segments(study, OCTOBER, smallest_base=5)) == {"a", "b"}
    assert set(unreported_segments(study, OCTOBER + 1, smallest_base=5)) == set()


@settings(max_examples=30)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=5), st.integers(0, 7), st.integers(1, 6))
def test_whoever_has_every_report_that_is_made_is_left_with_nobody_or_enough(tmp_path_factory, sizes, none, base):
    folder = tmp_path_factory.getbasetemp() / "property"
    counts = {f"s{i}": n for i, n in enumerate(sizes)} | {"none": none}
    without = unreported(folder, smallest_base=base, **counts)
    reported = [name for name in counts if name not in [*without, "none"]]
    assert all(counts[name] >= base for name in reported)
    left = sum(counts.values()) - sum(counts[name] for name in reported)
    assert left == 0 or left >= base or not reported


def project_of(tmp_path, *, definition=WITH_BASE, **counts):
    project = make_project(tmp_path, definition=definition)
    notebook = nbformat.read(project / "notebooks" / "report.ipynb", as_version=4)
    given = next(cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", []))
    given.source += "\nsmallest_base = 5"
    nbformat.write(notebook, project / "notebooks" / "report.ipynb")
    write_customers(project / "data" / "small", **counts)
    return load_definition("toy", project)


def test_its_report_is_refused_before_anything_runs(tmp_path):
    definition = project_of(tmp_path, a=10, b=9, c=3)
    assert declared_base(definition) == 5 and declared_base(definition, {"smallest_base": "3"}) == 3
    with pytest.raises(ParameterError, match=r"segment: 'c' has no report of its own: it has 3 customers"):
        run_report(definition, period="2026-10", segment="c")
    with pytest.raises(ParameterError, match=r"'b' has no report .* would, less its own, tell of fewer than 5"):
        run_report(definition, period="2026-10", segment="b")


def test_all_leaves_it_out_and_says_so(tmp_path):
    said = []
    definition = project_of(tmp_path, a=10, b=9, c=3)
    reports = reports_by_segment(definition, "all", period="2026-10", left_out=said.append)
    assert [report.label for report in reports] == ["a"]
    assert [text.partition(": it")[0].partition(": the")[0] for text in said] == ["Left out: b", "Left out: c"]
    reports = reports_by_segment(definition, "all", period="2026-10", parameters={"smallest_base": 3})
    assert [report.label for report in reports] == ["a", "b", "c"]


def test_all_of_none_is_a_mistake(tmp_path):
    with pytest.raises(ParameterError, match="none has a report of its own"):
        reports_by_segment(project_of(tmp_path, a=9, c=3), "all", period="2026-10")


def test_it_is_never_due(tmp_path):
    due = 'first_period = "2026-10"\nsegments = "all"\ntimezone = "UTC"\n' + WITH_BASE
    definition = project_of(tmp_path, definition=due, a=10, b=9, c=3)
    plan = plan_of(definition, pd.Timestamp("2026-11-03 12:00", tz="UTC").to_pydatetime())
    assert [report.segment for report in plan.waves[0]] == [None, "a"]
