"""What a mail says, in both languages: of a report that is there, and to the owner of one that is not."""

import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from cxlib.errors import CxError
from cxlib.findings import changes_since, headline_section
from cxlib.language import Language
from cxlib.reporting.failures import CellError
from cxlib.reporting.post import PostError, post_failure
from cxlib.reporting.post.failure import last_lines, wording_of_failure
from cxlib.reporting.post.report import posted_report
from cxlib.reporting.post.settings import PostSettings
from cxlib.reporting.post.wording import report_wording
from tests.test_findings import figures_of, write_study
from tests.toy_post import FIGURES, PASSWORD, USER, mail_server, make_definition, make_run

EVIL = '<img src="https://spy.example.org/x.png"><script>alert(1)</script>'
NBSP = "\N{NO-BREAK SPACE}"


def wording_of(tmp_path, *, post=None, attached=(), owner="owner@example.org", **run):
    definition = make_definition(tmp_path, post=post or PostSettings(to=("md@example.org",)), owner=owner)
    return report_wording(posted_report(definition, make_run(tmp_path, **run).folder), attached=attached)


class Parts(HTMLParser):
    """The elements of a page, their addresses, and its text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.texts, self.language = set(), [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        given = dict(attributes)
        self.language = given.get("lang", self.language)
        self.addresses += [given[name] for name in ("href", "src", "background", "action") if name in given]

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def test_a_mail_in_english(tmp_path):
    said = wording_of(tmp_path, language="en", attached=("pdf", "xlsx"))
    assert said.subject == "Monthly report: October 2026 · Små & Co"
    assert said.text == (
        "Monthly report\n"
        "October 2026 · Små & Co\n"
        "\n"
        "250 of 1,000 customers (25.0%) are at risk at the end of October 2026, up 5.0 points from 20.0% in September "
        "2026.\n"
        "\n"
        "Customers at risk: 25.0%\n"
        "  ▲ 5.0 points since September 2026\n"
        "  22.4% to 27.8%, of 1,000 customers\n"
        "Capital of the median customer: +1.8\n"
        "  ▼ 0.2 since September 2026\n"
        "  half of 1,000 customers lie from +0.7 to +2.9\n"
        "Measured experiences below expectation: 34.0%\n"
        "  ▲ 1.0 points since September 2026: may be chance\n"
        "  31.1% to 37.0%, of 1,000 measured\n"
        "Net Promoter Score: +20\n"
        "  ▼ 4 points since September 2026: may be chance\n"
        "  +7 to +32, of 100 answers\n"
        "\n"
        "Monthly invoice moved most for the worse: its measured experiences made −120 units of capital, against +14 in "
        "September 2026 (310 customers).\n"
        "\n"
        "Intervals are at 95%. What the figures mean, and what they rest on, stands in the report.\n"
        "\n"
        "Attached:\n"
        "- Document to read and print (PDF)\n"
        "- Every table, to work on (Excel)\n"
        "\n"
        "-- \n"
        "Sent automatically when the report was made. Answers reach owner@example.org.\n"
    )


def test_a_mail_in_swedish(tmp_path):
    said = wording_of(tmp_path, attached=("pdf",), owner=None)
    for words in (
        f"250 av 1{NBSP}000 kunder (25,0{NBSP}%)",
        "\nKunder i riskzonen: 25,0",
        "sedan september 2026",
        "Månadsfaktura",
        "\nBifogat:\n- Dokument att läsa och skriva ut (PDF)\n",
        "\n-- \nSkickat automatiskt när rapporten blev klar.\n",
    ):
        assert words in said.text
        if "\n" not in words:
            assert words in said.html
    assert not re.search(r"[0-9]\.[0-9]|October|September|Monthly", said.text + Parts(said.html).text)
    assert Parts(said.html).language == "sv"


@pytest.mark.parametrize(
    ("link", "language", "ends"),
    [
        ("https://a.example.org/r", "en", "Open the report\nhttps://a.example.org/r/monthly/2026-10/report.html"),
        ("https://a.example.org/r", "sv", "Öppna rapporten\nhttps://a.example.org/r/monthly/2026-10/report.html"),
        (None, "en", "The report is here:\n{folder}/report.html"),
        (None, "sv", "Rapporten finns här:\n{folder}/report.html"),
    ],
)
def test_without_files_a_mail_says_where_the_report_is(tmp_path, link, language, ends):
    said = wording_of(tmp_path, post=PostSettings(to=("md@example.org",), link=link), language=language)
    place = ends.format(folder=tmp_path / "reports" / "monthly" / "2026-10")
    assert f"\n\n{place}\n\n-- \n" in said.text
    assert place.splitlines()[0] in said.html and place.splitlines()[1] in said.html
    assert Parts(said.html).addresses == ([] if link is None else [place.splitlines()[1]])


def test_with_files_no_folder_of_the_machine_is_named(tmp_path):
    said = wording_of(tmp_path, attached=("pdf",))
    assert str(tmp_path) not in said.text + said.html


def test_a_link_leads_to_what_is_served_and_nowhere_else(tmp_path):
    post = PostSettings(to=("md@example.org",), link="https://a.example.org/r")
    definition = make_definition(tmp_path, post=post)
    spaced = posted_report(definition, make_run(tmp_path, name='2026-10 "å"').folder)
    assert spaced.link == "https://a.example.org/r/monthly/2026-10%20%22%C3%A5%22/report.html"
    elsewhere = make_run(tmp_path / "elsewhere")
    assert posted_report(definition, elsewhere.folder).link is None
    (spaced.folder / "report.html").unlink()
    assert posted_report(definition, spaced.folder).link.endswith("/report.pdf")


def test_texts_of_the_study_are_harmless_in_a_mail(tmp_path):
    mover = FIGURES["movers"][0] | {"touchpoint": f"Invoice {EVIL}\u202e\n\n"}
    figures = FIGURES | {"note": f"Note {EVIL}\r\nX: y", "movers": [mover]}
    said = wording_of(tmp_path, figures=figures, subtitle=f"Oktober {EVIL}", segment=EVIL)
    parts = Parts(said.html)
    assert parts.tags <= {
        "html", "head", "meta", "title", "body", "table", "tr", "td", "h1", "p", "div", "span", "a", "ul", "li", "br",
    }  # fmt: skip
    assert not [address for address in parts.addresses if "spy" in address]
    assert EVIL in parts.text
    assert "\u202e" not in said.text + said.html and "\nX: y" not in said.text
    assert said.subject.endswith(EVIL) and "\n" not in said.subject


def test_a_mail_loads_nothing(tmp_path):
    post = PostSettings(to=("md@example.org",), link="https://a.example.org/r")
    html = wording_of(tmp_path, post=post).html
    assert not re.search(r"<(img|script|link|style|iframe|object|form)\b|url\(|@import|cid:", html)


def test_a_mail_compares_with_what_the_earlier_report_stated_as_the_page_does(tmp_path):
    """In September's report 3 of 10 customers were at risk; what came in later says that nobody was."""
    study = write_study(tmp_path, bad_invoices=4)
    september, october = figures_of(study, period="2026-09"), figures_of(study)
    assert september["headline"]["at_risk_share"]["value"] == october["headline"]["at_risk_share"]["previous"] == 0
    september["headline"]["at_risk_share"] |= {"value": 0.3, "count": 3, "low": 0.108, "high": 0.603}
    make_run(tmp_path, name="2026-09", period="2026-09", figures=september)
    said = wording_of(tmp_path, figures=october, language="en", before="../reports/monthly/2026-09/metrics.json")
    sentence = (
        "4 of 10 customers (40.0%) are at risk at the end of October 2026, up 10.0 points from 30.0% in September"
    )
    assert sentence in said.text
    assert sentence in str(headline_section(october, changes=changes_since(october, september)).data)


def test_the_figures_of_another_kind_of_report_are_left_out(tmp_path):
    said = wording_of(tmp_path, figures={"answer": 42}, language="en", attached=("pdf",), owner=None)
    assert said.text == (
        "Monthly report\nOctober 2026 · Små & Co\n\nAttached:\n- Document to read and print (PDF)\n\n"
        "-- \nSent automatically when the report was made.\n"
    )


# ---- the message to the owner ----

CELL = CellError(
    cell_name="Capital",
    cell_number=7,
    error_name="KeyError",
    error_value="'churned_on'",
    traceback="Cell In[7], line 2\n----> 2 zones = risk(study)\n      3 zones\n\nKeyError: 'churned_on'",
)


def failure_of(tmp_path, *, language="en", error=CELL, segment=None, attempts=1, environment=None, **definition):
    return wording_of_failure(
        make_definition(tmp_path, post=PostSettings(), **definition),
        period=definition.pop("text", "2026-10"),
        segment=segment,
        language=Language(language),
        error=error,
        attempts=attempts,
        environment=environment or {},
    )


def test_a_failure_in_english(tmp_path):
    said = failure_of(tmp_path, attempts=3, segment="Små hus")
    assert said.subject == "Could not be made: Monthly report, October 2026, Små hus"
    assert said.text == (
        "Monthly report\n"
        "October 2026, Små hus\n"
        "\n"
        "This report could not be made in 3 attempts, and nobody else has been told.\n"
        "\n"
        "It stopped in cell 7 of the notebook: Capital\n"
        "\n"
        "The end of the error message:\n"
        "    cell 7 (Capital) failed with KeyError: 'churned_on'\n"
        "    Cell In[7], line 2\n"
        "    ----> 2 zones = risk(study)\n"
        "          3 zones\n"
        "    KeyError: 'churned_on'\n"
        "\n"
        "When the cause is out of the way, make the report with:\n"
        "    cx report monthly --period 2026-10 --language en --segment 'Små hus'\n"
    )
    assert "      3 zones\nKeyError: &#39;churned_on&#39;</pre>" in said.html


def test_a_failure_in_swedish(tmp_path):
    said = failure_of(tmp_path, language="sv", error=CxError("the study was refused"))
    assert said.subject == "Kunde inte göras: Månadsrapport – åäö, oktober 2026"
    assert said.text.startswith("Månadsrapport – åäö\nOktober 2026\n\nRapporten kunde inte göras, och ingen annan")
    assert "cell" not in said.text
    assert "    the study was refused\n" in said.text


def test_a_failed_quarter(tmp_path):
    said = wording_of_failure(
        make_definition(tmp_path, post=PostSettings(), period="quarter"),
        period="2026-Q3", segment=None, language=Language("en"), error=CxError("no"), attempts=1, environment={},
    )  # fmt: skip
    assert said.text.startswith(f"Monthly report\n{Language('en').period(pd.Period('2026-08', 'Q'))}\n")


def test_of_a_long_error_the_first_line_and_the_last_ones_are_told():
    error = CxError("\n".join(f"line {i}" for i in range(100)))
    error.add_note("The notebook up to there: reports/.failed/x")
    lines = last_lines(error, {})
    assert len(lines) == 20
    assert lines[:3] == ["line 0", "…", "line 83"]
    assert lines[-2:] == ["line 99", "The notebook up to there: reports/.failed/x"]
    assert last_lines(CxError("x" * 500), {}) == ["x" * 200 + " …"]
    assert last_lines(CxError("\x1b[31mred\u202e\r\n\n  in\tdented"), {}) == ["[31mred", "  in dented"]


def test_no_secret_is_told_to_the_owner(tmp_path):
    hook = "https://hooks.example.org/T0/nyckel"
    environment = {"CX_SMTP_PASSWORD": PASSWORD, "CX_SMTP_USER": USER, "CX_WEBHOOK_URL": hook}
    error = CxError(f"environ({{'CX_SMTP_PASSWORD': '{PASSWORD}', 'CX_SMTP_USER': '{USER}', 'H': '{hook}'}})")
    said = failure_of(tmp_path, error=error, environment=environment)
    for secret in environment.values():
        assert secret not in said.text + said.html + said.subject
    assert "'(CX_SMTP_PASSWORD)'" in said.text


def test_the_owner_alone_is_told(tmp_path):
    post = PostSettings(to=("md@example.org",), webhook=True)
    definition = make_definition(tmp_path, post=post)
    with mail_server(folder=tmp_path) as box:
        told = post_failure(
            definition, period="2026-10", language="sv", error=CELL, attempts=3, environment=box.environment
        )
    assert told == ["told the owner owner@example.org of the failure"]
    ((_, recipients, _),) = box.envelopes
    (message,) = box.messages
    assert recipients == ["owner@example.org"] and message["To"] == "owner@example.org"
    assert message["Subject"] == "Kunde inte göras: Månadsrapport – åäö, oktober 2026"
    assert "trots 3 försök" in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize(("post", "owner"), [(None, "owner@example.org"), (PostSettings(webhook=True), None)])
def test_nobody_is_told_of_a_failure_unless_the_definition_says_so(tmp_path, post, owner):
    definition = make_definition(tmp_path, post=post, owner=owner)
    assert post_failure(definition, period="2026-10", language="en", error=CxError("no"), environment={}) == []


def test_an_owner_whom_the_server_refuses(tmp_path):
    definition = make_definition(tmp_path, post=PostSettings())
    with (
        mail_server(unknown=("owner@example.org",), folder=tmp_path) as box,
        pytest.raises(PostError, match="refused the report's owner: 550"),
    ):
        post_failure(definition, period="2026-10", language="en", error=CxError("no"), environment=box.environment)
