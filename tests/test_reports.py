"""The monthly report itself, on the bundled study and on the marketplace's orders."""

import json
import re
from html import unescape
from pathlib import Path

import nbformat
import pandas as pd
import pypdf
import pytest

import cxlib as cx
from cxlib.language import Language

DEMO = Path(__file__).parents[1] / "data" / "demo"
OLIST = Path(__file__).parents[1] / "data" / "olist"


@pytest.fixture(scope="session")
def demo(make_report) -> Path:
    return make_report(period="2026-10")


@pytest.fixture(scope="session")
def olist(make_report, shared_data) -> Path:
    return make_report(study_path=OLIST, data_dir=shared_data / "olist", period="2018-08")


def page_of(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def body_of(page: str) -> str:
    """The page without scripts and styles."""
    return re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)


def shown_words(page: str) -> str:
    """The page's text; that of the charts is drawn by its script and not in it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body_of(page)))


def headings_of(page: str) -> list[str]:
    return [unescape(heading) for heading in re.findall(r"<h2[^>]*>(.*?)</h2>", body_of(page))]


def test_a_report_is_its_files_its_notebook_its_figures_and_its_record(demo):
    outputs = {f"report.{kind}" for kind in ("html", "pdf", "xlsx", "pptx")}
    assert {path.name for path in demo.iterdir()} == {"metrics.json", "notebook.ipynb", "run.json"} | outputs
    assert demo.name == "2026-10"
    assert (demo / "report.html").stat().st_size < 2.5e6
    nbformat.validate(nbformat.read(demo / "notebook.ipynb", as_version=4))


def test_the_page_answers_the_questions_in_their_order(demo):
    assert headings_of(page_of(demo)) == [
        "What changed in October 2026",
        "Who is at risk",
        "Which phase carries, and which drains",
        "In which order customers meet the phases",
        "Are the right phases called important?",
        "The journey's weakest link",
        "What to fix first",
        "Which touchpoints to protect, improve and question",
        "Which touchpoints are needed",
        "The payment as a hub",
        "Is the loop closed?",
        "If something goes wrong",
        "What the data could not tell",
    ]


def test_the_page_and_the_figures_name_no_customer_and_quote_no_comment(demo):
    study = cx.load_study(DEMO)
    written = page_of(demo) + (demo / "metrics.json").read_text()
    words = set(re.findall(r"[\w-]+", written))
    private = [study.customers["customer_id"], study.events["event_id"], study.responses["response_id"]]
    for ids in [*private, study.cases["case_id"]]:
        found = words & set(ids.dropna())
        assert not found, f"{len(found)} ids in the report, such as {sorted(found)[:3]}"
    for comment in pd.concat([study.responses["comment"], study.events["note"]]).dropna().unique():
        assert comment not in written


def test_the_page_asks_nothing_of_the_network(demo):
    page = page_of(demo)
    assert not re.search(r"<(link|img|iframe|script)\b[^>]*\b(href|src)=[\"']?(https?:)?//", page)
    assert "default-src 'none'" in page


def test_no_code_and_no_analysts_text_is_on_the_page(demo):
    words = shown_words(page_of(demo))
    for hidden in ("import cxlib", "cx.capital_ledger", "Literals only", "Parameters", "Study('"):
        assert hidden not in words


def test_the_figures_are_those_of_the_model(demo):
    figures = json.loads((demo / "metrics.json").read_text())
    rules = cx.CapitalRules(loss_weight=2.25, resolved_loss_weight=1, half_life_days=365)
    study = cx.load_study(DEMO).as_of("2026-11-01")
    months = cx.customer_months(cx.capital_ledger(cx.experiences(study, rules), rules, study.cases), rules)
    summary = cx.capital_by_month(cx.risk_zones(months, study.customers)).set_index("month")
    october = summary.loc["2026-10-01"]
    risk = figures["headline"]["at_risk_share"]
    assert (risk["count"], risk["base"]) == (october["n_at_risk"], october["n_customers"])
    assert figures["headline"]["capital_median"]["value"] == pytest.approx(october["capital_median"], abs=1e-6)
    for source in figures["data"]["sources"]:
        assert source["rows_read"] == source["rows_kept"] + source["rows_rejected"]


def test_the_same_question_twice_gives_the_same_figures_to_the_byte(demo, make_report):
    again = make_report(name="again", period="2026-10")
    assert again != demo
    assert (again / "metrics.json").read_bytes() == (demo / "metrics.json").read_bytes()


def test_the_invoice_month_pushes_customers_under_zero(make_report):
    """The bundled study's known truth: an incident with the invoice in 2026-02."""
    figures = json.loads((make_report(period="2026-02") / "metrics.json").read_text())
    risk = figures["headline"]["at_risk_share"]
    assert risk["value"] > 2 * risk["previous"]
    assert figures["movers"][0]["touchpoint"] == "Monthly invoice"


ENGLISH = ("At risk", "Who is", "Drained", "Customers", "interval,", "October", "since", "Base in", "Responses")


def test_a_swedish_reader_sees_swedish_only(make_report):
    page = page_of(make_report(period="2026-10", language="sv"))
    assert '<html lang="sv' in page
    assert headings_of(page)[0] == "Vad som förändrades i oktober 2026"
    words = shown_words(page)
    for english in ENGLISH:
        assert english not in words, english


def test_one_segments_report_counts_its_customers_only(make_report):
    folder = make_report(period="2026-10", segment="House")
    figures = json.loads((folder / "metrics.json").read_text())
    assert figures["segment"] == "House"
    everyone = json.loads((make_report(period="2026-10") / "metrics.json").read_text())
    house = next(row for row in everyone["segments"] if row["segment"] == "House")
    assert figures["headline"]["customers"]["value"] == house["n_customers"]
    assert "House" in shown_words(page_of(folder))


def test_the_marketplace_report_reconciles_with_its_files(olist):
    figures = json.loads((olist / "metrics.json").read_text())
    read = {source["file"]: source["rows_read"] for source in figures["data"]["sources"]}
    # ../shared/data/README.md: 8,016 people, 8,225 reviews; 8,135 orders, of which 7,989 were paid, 5,178 were
    # delivered and 1,220 fell through
    assert (read["customers.sql"], read["responses.sql"]) == (8_016, 8_225)
    assert read["events.sql"] == 8_135 + 7_989 + 5_178 + 1_220
    assert all(source["rows_rejected"] == 0 for source in figures["data"]["sources"])


def test_the_marketplace_report_warns_of_its_biased_sample(olist):
    assert "not of the marketplace" in shown_words(page_of(olist))
    assert "too little, is measured in Payment" in shown_words(page_of(olist))


def test_the_marketplace_report_quotes_no_review(olist, shared_data):
    study = cx.load_study(OLIST, data_dir=shared_data / "olist")
    written = page_of(olist) + (olist / "metrics.json").read_text()
    assert not set(re.findall(r"[0-9a-f]{32}", written)) & set(study.customers["customer_id"])
    long_comments = study.responses["comment"].dropna().loc[lambda texts: texts.str.len() > 25]
    assert not [comment for comment in long_comments if comment in written]


def test_the_journey_of_the_demo_and_of_the_marketplace(demo, olist):
    words = shown_words(page_of(demo))
    assert "The weakest link of the journey is Use" in words
    assert "Nothing was measured in Awareness." in words
    words = shown_words(page_of(olist))
    assert "Nothing was measured in Awareness, Evaluation and Loyalty." in words
    assert "This study has no canvas yet." in words


def test_the_loop_of_the_demo_and_of_the_marketplace(demo, olist):
    words = shown_words(page_of(demo))
    assert "295 of all 1,370 cases ever opened are overdue" in words
    assert "The largest part, 208, lies with Billing." in words
    assert "without what closing gives back by definition they have +0.7 and +0.8" in words
    assert "No case of feedback is in the data" in shown_words(page_of(olist))
    assert json.loads((olist / "metrics.json").read_text())["feedback"] is None


@pytest.mark.parametrize("language", ["en", "sv"])
def test_the_pdf_has_every_section_of_the_page_and_no_customer(make_report, language):
    folder = make_report(period="2026-10") if language == "en" else make_report(period="2026-10", language="sv")
    reader = pypdf.PdfReader(folder / "report.pdf")
    headings = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert headings == headings_of(page_of(folder))
    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]
    assert 10 <= len(pages) <= 24
    text = " ".join(pages)
    shown = re.sub(r"<noscript>.*?</noscript>", "", body_of(page_of(folder)))
    for paragraph in re.findall(r"<(?:p|li|td)\b[^>]*>([^<]+)</", shown):
        # A page may end within a paragraph, so its first words are looked for.
        words = " ".join(unescape(paragraph).split()[:6])
        assert words in text, words
    assert Language(language).text("page.failed") not in text
    customers = set(cx.load_study(DEMO).customers["customer_id"])
    assert not customers & set(re.findall(r"\w+", text))
    assert (folder / "report.pdf").stat().st_size < 1e6
