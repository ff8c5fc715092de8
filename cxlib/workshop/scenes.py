"""What the scenes share: their order, the months they know, their incident, and how a value becomes small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import ParameterError
from cxlib.experience import experiences
from cxlib.language import Language
from cxlib.reporting.period import coverage
from cxlib.study import Study

SCENES = ("ten_touchpoints", "trepunkt", "capital")
"""The scenes in the order in which they are shown."""

KEPT_DECIMALS = 4
"""Of every number in the file: a share to a hundredth of a per cent, far finer than a pixel."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """A study as the workshop shows it: as it was known when its last whole month ended.

    Parameters
    ----------
    study : Study
    language : Language
    month : Period, the last month shown
    experiences : DataFrame
        Those of the study, up to then.
    smallest_base : int
    """

    study: Study
    language: Language
    month: pd.Period
    experiences: pd.DataFrame
    smallest_base: int

    @classmethod
    def of(cls, study: Study, *, language: str | None = None, smallest_base: int = SMALLEST_BASE) -> Stage:
        """The stage of a study, in a language: by default the study's own.

        Raises
        ------
        ParameterError
            An unknown language, or a study without experiences from the purchase on.
        """
        check_smallest_base(smallest_base)
        spoken = Language(study.settings.language if language is None else language)
        covered = coverage(experiences(study)["occurred_at"], "month")
        if covered is None:
            raise ParameterError(
                "the study has no experiences from the purchase on, and so no capital to show; "
                "cx check FOLDER says what was read"
            )
        known = study.as_of((covered.last_whole + 1).to_timestamp())
        return cls(
            study=known,
            language=spoken,
            month=covered.last_whole,
            experiences=experiences(known),
            smallest_base=smallest_base,
        )

    @property
    def known_at(self) -> pd.Timestamp:
        """The moment after the last month."""
        return (self.month + 1).to_timestamp()

    @property
    def labels(self) -> Mapping[str, str]:
        """How the study's own names read in the language, where it says so."""
        return self.study.settings.labels.get(self.language.code, {})

    def label(self, name: str) -> str:
        """How a name of the study's own reads in the language."""
        return self.labels.get(name, name)

    @property
    def month_name(self) -> str:
        return self.language.month(self.month.to_timestamp())


def stretched(chart: alt.TopLevelMixin) -> alt.TopLevelMixin:
    """A copy of the chart with a mark that it may be drawn narrower than it is high, as a triangle may not."""
    marked = chart.copy(deep=False)
    marked.usermeta = {**chart.usermeta, "stretched": True}
    return marked


def short_number(x: float, language: Language) -> str:
    """A number with as few decimals as say it, two at most.

    >>> [short_number(x, Language("sv")) for x in (2.25, 1.4999999, 12.0)]
    ['2,25', '1,5', '12']
    """
    return language.number(x, _decimals(x))


def short_signed(x: float, language: Language) -> str:
    """A number with its sign and as few decimals as say it, two at most, as charts and the file write a balance.

    >>> [short_signed(x, Language("en")) for x in (2.5, 0, -2.75)]
    ['+2.5', '0', '−2.75']
    """
    return language.signed(x, _decimals(x))


def _decimals(x: float) -> int:
    x = round(x, 2)
    return next((places for places in (0, 1) if round(x, places) == x), 2)


def compact(value):
    """A value of the parameter `live` with its numbers rounded to `KEPT_DECIMALS`, whole ones without a point.

    >>> compact({"share": [0.123456, None, 2.0], "text": "n = 5"})
    {'share': [0.1235, None, 2], 'text': 'n = 5'}
    """
    if isinstance(value, Mapping):
        return {name: compact(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [compact(part) for part in value]
    if isinstance(value, float):
        short = round(value, KEPT_DECIMALS)
        return int(short) if short.is_integer() else short
    return value
