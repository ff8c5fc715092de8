"""The notebook that is served: the workshop's, with a study and a language, and without what is for its analyst."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from cxlib.errors import ParameterError

NOTEBOOK = "70_workshop.ipynb"
FOR_ANALYSTS = {"analyst", "static"}
"""Tags of cells that are left out: texts about how to work with the notebook, and pictures that stand still."""


PARAMETERS = {"parameters", "injected-parameters"}
FROM_DISK = "study"
"""The tag of the cell that loads the study; what is served has it loaded before."""

SCENES_CELL = "workshop"
SERVED = """\
from cxlib.workshop.server.warm_up import shared_panel

shared_panel(study_path, data_dir=data_dir, language=language, smallest_base=smallest_base)"""


def served_notebook(source: Path, *, study: Path, data_dir: Path | None, language: str) -> nbformat.NotebookNode:
    """The workshop's notebook as it is served.

    Parameters
    ----------
    source : Path
        The notebook.
    study : Path
        The study's folder.
    data_dir : Path, optional
        Where its tables lie, if not beside study.toml.
    language : str

    Returns
    -------
    NotebookNode
        Its last cell shows the same panel as the notebook's own, of the study that the kernel was forked with.
    """
    notebook = load_notebook_node(str(source))
    values = {
        "study_path": str(study.resolve()),
        "data_dir": str(data_dir.resolve()) if data_dir else "",
        "language": language,
    }
    given = parameterize_notebook(notebook, values, report_mode=True)
    left_out = FOR_ANALYSTS | {FROM_DISK}
    given.cells = [cell for cell in given.cells if not left_out & set(cell.metadata.get("tags", []))]
    for cell in given.cells:
        if cell.metadata.get("name") == SCENES_CELL:
            cell.source = SERVED
    return given


def smallest_base_of(notebook: nbformat.NotebookNode) -> int:
    """What the notebook's parameters say of the smallest base.

    Raises
    ------
    ParameterError
        They do not say it as a number that stands there.
    """
    said = None
    for cell in notebook.cells:
        if PARAMETERS & set(cell.metadata.get("tags", [])):
            for node in ast.parse(cell.source).body:
                targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
                if any(isinstance(target, ast.Name) and target.id == "smallest_base" for target in targets):
                    said = node.value  # the last one counts, as where the cells are run
    if not (isinstance(said, ast.Constant) and type(said.value) is int):
        raise ParameterError('the notebook\'s parameters need a line such as "smallest_base = 5", with a whole number')
    return said.value
