"""A finished report holds no customer's id and no comment's words, in any of its files."""

import json
import re
import zipfile
from html import unescape
from pathlib import Path

import pandas as pd
import pypdf
import pytest

import cxlib as cx

DEMO = Path(__file__).parents[1] / "data" / "demo"

IDS = {"customer_id": "customers", "event_id": "events", "response_id": "responses", "case_id": "cases"}


@pytest.fixture(scope="module")
def study() -> cx.Study:
    return cx.load_study(DEMO)


@pytest.fixture(scope="module", params=["en", "sv"])
def texts(request, make_report) -> dict[str, str]:
    """All that can be read in the files of a report, by the file, as one line each."""
    folder = make_report(period="2026-10") if request.param == "en" else make_report(period="2026-10", language="sv")
    return {path.name: one_line(text_of(path)) for path in folder.iterdir()}


def text_of(path: Path) -> str:
    if path.suffix == ".pdf":
        return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    if path.suffix in (".xlsx", ".pptx"):
        with zipfile.ZipFile(path) as parts:
            return "\n".join(parts.read(name).decode() for name in parts.namelist() if name.endswith((".xml", ".rels")))
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".json", ".ipynb"):
        return json.dumps(json.loads(text), ensure_ascii=False)
    # the charts' library is nobody's data, and the same in every report
    return re.sub(r"<script>.*?</script>", " ", text, flags=re.DOTALL)


def one_line(text: str) -> str:
    text = unescape(text).replace("\\n", " ").replace("\\u003c", "<")
    return re.sub(r"\s+", " ", text)


def test_every_file_was_read(texts):
    assert texts["report.html"].count('class="chart-spec"') > 10  # the charts' data among it
    assert set(texts) == {
        "report.html", "report.pdf", "report.xlsx", "report.pptx", "metrics.json", "notebook.ipynb", "run.json",
    }  # fmt: skip
    for name in set(texts) - {"run.json"}:
        assert "Farm" in texts[name] or "Gård" in texts[name] or "Lantbruk" in texts[name], name


@pytest.mark.parametrize("column", IDS)
def test_no_id_is_in_a_report(texts, study, column):
    ids = set(getattr(study, IDS[column])[column].dropna())
    assert len(ids) > 1000 and all(re.fullmatch("[A-Z][0-9]{4,}", each) for each in ids)
    for name, text in texts.items():
        assert not ids & set(re.findall(r"[A-Z][0-9]{4,}", text)), name


def test_no_comment_is_in_a_report(texts, study):
    comments = pd.concat([study.responses["comment"], study.events["note"]]).dropna().map(one_line).unique()
    assert len(comments) > 50
    for name, text in texts.items():
        assert not [comment for comment in comments if comment in text], name
    # nor the first words of one, as a chart's label would cut it
    starts = {" ".join(comment.split()[:4]) for comment in comments if len(comment.split()) > 4}
    for name, text in texts.items():
        assert not [start for start in starts if start in text], name
