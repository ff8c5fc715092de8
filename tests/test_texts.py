"""Every text that a reader sees stands in both catalogues, and none stands there for nothing.

`test_language.py` holds the catalogues against each other; here they are held against the code: what asks for a text
that is not there, what is there and asked for by nobody, which placeholders are given, what is written in English
past the catalogue, and which numbers and dates are written past `Language`.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from pathlib import Path

import nbformat
import pytest

from cxlib.language import catalogue, placeholders
from cxlib.workshop.server.notebook import SERVED
from tests.text_keys import ROOT, Source, docstrings, modules

EN, SV = catalogue("en"), catalogue("sv")

READERS = ("findings", "charts", "panels", "workshop", "reporting/outputs", "reporting/post")
"""The folders of cxlib whose strings are for readers; what the others say is for those who run `cx`."""

OPERATORS = {
    f"reporting/post/{name}.py"
    for name in ("environment", "finding", "mail", "preview", "sending", "settings", "webhook")
}
"""Modules of the post that speak to those who run `cx` alone: which report, which server, what was sent, why not."""

ALIKE = {
    "Tversky & Kahneman",
    "Normann",
    "Neutral",
    "Median",
    "n",
    "n = {n}",
    "Net Promoter Score",
    "NPS",
    "Segment",
    "SHA-256",
    "Period",
    "PDF",
    "Excel",
    "PowerPoint",
}
"""What reads the same in both languages."""


@pytest.fixture(scope="module")
def source() -> Source:
    return Source.of(modules("."), templates=[path.read_text(encoding="utf-8") for path in TEMPLATES])


def for_readers() -> dict[str, ast.Module]:
    return {name: tree for name, tree in modules(*READERS).items() if name not in OPERATORS}


def asked_keys(asked, key) -> list[tuple[str, str]]:
    """The prefixes and texts of the catalogue that a pattern of a call may mean."""
    return [(prefix, text) for prefix in asked.prefixes for text in texts_like(re.escape(prefix) + key)]


@cache
def texts_like(pattern: str) -> list[str]:
    return re.findall(f"^(?:{pattern})$", "\n".join(EN), re.MULTILINE)


# ---- the catalogue and those who ask ----


def missing_texts(source) -> list[str]:
    return [f"{asked.place}: {key}" for asked in source.asked for key in asked.keys if not asked_keys(asked, key)]


def unused_texts(source) -> set[str]:
    used = {text for asked in source.asked for key in asked.keys for _, text in asked_keys(asked, key)}
    for prefix in source.prefixes:
        used |= set(texts_like(re.escape(prefix) + f"(?:{'|'.join(sorted(source.loose))})"))
    return EN.keys() - used


def wrong_placeholders(source) -> list[str]:
    wrong = []
    for asked in source.asked:
        wanted_by_all = set()
        for key in asked.keys:
            texts = asked_keys(asked, key)
            wanted = [placeholders(EN[text]) - self_given(prefix) for prefix, text in texts]
            wanted_by_all |= {name for _, text in texts for name in placeholders(EN[text])}
            if wanted and not asked.gives_more and not any(names <= asked.given for names in wanted):
                wrong.append(f"{asked.place}: {key} is not given {sorted(wanted[0] - asked.given)}")
        if asked.keys and asked.given - wanted_by_all:
            wrong.append(f"{asked.place}: {asked.keys[0]} has no place for {sorted(asked.given - wanted_by_all)}")
    return wrong


def self_given(prefix: str) -> set[str]:
    """The placeholders that `ReportWords.text` fills by itself."""
    return {"month", "before"} if prefix == "report." else set()


def test_every_text_that_is_asked_for_is_in_the_catalogues(source):
    assert len(source.asked) > 500
    assert missing_texts(source) == []


def test_every_text_in_the_catalogues_is_asked_for(source):
    assert unused_texts(source) == set()


def test_every_placeholder_is_given_and_no_other(source):
    assert wrong_placeholders(source) == []


WRAPPER = (
    "class Words:\n    def text(self, key, **values):\n        return self.language.text(f'report.{key}', **values)\n"
)


@pytest.mark.parametrize(
    ("code", "missing", "wrong"),
    [
        ("language.text('names.phase.payment')", 0, 0),
        ("language.text('names.phase.paymnet')", 1, 0),
        ("words.text('changed.heading')", 0, 0),  # with the prefix that Words puts before it
        ("words.text('changed.haeding')", 1, 0),
        ("language.text(f'names.phase.{phase}')", 0, 0),
        ("language.text(f'names.fase.{phase}')", 1, 0),
        ("language.text('names.zone.thin' if a else 'names.zone.thick')", 1, 0),
        ("language.text(f\"names.zone.{'thin' if a else 'thick'}\")", 1, 0),
        ("language.text('charts.common.base_short', n=1)", 0, 0),
        ("language.text('charts.common.base_short')", 0, 1),
        ("language.text('charts.common.base_short', m=1)", 0, 2),
        ("language.text('charts.common.base_short', **numbers)", 0, 0),
        ("language.text('charts.common.base_short', n=1, m=1, **numbers)", 0, 1),
        ("language.text(key)", 0, 0),
    ],
)
def test_no_wrong_call_is_overlooked(code, missing, wrong):
    source = Source.of({"toy.py": ast.parse(WRAPPER + code)})
    assert (len(missing_texts(source)), len(wrong_placeholders(source))) == (missing, wrong)


@pytest.mark.parametrize(
    ("code", "used"),
    [
        ("language.text('names.phase.payment')", {"names.phase.payment"}),
        ("words.text('tiles.nps')", {"report.tiles.nps"}),
        ("key = 'tiles.nps'\nwords.text(key)", {"report.tiles.nps"}),
        ("key = f'tiles.{name}_base'\nwords.text(key)", {"report.tiles.nps_base", "report.tiles.churned_base"}),
        ("'''names.phase.payment'''", set()),  # a docstring asks for nothing
        ("key = f'{a}.{b}'\nwords.text(key)", set()),
    ],
)
def test_what_is_asked_for_counts_as_used_and_nothing_else(code, used):
    found = EN.keys() - unused_texts(Source.of({"toy.py": ast.parse(WRAPPER + code)}))
    assert found >= used
    assert len(found) == len(used) or "name" in code


# ---- nothing is left in English ----


def test_no_swedish_text_is_left_in_english():
    left = {
        key: text for key, text in SV.items() if text == EN[key] and re.search("[A-Za-z]", re.sub(r"{\w+}", "", text))
    }
    assert set(left.values()) <= ALIKE, left


def test_no_swedish_text_holds_an_english_word():
    """A sentence that was translated in part, or pasted into the wrong catalogue."""
    english = re.compile(r"\b(the|of|and|with|which|customers?|experiences?|not|is|are)\b", re.IGNORECASE)
    assert [
        key
        for key, text in SV.items()
        if english.search(re.sub(r"{\w+}|“[^”]*”|”[^”]*”|\S+\.csv|\b[a-z]+_\w+", "", text))
    ] == []


ENGLISH = re.compile(r"\b(the|of|and|with|for|to|is|are|was|in|not|by|no|an?|per|from|at|on)\b")
"""A word that makes a string of several words a sentence; the names of columns hold none."""

SHOWN = {"title", "subtitle", "description", "placeholder", "tooltip", "label", "caption", "heading", "alt", "note"}
"""Arguments that a reader sees."""

PAST_THE_CATALOGUE = {
    # errors, put together before they are raised
    ("panels/phases_data.py", "none: the study's customers have no segments"),
    ("reporting/outputs/handed_tables.py", "an object"),
    ("reporting/outputs/handed_tables.py", "a list"),
    ("reporting/outputs/handed_tables.py", "a text"),
    ("reporting/outputs/handed_tables.py", "the tables"),
    # said to those who run cx, of what was sent
    ("reporting/post/failure.py", " of the failure"),
    ("reporting/post/failure.py", "told the owner "),
    # said to those who run cx, of the links
    ("workshop/server/serve.py", "for others, by the network that they share with this machine:"),
    # the code of a cell
    ("workshop/server/notebook.py", SERVED),
    # not a text but a value that no segment's name may be
    ("panels/phases_data.py", "the rest"),
}
"""Strings that are no sentence for a reader though they look like one; each with its reason."""


def english_strings(name: str, tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Strings that a reader may see and no catalogue translates."""
    skipped = {id(node) for node in docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise | ast.Assert) or (isinstance(node, ast.Call) and _is_error(node)):
            skipped |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        is_shown = isinstance(node, ast.keyword) and node.arg in SHOWN
        value = node.value if is_shown else node
        if not (isinstance(value, ast.Constant) and isinstance(value.value, str)) or id(value) in skipped:
            continue
        if re.search("[A-Za-z]{2}", value.value) if is_shown else _is_sentence(value.value):
            yield name, value.value


def _is_error(node: ast.Call) -> bool:
    called = ast.unparse(node.func)
    return called.endswith("Error") or called.split(".")[-2:] == ["mistakes", "append"]


def _is_sentence(text: str) -> bool:
    """Words with an English one among them, or words between two tags; not a script and not a style."""
    if re.search(r">[^<>{}]*[A-Za-z]{3}[^<>{}]*</", text):
        return True
    text = re.sub(r"<[^>]*(>|$)|^[^<]*>", " ", text)
    if " " not in text.strip() or re.search(r"function|=>|[{};\\]|--", text):
        return False
    words = re.findall(r"[A-Za-z'’]+", text)
    return len(words) > 1 and bool(ENGLISH.search(text))


def test_no_sentence_is_written_past_the_catalogue():
    found = {pair for name, tree in for_readers().items() for pair in english_strings(name, tree)}
    assert found == PAST_THE_CATALOGUE


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("alt.Chart(rows, title='Customers')", 1),
        ("alt.Title(words, subtitle='n')", 0),
        ("text = f'{n} of {all}'", 0),
        ("text = f'{n} of all customers'", 1),
        ("html = '<p>Nothing</p>'", 1),
        ("html = f'<p>{nothing}</p>'", 0),
        ("raise ValueError('none of the columns is there')", 0),
        ("mistakes.append('none of the columns is there')", 0),
        ("sentences.append('none of the columns is there')", 1),
        ("'''The docstring of a module.'''", 0),
        ("columns = 'n_customers at_risk_share net_capital'", 0),
        ("style = 'margin:0 of;'", 0),
    ],
)
def test_no_english_string_is_overlooked(code, count):
    assert len(list(english_strings("toy.py", ast.parse(code)))) == count


TEMPLATES = sorted((ROOT / "cxlib").rglob("*.j2"))

IN_BOTH_LANGUAGES = {"Reports", "Rapporter"}
"""The title of the list of reports, which is one page for both; a page's title cannot be chosen by its reader."""


def words_of_template(text: str) -> str:
    """What a template itself shows: without its expressions, comments, tags, styles and scripts."""
    shown = re.findall(r"\b(?:title|alt|aria-label|placeholder)=\"([^\"]*)\"", text)
    text = re.sub(r"<!doctype[^>]*>|<(style|script)\b.*?</\1>", " ", text, flags=re.DOTALL | re.IGNORECASE)
    return " ".join(
        re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", part, flags=re.DOTALL)
        for part in [re.sub(r"<[^>]*>", " ", re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", text, flags=re.DOTALL)), *shown]
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(path):
    words = set(re.findall(r"\w*[^\W\d_]\w*", words_of_template(path.read_text(encoding="utf-8"))))
    assert words <= (IN_BOTH_LANGUAGES if path.parent.name == "index_template" else set())


def test_words_in_a_template_are_found():
    assert words_of_template("<p>{{ a > b }} customers</p>").strip() == "customers"
    assert words_of_template('<img alt="Capital {{ x }}">').split() == ["Capital"]
    assert words_of_template("{# why #}<p class='x'>{% if a %}{{ b }}{% endif %}</p>").strip() == ""


# ---- numbers and dates ----

DRAWINGS = {"reporting/outputs/sparkline.py"}
"""Modules whose numbers are places in a drawing."""

FORMATTED = {
    # numbers in Vega's own language, in scripts and in drawings: a reader sees none of them
    ("charts/loss_weight.py", "{middle:g}"),
    ("charts/presets.py", "{position:g}"),
    ("charts/smallest_set.py", "{middle:g}"),
    ("charts/ternary.py", "{HEIGHT_OF_ONE:.9f}"),
    # counted, or told apart by, not shown
    ("reporting/post/failure.py", "isoformat()"),
    ("findings/change_words.py", "{value:.6g}"),
    ("reporting/outputs/sheet.py", "{value:+,.{decimals}f}"),
    # a time of day reads the same in both languages
    ("charts/statement.py", "{moment:%H:%M}"),
    # months as keys of rows
    ("charts/months.py", "strftime('%Y-%m')"),
    ("findings/stress_figures.py", "strftime('%Y-%m')"),
}
"""Numbers and dates that are not written by `Language`; each with its reason."""


def formatted_values(name: str, tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Numbers and dates that are written without the language that they are written in."""
    raised = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Raise) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in raised:
            continue
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            yield name, ast.unparse(ast.JoinedStr([node]))[2:-1]
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("strftime", "month_name", "day_name", "isoformat", "ctime"):
                yield name, f"{called}({', '.join(map(ast.unparse, node.args))})"
            elif called == "format" and (
                isinstance(node.func, ast.Name)
                or (
                    isinstance(node.func.value, ast.Constant)
                    and ":" in re.sub(r"[^{}:]|:[^{}]*;", "", str(node.func.value.value))
                )
            ):
                yield name, ast.unparse(node)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _is_text(node.left):
            yield name, ast.unparse(node)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_numbers_and_dates_are_written_by_language():
    trees = {name: tree for name, tree in for_readers().items() if name not in DRAWINGS}
    found = {pair for name, tree in trees.items() for pair in formatted_values(name, tree)}
    assert found == FORMATTED


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("f'{x:.1f} units'", ["{x:.1f}"]),
        ("f'{day:%d %B}'", ["{day:%d %B}"]),
        ("f'{x}'", []),
        ("day.strftime('%B')", ["strftime('%B')"]),
        ("day.month_name()", ["month_name()"]),
        ("'{:.1f}'.format(x)", ["'{:.1f}'.format(x)"]),
        ("'{} of {}'.format(x, y)", []),
        ("format(x, '.1f')", ["format(x, '.1f')"]),
        ("'%.1f' % x", ["'%.1f' % x"]),
        ("7 % 3", []),
        ("raise ValueError(f'{x:.1f}')", []),
    ],
)
def test_no_number_is_overlooked(code, found):
    assert [value for _, value in formatted_values("toy.py", ast.parse(code))] == found


# ---- the whole report ----

ENGLISH_MONTHS = re.compile(r"\b(January|February|March|May|June|July|August|October)\b")


@pytest.fixture(scope="module")
def swedish(make_report) -> Path:
    return make_report(period="2026-10", language="sv")


def test_the_swedish_report_holds_no_english_month_and_no_decimal_point(swedish):
    page = (swedish / "report.html").read_text(encoding="utf-8")
    shown = unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)))
    assert "oktober 2026" in shown
    assert not ENGLISH_MONTHS.findall(shown)
    assert not re.findall(r".{9}[0-9]\.[0-9].{9}", shown)


def test_the_swedish_charts_hold_no_english_text(swedish):
    notebook = nbformat.read(swedish / "notebook.ipynb", as_version=4)
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    charts = [content for data in outputs for kind, content in data.items() if "vegalite" in kind]
    assert len(charts) > 10
    strings = set(_strings(charts))
    assert SV["charts.capital.title"] in strings
    english = {text for key, text in EN.items() if text != SV[key] and not placeholders(text)}
    # a column or a kind that a chart's rows hold is not shown by that name
    assert {text for text in strings & english if not re.fullmatch("[a-z_]+", text)} == set()
    assert not [text for text in strings if ENGLISH_MONTHS.search(text)]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
