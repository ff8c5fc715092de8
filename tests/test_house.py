"""The house rules that a machine can check: dependencies, the order of modules, names, notebooks."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cxlib as cx

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPENDENCIES = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["workshop"]
"""What those who use it install."""

LOCK = (ROOT / "requirements.lock").read_text()
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# From top to bottom: a module imports only what stands above it.
ORDER = [
    "errors",
    "archetypes",
    "scales",
    "answers",
    "intervals",
    "confidentiality",
    "language",
    "plain_line",
    "side_by_side",
    "kept_scripts",
    "readers",
    "contract",
    "toml_table",
    "written_as",
    "question_maps",
    "settings_checks",
    "settings",
    "local_times",
    "many_cells",
    "cells",
    "date_forms",
    "moments",
    "repeated_names",
    "rejections",
    "rejected_rows",
    "swallowed_rows",
    "exports.layout",
    "exports.reader",
    "exports.headings",
    "exports.choices",
    "exports.found",
    "exports.personal",
    "exports.kinds",
    "exports.shortened_ids",
    "exports.qualtrics",
    "exports.surveymonkey",
    "exports.typeform",
    "exports.formbricks",
    "exports.timings",
    "exports.limesurvey",
    "exports.google_forms",
    "exports.microsoft_forms",
    "exports.plain",
    "exports.stacking",
    "exports.answered",
    "exports.answers",
    "exports.told",
    "exports.successive",
    "exports.survey",
    "exports.starting_map",
    "exports",
    "typed_dates",
    "typed_rows",
    "exports.map_checks",
    "exports.mapped",
    "study",
    "remarks",
    "capital.rules",
    "experience",
    "capital.blocks",
    "capital.decay",
    "capital.kernel",
    "capital.customer_codes",
    "capital.grouping",
    "capital.recoveries",
    "capital.entries",
    "capital.ledger",
    "capital.months",
    "capital.risk",
    "capital.statements",
    "capital.month_balances",
    "capital.accounts",
    "capital.alarm_list",
    "capital.sensitivity",
    "capital.rule_grid",
    "capital.rule_effects",
    "capital.presets",
    "capital.shock",
    "capital.refill",
    "capital.stress_summary",
    "capital.stressed",
    "capital.stress",
    "capital.stress_grid",
    "capital.incidents",
    "capital.replay_summary",
    "capital.replay",
    "metrics.answers",
    "metrics.estimates",
    "metrics.measures",
    "metrics.hiding",
    "metrics.tables",
    "metrics.nps",
    "metrics.satisfaction",
    "metrics.means",
    "metrics.medians",
    "metrics.response_rate",
    "metrics.periods",
    "metrics.detectable",
    "metrics.changes",
    "metrics.trend",
    "metrics.mix",
    "metrics.words",
    "metrics",
    "drivers.elimination",
    "drivers.lmg",
    "drivers.sampled_orders",
    "drivers.relative_weights",
    "drivers.answers",
    "drivers.directions",
    "drivers.correlations",
    "drivers.resampling",
    "drivers.regression",
    "drivers.leakage",
    "drivers.cautions",
    "drivers.importance",
    "drivers.penalty_reward",
    "drivers.importance_performance",
    "drivers",
    "phases.importance",
    "phases.balance",
    "phases.order",
    "phases.answered",
    "phases.found",
    "phases",
    "touchpoints.counting",
    "touchpoints.inventory",
    "touchpoints.advice",
    "touchpoints.programme",
    "touchpoints.choice",
    "touchpoints.smallest_set",
    "touchpoints.trade_off",
    "touchpoints.customer_sums",
    "touchpoints.selection",
    "touchpoints.payment",
    "journeys",
    "retention",
    "surveys",
    "nonrespondents",
    "comments",
    "feedback.targets",
    "feedback.case_states",
    "feedback.waiting",
    "feedback.loop",
    "feedback.overdue",
    "feedback.departures",
    "feedback.closing_effect",
    "feedback.naming",
    "feedback.told",
    "simulate",
    "charts",
    "workshop.ten_touchpoints",
    "findings",
    "panels",
    "reporting",
    "workshop",
    "cli",
]

CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "jupyter-client": "jupyter_client",
    "jupyter-core": "jupyter_core",
    "typst": "typst-py",
    "tzdata": "python-tzdata",
}


def ranges(lines) -> dict[str, str]:
    """Name -> range of lines such as numpy>=2.1,<3."""
    return dict(re.match(r"([A-Za-z0-9_.-]+)(.*)", line).groups() for line in lines)


def test_environment_yml_has_the_ranges_of_pyproject():
    lines = re.findall(r"^  - ([a-z].*[0-9])$", (ROOT / "environment.yml").read_text(), re.MULTILINE)
    conda = ranges(lines)
    assert conda.pop("python") == PROJECT["requires-python"]
    expected = {CONDA_NAMES.get(name, name): rest for name, rest in ranges(DEPENDENCIES).items()}
    assert conda == expected


def test_the_lock_holds_every_dependency_with_hashes_and_names_no_index():
    pinned = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK, re.MULTILINE))
    wanted = set(ranges(DEPENDENCIES)) | set(ranges(PROJECT["optional-dependencies"]["dev"]))
    assert {name.lower() for name in wanted} <= pinned
    assert "://" not in LOCK
    options = [line.strip() for line in LOCK.splitlines() if line.strip().startswith("-")]
    assert all(option.startswith("--hash=sha256:") for option in options)
    for entry in re.split(r"\n(?=[a-z0-9])", LOCK):
        if "==" in entry:
            assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_every_dependency_has_its_reason_written_down():
    page = (ROOT / "docs/decisions/0001-dependencies.md").read_text()
    for name in [*ranges(DEPENDENCIES), *ranges(PROJECT["optional-dependencies"]["dev"])]:
        assert re.search(rf"\b{re.escape(name)}\b", page), f"{name} has no line in docs/decisions/0001"


def place_of(module: str) -> int:
    """Where a module (without the leading cxlib.) stands in the order."""
    candidates = [name for name in ORDER if module == name or module.startswith(f"{name}.")]
    assert candidates, f"{module} is not in the order of modules: add it to ORDER and to CONTRIBUTING.md"
    return ORDER.index(max(candidates, key=len))


def is_module(name: str) -> bool:
    path = ROOT / "cxlib" / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imports_of(tree: ast.AST, module: str, *, is_package: bool = False):
    """The modules of cxlib (without its name) that a module imports, in whatever way it says so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[2] for alias in node.names if alias.name.split(".")[0] == "cxlib")
        elif isinstance(node, ast.ImportFrom):
            base = f"cxlib.{module}".split(".")
            base = base[: len(base) + is_package - node.level] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            if source.split(".")[0] != "cxlib":
                continue
            for alias in node.names:
                below = f"{source}.{alias.name}".partition(".")[2]
                public = cx._MODULE_OF.get(alias.name, "") if source == "cxlib" else source
                yield below if is_module(below) else public.partition(".")[2]


MODULES = sorted(path for path in (ROOT / "cxlib").rglob("*.py") if path != ROOT / "cxlib/__init__.py")


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "cxlib").with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_stands_above_it(path):
    module = name_of(path)
    imported = list(imports_of(ast.parse(path.read_text()), module, is_package=path.stem == "__init__"))
    if module == "capital":
        assert not imported
        return
    for other in imported:
        assert place_of(other) <= place_of(module), f"{module} imports {other}, which stands below it"


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("import cxlib.study", ["study"]),
        ("import cxlib as cx", [""]),
        ("from cxlib.study import Study", ["study"]),
        ("from cxlib import cells, load_study", ["cells", "study"]),
        ("from cxlib.capital import kernel", ["capital.kernel"]),
        ("from . import ledger", ["capital.ledger"]),
        ("from .ledger import capital_ledger", ["capital.ledger"]),
        ("from ..study import Study", ["study"]),
        ("from .. import study", ["study"]),
        ("def f():\n    from cxlib.cli import main", ["cli"]),
        ("import pandas\nfrom os import path", []),
    ],
)
def test_no_way_to_import_is_overlooked(source, imported):
    assert list(imports_of(ast.parse(source), "capital.risk")) == imported


# Where a rule does not hold: the modules whose business it is.
EXEMPT = {
    "print": ("cli", "reporting.progress"),
    "clock": ("cli", "reporting"),
    "file": (
        "readers",
        "study",
        "settings",
        "reporting",
        "workshop.page",
        "workshop.server",
        "kept_scripts",
        "cli",
        "simulate.writing",
        "language",
    ),
    "exception": (),
}
CLOCKS = {"now", "today", "utcnow", "monotonic", "perf_counter", "time_ns", "localtime", "gmtime"}
FILES = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}


def broken_rules(tree: ast.AST):
    """The rules that a module breaks, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            words = {argument.value for argument in node.args if isinstance(argument, ast.Constant)}
            if name == "print":
                yield "print", node.lineno
            if name in CLOCKS or ast.unparse(called) in ("time", "time.time") or words & {"now", "today"}:
                yield "clock", node.lineno
            if name in FILES:
                yield "file", node.lineno
        elif isinstance(node, ast.ExceptHandler):
            caught = "BaseException" if node.type is None else ast.unparse(node.type)
            if re.search(r"\b(Base)?Exception\b", caught):
                yield "exception", node.lineno


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_keeps_to_its_business(path):
    module = name_of(path)
    for rule, line in broken_rules(ast.parse(path.read_text())):
        exempt = any(module == name or module.startswith(f"{name}.") for name in EXEMPT[rule])
        assert exempt, f"{path.relative_to(ROOT)}, line {line}: {rule}"


@pytest.mark.parametrize(
    ("source", "rules"),
    [
        ("print(1)", ["print"]),
        ("console.print(1)", ["print"]),
        ("datetime.now()", ["clock"]),
        ("pd.Timestamp.today()", ["clock"]),
        ("pd.Timestamp('now')", ["clock"]),
        ("time.time()", ["clock"]),
        ("time()", ["clock"]),
        ("try: pass\nexcept Exception: pass", ["exception"]),
        ("try: pass\nexcept (ValueError, Exception): pass", ["exception"]),
        ("try: pass\nexcept: pass", ["exception"]),
        ("open('x')", ["file"]),
        ("path.read_text()", ["file"]),
        ("opening.time = 'now'\nfootprint(1)\nopened()", []),
    ],
)
def test_no_broken_rule_is_overlooked(source, rules):
    assert [rule for rule, _ in broken_rules(ast.parse(source))] == rules


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is_and_stays_small(path):
    source = path.read_text()
    assert ast.get_docstring(ast.parse(source)), "no docstring"
    assert source.count("\n") <= 400, "is there a second idea in it?"


@pytest.mark.parametrize("name", cx.__all__)
def test_every_public_name_is_there_and_documented(name):
    found = getattr(cx, name)
    if callable(found):
        assert found.__doc__


def test_no_module_hides_a_public_function():
    modules = {path.stem for path in (ROOT / "cxlib").iterdir() if path.suffix == ".py" or path.is_dir()}
    assert not modules & set(cx._MODULE_OF)


def test_importing_cxlib_loads_nothing_heavy():
    heavy = ("pandas", "numba", "altair", "duckdb", "ipywidgets")
    code = f"import sys, cxlib; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'load_studdy'"):
        getattr(cx, "load_studdy")  # noqa: B009


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_committed_clean_and_holds_no_logic(path):
    notebook = json.loads(path.read_text())
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])], "no parameters cell"
    for cell in code:
        source = "".join(cell["source"])
        assert not cell["outputs"] and cell["execution_count"] is None
        assert cell["metadata"].get("name"), f"a cell without a name: {source[:40]}"
        assert not re.search(r"^\s*(def |class |lambda )|\.merge\(", source, re.MULTILINE)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            assert "analyst" in cell["metadata"]["tags"], "text cells are for the analyst"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_the_parameters_cell_holds_literals_only(path):
    cells = json.loads(path.read_text())["cells"]
    source = next("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", []))
    for statement in ast.parse(source).body:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)
