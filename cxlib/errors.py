"""What can go wrong, said so that a user can mend it: what, where, what is allowed, what to do next."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

_LONGEST_SHOWN = 200
MOST_SHOWN_PER_KIND = 5
"""A message shows this many problems of one kind and counts the rest; `.problems` holds them all."""


class CxError(Exception):
    """The parent of every error that cxlib raises on purpose.

    It can be sent to another process, with its notes, whatever its children are made from.
    """

    def __reduce__(self) -> tuple:
        return _made_again, (type(self), self.args, self.__dict__)


def _made_again(kind: type[CxError], arguments: tuple, attributes: dict) -> CxError:
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    error.__dict__.update(attributes)
    return error


class ParameterError(CxError):
    """A parameter, option or rule has a value that it may not have."""


class MissingColumnError(CxError):
    """A frame lacks a column that the function needs."""


class ScoreRangeError(CxError):
    """A score lies outside its scale."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with a study, and where.

    `row` is the number that a spreadsheet shows: the header is row 1.
    """

    reason: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    value: str | None = None
    allowed: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                _cut(self.file) if self.file else None,
                f"row {self.row}" if self.row is not None else None,
                f"column {self.column}" if self.column else None,
            )
            if part
        )
        text = f"{place}: {self.reason}" if place else self.reason
        if self.value is not None:
            text += f", found {_cut(self.value)!r}"
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        if self.nearest:
            text += f"; did you mean {self.nearest!r}?"
        return text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + " …"


class RefusedFileError(CxError):
    """One file cannot be read as a table; `.problem` says why. `load_study` gathers these into a StudyError."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)


class StudyError(CxError):
    """A study was refused; `.problems` lists everything that is wrong with it.

    Where too many rows failed, `.problems` also has the failing cells, the first thousand of each kind;
    `.study_problems` are those that are about the study and its files, without the cells. `.rejected`,
    `.rejected_rows` and `.sources` are what `Study` has under these names, of the tables that could be read; None where
    it did not come to reading any.
    """

    def __init__(
        self, study: str, problems: Sequence[Problem], rejected=None, *, cells=(), rejected_rows=None, sources=None
    ) -> None:
        self.study = study
        self.study_problems = tuple(problems)
        self.problems = (*problems, *cells)
        self.rejected = rejected
        self.rejected_rows = rejected_rows
        self.sources = sources
        super().__init__(study, self.problems)

    def __str__(self) -> str:
        shown: list[str] = []
        seen: Counter[tuple[str | None, str | None, str]] = Counter()
        for problem in self.problems:
            kind = (problem.file, problem.column, problem.reason)
            seen[kind] += 1
            if problem.row is None or seen[kind] <= MOST_SHOWN_PER_KIND:
                shown.append(f"  - {problem}")
        hidden = len(self.problems) - len(shown)
        if hidden:
            shown.append(f"  - and {hidden} more of the same kinds; `cx check` lists them all")
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        return f"{self.study} was refused, {count} {noun}:\n" + "\n".join(shown)


def nearest_name(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name most like `name`, or None where nothing is near.

    >>> nearest_name("consumtion", ["purchase", "consumption", "payment"])
    'consumption'
    """
    by_lower = {candidate.lower(): candidate for candidate in allowed}
    matches = get_close_matches(name.strip().lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def hint(name: object, allowed: Iterable[str]) -> str:
    """The end of a message that refuses `name`: the nearest allowed one, or "" where nothing is near.

    >>> hint("consumtion", ["purchase", "consumption", "payment"])
    "; did you mean 'consumption'?"
    """
    near = nearest_name(str(name), allowed)
    return f"; did you mean {near!r}?" if near else ""


def require_columns(frame, columns: Iterable[str], *, name: str) -> None:
    """Raise MissingColumnError, naming every column of `columns` that `frame` lacks.

    Raises
    ------
    MissingColumnError
    ParameterError
        It is no frame at all, such as a study or a list.
    """
    if not hasattr(frame, "columns"):
        kind = type(frame).__name__
        cure = "; a study holds several: give one of them, such as study.responses" if kind == "Study" else ""
        raise ParameterError(f"{name}: found a {kind}; allowed: a DataFrame{cure}")
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        hints = []
        for column in missing:
            near = nearest_name(column, map(str, frame.columns))
            hints.append(f"{column!r}" + (f" (is it {near!r}?)" if near else ""))
        # "the respondents" are several; `responses` is one frame
        lacks, it_has = ("lack", "they have") if re.match(r"the .*s$|those ", name) else ("lacks", "it has")
        raise MissingColumnError(
            f"{name} {lacks} {', '.join(hints)}; {it_has} {', '.join(map(repr, map(str, frame.columns)))}"
        )
