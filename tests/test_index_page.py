"""The list of all reports: what it says of them, and what no name in them can do to it."""

import json
import os
import re
import threading
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.findings.definitions import FIGURES
from cxlib.language import UnknownTextError
from cxlib.reporting.outputs import index_entries, index_page
from cxlib.reporting.outputs.index_entries import place_in_time
from cxlib.reporting.outputs.index_page import index_html, write_index
from cxlib.reporting.outputs.sparkline import sparkline

EVIL = "</title><script>alert(1)</script><img src=x onerror=alert(2)>"
SETTINGS = {name.partition(".")[0]: 1 for _, names in FIGURES.values() for name in names}


def share(value, *, chance=False):
    return {"value": value, "low": value - 0.01, "high": value + 0.01, "base": 900, "may_be_chance": chance}


def figures_of(period, before, *, segment=None, study="Toy", risk=0.1, chance=False, **settings):
    return {
        "study": study,
        "period": period,
        "previous_period": before,
        "segment": segment,
        "labels": {"sv": {"House": "Villa"}},
        "headline": {"at_risk_share": share(risk, chance=chance), "customers": {"value": 900}},
        "definitions": {
            "settings": SETTINGS | settings,
            "figures": {name: {"version": 1, "rests_on": list(names)} for name, (_, names) in FIGURES.items()},
        },
    }


def put(root, name, figures, *, report="monthly", files=("report.html",), **record):
    folder = root / report / name
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(figures if isinstance(figures, str) else json.dumps(figures))
    for file in files:
        (folder / file).write_text("")
    if record:
        needed = {"id": "1", "report": report, "folder": f"{report}/{name}", "subtitle": "", "parameters": {},
                  "inputs": [], "started_at": "2026-11-01T06:00:00+00:00"}  # fmt: skip
        (folder / "run.json").write_text(json.dumps(needed | record))
    return folder


def two_months(root, **october):
    put(root, "2026-09", figures_of("2026-09", "2026-08", risk=0.1))
    put(root, "2026-10", figures_of("2026-10", "2026-09", **{"risk": 0.15} | october))


def soup(root, language="en"):
    """The page as a reader of one language finds it."""
    page = BeautifulSoup(index_html(root), "html.parser")
    for other in page.select("main .sv" if language == "en" else "main .en"):
        other.decompose()
    return page


def rows(page, table=0):
    return [
        [re.sub(r"\s+", " ", cell.get_text(" ", strip=True)) for cell in row.find_all(["th", "td"])]
        for row in page.find_all("table")[table].select("tbody tr")
    ]


def test_a_list_that_another_process_holds_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(index_page, "LONGEST_WAIT", 0.05)
    with index_page._alone(tmp_path), pytest.raises(OSError, match=r"another process .* for more than 0\.05 seconds"):
        write_index(tmp_path)
    write_index(tmp_path)
    assert (tmp_path / "index.html").is_file()


def test_figures_are_read_once_and_again_where_they_change(tmp_path, monkeypatch):
    two_months(tmp_path)
    read = []
    once = index_entries.figures_of
    monkeypatch.setattr(index_entries, "figures_of", lambda file: read.append(file.parent.name) or once(file))
    first = index_html(tmp_path)
    assert index_html(tmp_path) == first and sorted(read) == ["2026-09", "2026-10"]
    (tmp_path / "monthly" / "2026-10" / "metrics.json").write_text(
        json.dumps(figures_of("2026-10", "2026-09", risk=0.075))
    )
    assert "7.5%" in index_html(tmp_path) and read[2:] == ["2026-10"]


def test_every_report_with_its_figures_their_change_and_its_files(tmp_path):
    two_months(tmp_path)
    (tmp_path / "monthly" / "2026-10" / "report.pdf").write_text("")
    newest = rows(soup(tmp_path))
    assert newest == [["All customers", "October 2026", "Customers at risk 15.0% ▲ 5.0 points, worse",
                       "Report · PDF · Figures"]]  # fmt: skip
    page = soup(tmp_path)
    assert [each.get_text(strip=True) for each in page.find_all("summary")] == ["October 2026", "September 2026"]
    assert rows(page, 2) == [["All customers", "Customers at risk 10.0%", "Report · Figures"]]


def test_the_same_in_swedish(tmp_path):
    two_months(tmp_path, segment="House", chance=True)
    put(tmp_path, "2026-09_segment-house", figures_of("2026-09", "2026-08", segment="House", risk=0.15))
    page = soup(tmp_path, "sv")
    assert rows(page)[1] == ["Villa", "Oktober 2026", "Kunder i riskzonen 15,0\xa0% oförändrat".replace("\xa0", " "),
                             "Rapport · Siffror"]  # fmt: skip
    assert page.h1.get_text() == "Rapporter"


def test_a_changed_definition_is_marked_in_the_change_and_in_the_line(tmp_path):
    put(tmp_path, "2026-08", figures_of("2026-08", "2026-07"))
    two_months(tmp_path, loss_weight=12)
    page = soup(tmp_path)
    assert "not comparable: loss weight 1 → 12" in rows(page)[0][2]
    assert len(page.select("svg .break")) == 1


def test_what_is_withheld_is_a_dash_and_a_gap(tmp_path):
    two_months(tmp_path)
    hidden = figures_of("2026-08", "2026-07")
    hidden["headline"]["at_risk_share"] |= {"value": None, "low": None, "high": None}
    put(tmp_path, "2026-08", hidden)
    assert rows(soup(tmp_path), 3) == [["All customers", "Customers at risk –", "Report · Figures"]]
    assert rows(soup(tmp_path), 2)[0][1] == "Customers at risk 10.0% too few then to show"


def test_titles_languages_and_segments_come_from_the_record(tmp_path):
    record = {"period": "2026-10", "segment": None, "study": "Toy", "titles": {"en": "Our report", "sv": "Vår rapport"}}
    put(tmp_path, "2026-10", figures_of("2026-10", "2026-09"), language="en", **record)
    put(tmp_path, "2026-10_sv", figures_of("2026-10", "2026-09"), language="sv", **record)
    page = soup(tmp_path)
    assert page.h2.get_text(strip=True) == "Our report"
    assert soup(tmp_path, "sv").h2.get_text(strip=True) == "Vår rapport"
    assert rows(page)[0][-1] == "English : Report · Figures Svenska : Report · Figures"
    links = [each["href"] for each in page.find_all("table")[0].find_all("a")]
    assert links[::2] == ["monthly/2026-10/report.html", "monthly/2026-10_sv/report.html"]


def test_studies_and_reports_are_kept_apart(tmp_path):
    put(tmp_path, "2026-10", figures_of("2026-10", "2026-09"))
    put(tmp_path, "2026-10_study-other", figures_of("2026-10", "2026-09", study="Other"))
    put(tmp_path, "2026-Q3", {"anything": 1}, report="other")
    page = soup(tmp_path)
    assert [row[0] for row in rows(page)] == ["Other · All customers", "Toy · All customers"]
    assert [each.get_text(strip=True) for each in page.find_all("h2")] == ["monthly", "other"]
    assert rows(page, 2) == [["All customers", "3rd quarter 2026", "Report · Figures"]]


def test_no_reports(tmp_path):
    write_index(tmp_path / "reports")
    said = (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    assert "There is no report here yet" in said and "Här finns ingen rapport än" in said
    assert "<table>" not in said


DAMAGED = ["", "{", "[]", '{"period": NaN}', "[" * 100_000]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: content[:16] or "empty")
def test_a_damaged_folder_is_named_and_the_others_are_listed(tmp_path, content):
    two_months(tmp_path)
    put(tmp_path, "2026-11", content)
    page = soup(tmp_path)
    assert page.select_one(".unread li").get_text() == "monthly/2026-11: metrics.json is damaged"
    assert soup(tmp_path, "sv").select_one(".unread li").get_text() == "monthly/2026-11: metrics.json är skadad"
    assert len(page.find_all("summary")) == 2
    (tmp_path / "monthly" / "2026-11" / "metrics.json").unlink()
    assert "monthly/2026-11: metrics.json is not there" in soup(tmp_path).get_text()


ODD = [None, 1, "text", [], [1], {}, {"at_risk_share": None}, {"at_risk_share": {"value": "9"}}, {"sv": 3}, "\ud800"]


@pytest.mark.parametrize("value", ODD, ids=ascii)
@pytest.mark.parametrize(
    "name", ["study", "period", "previous_period", "segment", "labels", "headline", "definitions"]
)  # fmt: skip
def test_figures_of_any_shape_stop_nothing(tmp_path, name, value):
    put(tmp_path, "2026-09", figures_of("2026-09", "2026-08") | {name: value})
    put(tmp_path, "2026-10", figures_of("2026-10", "2026-09") | {name: value})
    write_index(tmp_path)
    assert "2026-10/report.html" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_changed_scale_or_touchpoint_is_named(tmp_path):
    def scales(expected):
        return {"csat": {"expected": expected}}

    put(tmp_path, "2026-09", figures_of("2026-09", "2026-08", scales=scales(4)))
    put(tmp_path, "2026-10", figures_of("2026-10", "2026-09", scales=scales(3)))
    assert "not comparable: scale csat, expected score 4 → 3" in rows(soup(tmp_path))[0][2]
    assert "går inte att jämföra: skalan csat, förväntat betyg 4 → 3" in rows(soup(tmp_path, "sv"))[0][2]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["csat", "expected", "value", "low", "high", "base", "previous", "at_risk_share", "phase"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
TOLD = ["headline", "definitions", "touchpoints", "phases", "feedback", "labels", "smallest_base", "recent_months"]


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.sampled_from(TOLD), ANYTHING),
    st.dictionaries(st.sampled_from(TOLD), ANYTHING),
    st.dictionaries(st.sampled_from(sorted(SETTINGS)), ANYTHING),
    st.dictionaries(st.sampled_from(sorted(SETTINGS)), ANYTHING),
)
def test_no_pair_of_files_stops_the_list(tmp_path_factory, older, newer, old_settings, new_settings):
    root = tmp_path_factory.mktemp("pair")
    put(root, "2026-09", figures_of("2026-09", "2026-08", **old_settings) | older)
    put(root, "2026-10", figures_of("2026-10", "2026-09", **new_settings) | newer)
    assert "monthly/2026-10/report.html" in index_html(root)


def test_what_cannot_be_said_is_a_mark_and_stops_nothing(tmp_path, monkeypatch):
    def lost(*_, **__):
        raise UnknownTextError("no such text")

    two_months(tmp_path)
    monkeypatch.setattr("cxlib.findings.change_words.FigureWords.cell", lost)
    assert rows(soup(tmp_path))[0][2] == "Customers at risk 15.0% cannot be compared"
    assert rows(soup(tmp_path, "sv"))[0][2].endswith("går inte att jämföra")


@pytest.mark.parametrize("record", ["", "[]", '{"titles": 3}', '{"id": 1, "titles": [], "started_at": null}'])
def test_a_damaged_record_is_done_without(tmp_path, record):
    two_months(tmp_path)
    (tmp_path / "monthly" / "2026-10" / "run.json").write_text(record)
    assert rows(soup(tmp_path))[0][:2] == ["All customers", "October 2026"]


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.addresses = [], []

    def handle_starttag(self, tag, attributes):
        self.found.append(tag)
        names = dict(attributes)
        assert not [name for name in names if name.startswith("on")]
        self.addresses += [names[name] for name in ("href", "src") if name in names]


def test_no_name_becomes_markup_and_no_link_leaves_the_folder(tmp_path):
    rtl = "\u202egnp.exe\x07"
    names = [f"2026-10_{EVIL}".replace("/", "\N{DIVISION SLASH}"), "2026-10 #%3f?&\"' å", "javascript:alert(3)"]
    for name in names:
        hostile = figures_of("2026-10", "2026-09", segment=EVIL + rtl, study=EVIL, loss_weight=EVIL)
        hostile["labels"] = {"sv": {EVIL + rtl: EVIL * 2}, "en": EVIL}
        put(tmp_path, name, hostile, report=f"{EVIL}{rtl}".replace("/", "\N{DIVISION SLASH}"), period="2026-10",
            segment=name, study=EVIL, language="en", titles={"en": EVIL + rtl, "sv": EVIL})  # fmt: skip
    put(tmp_path, "2026-11" + EVIL.replace("/", "|"), "{", report="damaged")
    page = index_html(tmp_path)
    tags = Tags()
    tags.feed(page)
    assert not {"script", "img", "iframe", "form", "object", "base", "meta2"} & set(tags.found)
    assert not set("\u202e\x07") & set(page)
    links = [address for address in tags.addresses if address != "data:,"]
    assert len(links) == 2 * 2 * 3  # two files, in the newest and in its period
    for link in links:
        assert re.fullmatch(r"[A-Za-z0-9%._~/-]+", link) and ":" not in link and not link.startswith(("/", "."))
        assert (tmp_path / unquote(link)).is_file()


def test_a_folder_whose_name_is_no_text_is_listed(tmp_path):
    folder = put(tmp_path, "2026-10", figures_of("2026-10", "2026-09"))
    folder.rename(os.fsdecode(os.fsencode(folder) + b"_\xff"))
    write_index(tmp_path)
    assert 'href="monthly/2026-10_%FF/report.html"' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_same_folders_are_the_same_bytes_whatever_was_made_first(tmp_path):
    two_months(tmp_path / "a")
    put(tmp_path / "b", "2026-10", figures_of("2026-10", "2026-09", risk=0.15))
    put(tmp_path / "b", "2026-09", figures_of("2026-09", "2026-08", risk=0.1))
    assert index_html(tmp_path / "a") == index_html(tmp_path / "b")


def test_many_at_once_leave_one_whole_page_that_lists_all(tmp_path):
    def make(i):
        put(tmp_path, f"2026-{i:02d}", figures_of(f"2026-{i:02d}", f"2026-{i - 1:02d}"))
        write_index(tmp_path)

    threads = [threading.Thread(target=make, args=(i,)) for i in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(BeautifulSoup((tmp_path / "index.html").read_text(), "html.parser").find_all("summary")) == 6
    assert sorted(path.name for path in tmp_path.iterdir()) == [".building", "index.html", "monthly"]


def test_what_is_being_built_or_failed_is_not_listed(tmp_path):
    two_months(tmp_path)
    put(tmp_path, "new", figures_of("2026-11", "2026-10"), report=".building")
    put(tmp_path, ".hidden", figures_of("2026-11", "2026-10"))
    assert "2026-11" not in index_html(tmp_path)


# ---- lines ----


def test_a_line_by_hand():
    # from 3 to 93 across, 0 at the bottom (23) and 1 at the top (3)
    assert '<path d="M3.0 23.0L48.0 3.0L93.0 23.0"/>' in sparkline([(1, 0, False), (2, 1, False), (3, 0, False)])


def test_a_line_breaks_where_a_value_is_missing_and_where_a_period_is():
    hidden = sparkline([(1, 0, False), (2, 1, False), (3, None, False), (4, 0, False), (5, 1, False)])
    absent = sparkline([(1, 0, False), (2, 1, False), (4, 0, False), (5, 1, False)])
    assert hidden == absent and hidden.count("<path") == 2


@given(st.lists(st.tuples(st.none() | st.floats(-1e15, 1e15), st.booleans()), max_size=8))
def test_a_line_stays_in_its_frame(values):
    svg = sparkline([(place, value, is_redefined) for place, (value, is_redefined) in enumerate(values)])
    assert bool(svg) == (sum(value is not None for value, _ in values) >= 2)
    points = [tuple(map(float, pair)) for pair in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", svg)]
    assert all(0 <= x <= 96 and 0 <= y <= 26 for x, y in points)


@given(st.integers(1900, 2200), st.integers(1, 51))
def test_periods_follow_each_other(year, week):
    assert place_in_time(f"{year}-W{week + 1:02d}")[1] - place_in_time(f"{year}-W{week:02d}")[1] == 1
    assert place_in_time(f"{year + 1}-Q1")[1] - place_in_time(f"{year}-Q4")[1] == 1
    assert place_in_time(f"{year + 1}-01")[1] - place_in_time(f"{year}-12")[1] == 1


def test_a_report_by_other_rules_says_so(tmp_path):
    put(tmp_path, "2026-09", figures_of("2026-09", "2026-08", loss_weight=2.25))
    put(tmp_path, "2026-10", figures_of("2026-10", "2026-09", loss_weight=2.25))
    put(tmp_path, "2026-10_House", figures_of("2026-10", "2026-09", segment="House", loss_weight=12.0))
    said = {each.parent.find("bdi").get_text(): each.get_text() for each in soup(tmp_path).select("th .rules")}
    assert said == {"House": "by other rules: loss_weight=12"}
    assert "enligt andra regler: loss_weight=12" in soup(tmp_path, "sv").get_text()


def test_reports_by_the_same_rules_say_nothing_of_them(tmp_path):
    two_months(tmp_path)
    assert not soup(tmp_path).select(".rules")
