"""Whatever was answered comes back from the export of any tool: to the same respondent, in the same order."""

import csv
import io
import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlib as cx

KINDS = ("one", "several", "written", "grid")
LABEL = st.text('abÅé() ",', max_size=6).map(str.strip)
WRITTEN = st.text('abÅé() ",\n=+-@', max_size=10).map(str.strip)


@dataclass(frozen=True)
class Asked:
    """A question: its kind, its options (or the rows of a grid), and of each respondent one answer, or one a row."""

    kind: str
    options: list[str]
    answers: list[list[str]]


@st.composite
def surveys(draw) -> list[Asked]:
    n_respondents = draw(st.integers(1, 6))
    return [draw(questions(f"Q{place}", n_respondents)) for place in range(draw(st.integers(1, 4)))]


@st.composite
def questions(draw, name: str, n_respondents: int) -> Asked:
    kind = draw(st.sampled_from(KINDS))
    options = [f"{name} o{at} {draw(LABEL)}".strip() for at in range(draw(st.integers(2, 4)))]
    one = {
        "one": st.sampled_from([[], *([option] for option in options)]),
        "several": st.sets(st.sampled_from(options)).map(lambda chosen: [o for o in options if o in chosen]),
        "written": WRITTEN.map(lambda text: [text] if text else []),
        "grid": st.lists(st.sampled_from(["", "good", "bad", "so, so"]), min_size=len(options), max_size=len(options)),
    }[kind]
    answers = draw(st.lists(one, min_size=n_respondents, max_size=n_respondents))
    return Asked(kind=kind, options=options, answers=answers)


def surveymonkey(asked: list[Asked]) -> tuple[list[str], list[list[str]]]:
    ids = [str(10_000_000_001 + at) for at in range(len(asked[0].answers))]
    head = ["Respondent ID", "Collector ID", "Start Date", "End Date"]
    below = [""] * len(head)
    rows = [[one, "7", "2026-05-01 08:00:00", "2026-05-01 08:05:00"] for one in ids]
    for place, question in enumerate(asked):
        if question.kind in ("one", "written"):
            head.append(f"Question {place}")
            below.append("Response" if question.kind == "one" else "Open-Ended Response")
            add(rows, [["".join(answer)] for answer in question.answers])
        else:
            head += [f"Question {place}", *[""] * (len(question.options) - 1)]
            below += question.options
            add(rows, by_option(question))
    return ids, [head, below, *rows]


def limesurvey(asked: list[Asked]) -> tuple[list[str], list[list[str]]]:
    ids = [str(3 + at) for at in range(len(asked[0].answers))]
    head = ["Svars-ID", "Datum", "Sida", "Språk"]
    rows = [[one, "2026-05-01 08:05:00", "2", "sv"] for one in ids]
    for place, question in enumerate(asked):
        if question.kind in ("one", "written"):
            head.append(f"Question {place}")
            add(rows, [["".join(answer)] for answer in question.answers])
        else:
            head += [f"Question {place} [{option}]" for option in question.options]
            cells = by_option(question)
            if question.kind == "several":
                cells = [["Ja" if cell else "Nej" for cell in row] for row in cells]
            add(rows, cells)
    return ids, [head, *rows]


def typeform(asked: list[Asked]) -> tuple[list[str], list[list[str]]]:
    ids = [f"a{at}" for at in range(len(asked[0].answers))]
    head = ["#"]
    rows = [[one] for one in ids]
    for place, question in enumerate(asked):
        if question.kind == "several":
            head += question.options
            add(rows, by_option(question))
        else:
            names, cells = in_columns(place, question, "")
            head += names
            add(rows, [[escaped(cell) for cell in row] for row in cells])
    add(rows, [["2026-05-01 08:00:00", "2026-05-01 08:05:00", "f00"]] * len(rows))
    return ids, [[*head, "Start Date (UTC)", "Submit Date (UTC)", "Network ID"], *rows]


def formbricks(asked: list[Asked]) -> tuple[list[str], list[list[str]]]:
    ids = [f"r{at}" for at in range(len(asked[0].answers))]
    head = ["No.", "Response ID", "Timestamp", "Finished", "Survey ID"]
    rows = [[str(at), one, "2026-05-01 08:05:00 UTC", "Yes", "s1"] for at, one in enumerate(ids)]
    for place, question in enumerate(asked):
        names, cells = in_columns(place, question, "; ")
        names = [f"{place + 1}. {name}" for name in names]
        cells = [[escaped(cell) for cell in row] for row in cells]
        if question.kind in ("one", "several"):
            names.append(f"{names[0]} - Option ID")
            for row, answer in zip(cells, question.answers, strict=True):
                row.append(", ".join(f"id{question.options.index(one)}" for one in answer))
        head += names
        add(rows, cells)
    return ids, [head, *rows]


def google_forms(asked: list[Asked]) -> tuple[list[str], list[list[str]]]:
    n = len(asked[0].answers)
    head = ["Timestamp"]
    rows = [[f"2026/05/0{at + 1} 8:05:00 AM GMT+2"] for at in range(n)]
    for place, question in enumerate(asked):
        names, cells = in_columns(place, question, ";")
        head += names
        add(rows, cells)
    return [f"2026-05-0{at + 1}T06:05:00Z" for at in range(n)], [head, *rows]


def microsoft_forms(asked: list[Asked]) -> tuple[list[str], list[list[str]]]:
    ids = [str(1 + at) for at in range(len(asked[0].answers))]
    head = ["ID", "Starttid", "Slutförandetid", "E-post", "Namn"]
    rows = [[one, "2026-05-01 08:00:00", "2026-05-01 08:05:00", "", ""] for one in ids]
    for place, question in enumerate(asked):
        names, cells = in_columns(place, question, ";")
        head += names
        is_several = question.kind == "several"
        add(rows, [[f"{cell};" if is_several and cell else cell for cell in row] for row in cells])
    return ids, [head, *rows]


def add(rows: list[list[str]], cells: list[list[str]]) -> None:
    for row, more in zip(rows, cells, strict=True):
        row += more


def by_option(question: Asked) -> list[list[str]]:
    if question.kind == "grid":
        return [list(answer) for answer in question.answers]
    return [[option if option in answer else "" for option in question.options] for answer in question.answers]


def in_columns(place: int, question: Asked, separator: str) -> tuple[list[str], list[list[str]]]:
    if question.kind == "grid":
        return [f"Question {place} [{row}]" for row in question.options], [list(row) for row in question.answers]
    return [f"Question {place}"], [[separator.join(answer)] for answer in question.answers]


def escaped(cell: str) -> str:
    return f"'{cell}" if cell[:1] in tuple("=+-@") else cell


def letters(texts) -> str:
    """The letters of answers in their order: whether a text with a comma was one choice or two is not asked here."""
    return re.sub(r"[\s,;]", "", "".join(texts))


@pytest.mark.parametrize("tool", [surveymonkey, limesurvey, typeform, formbricks, google_forms, microsoft_forms])
@settings(max_examples=15)
@given(surveys())
def test_whatever_was_answered_comes_back(tmp_path_factory, tool, asked):
    ids, rows = tool(asked)
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    path = tmp_path_factory.mktemp("export") / "export.csv"
    path.write_text(file.getvalue(), encoding="utf-8", newline="")
    survey = cx.read_survey(path, personal=True, delimiter=",", encoding="utf-8")
    assert survey.reader == tool.__name__
    assert survey.rows_read == survey.rows_kept == len(ids)
    assert survey.respondents["respondent"].tolist() == ids
    found = survey.answers.groupby("respondent")["answer"].agg(list).to_dict()
    for at, respondent in enumerate(ids):
        expected = [text for question in asked for text in question.answers[at]]
        assert letters(found.get(respondent, [])) == letters(expected)
