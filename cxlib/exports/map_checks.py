"""What a map from questions to metrics says of an export that the export does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cxlib.errors import Problem, nearest_name
from cxlib.exports.survey import Survey
from cxlib.exports.told import shortened
from cxlib.question_maps import SurveyMap
from cxlib.settings import STUDY_FILE, TableSource

PLACE = "tables.responses"


def unknown_names(survey: Survey, mapped: SurveyMap, known: Mapping[str, tuple[str, ...]]) -> Iterator[Problem]:
    """What the map says of questions and touchpoints that there are not."""
    kinds = survey.questions.set_index("question")["kind"]
    names = list(kinds.index)
    for name, question in mapped.questions.items():
        place = f"{PLACE}.questions.{name}"
        for key, wanted in ((None, name), ("comment", question.comment), ("expectation", question.expectation)):
            column = place if key is None else f"{place}.{key}"
            if wanted is None:
                continue
            if wanted not in kinds.index:
                yield Problem(
                    file=STUDY_FILE,
                    column=column,
                    reason=f"{survey.file} has no such question",
                    value=wanted,
                    allowed=shortened(names),
                    nearest=nearest_name(wanted, names),
                )
            elif kinds[wanted] == "several choices":
                yield Problem(
                    file=STUDY_FILE,
                    column=column,
                    reason="is a question with several choices, which lie on no scale",
                    value=wanted,
                    allowed="questions with one answer each; count choices with cx.read_survey(…).answers; where each "
                    'cell is one answer, separator = ""',
                )
        if question.touchpoint is not None and question.touchpoint not in known.get(
            "touchpoints", [question.touchpoint]
        ):
            yield Problem(
                file=STUDY_FILE,
                column=f"{place}.touchpoint",
                reason="unknown touchpoint",
                value=question.touchpoint,
                allowed=shortened(known["touchpoints"]),
                nearest=nearest_name(question.touchpoint, known["touchpoints"]),
            )


def missing_moments(survey: Survey, mapped: SurveyMap, source: TableSource) -> Iterator[Problem]:
    """One problem, not one for each row, where nothing tells when anybody answered."""
    moments = survey.respondents["answered_at"]
    if mapped.answered_on is None and len(moments) and moments.isna().all():
        yield Problem(
            file=survey.file,
            column=source.columns.get("answered_at"),
            reason="nothing tells when anybody answered",
            allowed=f"answered_on = 2026-10-03 in [{PLACE}] of {STUDY_FILE}, or in [{PLACE}.columns] "
            'answered_at = "…", the column that tells it',
        )
