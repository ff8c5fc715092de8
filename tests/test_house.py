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
LOCK = (ROOT / "requirements.lock").read_text()
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

# From top to bottom: a module imports only what stands above it.
ORDER = [
    "errors",
    "archetypes",
    "scales",
    "intervals",
    "confidentiality",
    "language",
    "readers",
    "contract",
    "settings_checks",
    "settings",
    "cells",
    "rejections",
    "typed_rows",
    "study",
    "capital.rules",
    "experience",
    "capital.kernel",
    "capital.entries",
    "capital.ledger",
    "capital.months",
    "capital.risk",
    "capital.sensitivity",
    "phases",
    "touchpoints",
    "metrics",
    "simulate",
    "charts",
    "findings",
    "reporting",
    "cli",
]

CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "jupyter-client": "jupyter_client",
    "jupyter-core": "jupyter_core",
    "tzdata": "python-tzdata",
}


def ranges(lines) -> dict[str, str]:
    """Name -> range of lines such as numpy>=2.1,<3."""
    return dict(re.match(r"([A-Za-z0-9_.-]+)(.*)", line).groups() for line in lines)


def test_environment_yml_has_the_ranges_of_pyproject():
    lines = re.findall(r"^  - ([a-z].*[0-9])$", (ROOT / "environment.yml").read_text(), re.MULTILINE)
    conda = ranges(lines)
    assert conda.pop("python") == PROJECT["requires-python"]
    expected = {CONDA_NAMES.get(name, name): rest for name, rest in ranges(PROJECT["dependencies"]).items()}
    assert conda == expected


def test_the_lock_holds_every_dependency_with_hashes_and_names_no_index():
    pinned = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", LOCK, re.MULTILINE))
    wanted = set(ranges(PROJECT["dependencies"])) | set(ranges(PROJECT["optional-dependencies"]["dev"]))
    assert {name.lower() for name in wanted} <= pinned
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", LOCK)
    for entry in re.split(r"\n(?=[a-z0-9])", LOCK):
        if "==" in entry:
            assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_every_dependency_has_its_reason_written_down():
    page = (ROOT / "docs/decisions/0001-dependencies.md").read_text()
    for name in [*ranges(PROJECT["dependencies"]), *ranges(PROJECT["optional-dependencies"]["dev"])]:
        assert re.search(rf"\b{re.escape(name)}\b", page), f"{name} has no line in docs/decisions/0001"


def place_of(module: str) -> int:
    """Where a module (without the leading cxlib.) stands in the order."""
    candidates = [name for name in ORDER if module == name or module.startswith(f"{name}.")]
    assert candidates, f"{module} is not in the order of modules: add it to ORDER and to CONTRIBUTING.md"
    return ORDER.index(max(candidates, key=len))


def imports_of(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cxlib."):
            yield node.module.removeprefix("cxlib.")
        elif isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("cxlib.") for alias in node.names if alias.name.startswith("cxlib."))


MODULES = sorted(path for path in (ROOT / "cxlib").rglob("*.py") if path != ROOT / "cxlib/__init__.py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_stands_above_it(path):
    parts = path.relative_to(ROOT / "cxlib").with_suffix("").parts
    module = ".".join(part for part in parts if part != "__init__")
    if module == "capital":
        assert not list(imports_of(path))
        return
    for imported in imports_of(path):
        assert place_of(imported) <= place_of(module), f"{module} imports {imported}, which stands below it"


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
    code = "import sys, cxlib; print([m for m in ('pandas', 'numba', 'altair', 'duckdb') if m in sys.modules])"
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
