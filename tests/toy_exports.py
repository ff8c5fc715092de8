"""Reading of survey exports that tests write by hand."""

from __future__ import annotations

from pathlib import Path

import cxlib as cx


def survey_of(folder: Path, text: str, **options) -> cx.Survey:
    """The survey in an export with this text."""
    path = folder / "export.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return cx.read_survey(path, **options)


def answers_to(survey: cx.Survey, question: str) -> dict[str, list[str]]:
    """What each respondent answered to one question, in the order of the file."""
    found = survey.answers[survey.answers["question"] == question]
    return found.groupby("respondent", sort=False)["answer"].agg(list).to_dict()


def kinds(survey: cx.Survey) -> dict[str, str]:
    """The kind of each question, in the order of the file."""
    return survey.questions.set_index("question")["kind"].to_dict()


def moments(survey: cx.Survey, form: str = "%Y-%m-%d %H:%M:%S") -> list[str]:
    """When each respondent answered, in the survey's timezone."""
    return survey.respondents["answered_at"].dt.strftime(form).tolist()
