"""What the panel of the three phases shows, as frames."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from cxlib.archetypes import PHASES
from cxlib.capital.months import month_of, month_starts
from cxlib.capital.rules import CapitalRules
from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base, few_told
from cxlib.errors import ParameterError, hint
from cxlib.experience import experiences
from cxlib.phases.balance import against_importance, carried_balance, with_customers
from cxlib.phases.importance import importance_shares, phase_ratings
from cxlib.study import Study

REST = "the rest"

COLUMNS = ["customer_id", "occurred_at", "phase", "experience", "weight"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PhaseBalanceData:
    """What the panel of the three phases shows at one place of its controls.

    Parameters
    ----------
    ratings : mapping of phase to number
    segment : str or None
    since, until : Period, months
    balance : DataFrame, one row per phase
        As `phase_balance` gives it of the measured experiences, with n_customers; phases met by too few customers are
        blanked.
    """

    ratings: Mapping[str, float]
    segment: str | None
    since: pd.Period
    until: pd.Period
    balance: pd.DataFrame


class MeasuredPhases:
    """A study's measured experiences, from which the balance of any segment and months is told.

    Parameters
    ----------
    study : Study
    rules : CapitalRules, optional
        Only the neutral band counts.

    Raises
    ------
    ParameterError
        Nothing is measured from the purchase on.

    Attributes
    ----------
    months : PeriodIndex, from the first measured experience to the last; of all, where none is measured
    segments : list of str
    has_phases : bool
        Whether the study says of any touchpoint met which phase it belongs to.
    """

    def __init__(self, study: Study, rules: CapitalRules | None = None) -> None:
        signed = experiences(study, rules)
        if signed.empty:
            raise ParameterError(
                "the study has no experiences from the purchase on, and so no balance; "
                "cx.experiences(study, scope='whole_journey') shows whether there are earlier ones"
            )
        self.has_phases = bool(signed["phase"].notna().any())
        measured = signed.loc[signed["is_measured"] & signed["phase"].notna(), COLUMNS]
        self._measured = measured
        self._month = month_starts(measured["occurred_at"])
        # where nothing is measured there are months all the same, and nothing in them
        met = self._month if len(measured) else month_starts(signed["occurred_at"])
        self.months = pd.period_range(met.min(), met.max(), freq="M")
        customers = study.customers.set_index("customer_id")["segment"]
        self._segment = measured["customer_id"].map(customers)
        self.segments = sorted(customers.dropna().unique())

    def month(self, wanted, *, name: str, default: pd.Period) -> pd.Period:
        """The month that `wanted` says.

        Raises
        ------
        ParameterError
            It is none of `months`.
        """
        month = default if wanted is None else month_of(wanted, name=name)
        if month not in self.months:
            raise ParameterError(f"{name} is {month}; allowed: {self.months[0]} to {self.months[-1]}, which have data")
        return month

    def carried(self, *, segment: str | None, since: pd.Period, until: pd.Period, smallest_base: int) -> pd.DataFrame:
        """What the phases carried among the segment's customers in the months from `since` to `until`.

        A phase of a segment is blanked too where the other segments and all customers together would tell of few.
        Views of different months are not held against each other: who may see the panel may see the study.

        Raises
        ------
        ParameterError
            An unknown segment, or months that end before they begin.
        """
        if segment is not None and segment not in self.segments:
            shown = ", ".join(map(repr, self.segments)) or "none: the study's customers have no segments"
            raise ParameterError(f"unknown segment {segment!r}; allowed: {shown}{hint(segment, self.segments)}")
        if until < since:
            raise ParameterError(f"until ({until}) lies before since ({since})")
        is_meant = self._month.between(since.to_timestamp(), until.to_timestamp())
        everyone = self._measured.loc[is_meant]
        of_all = with_customers(carried_balance(everyone), everyone, smallest_base=smallest_base)
        if segment is None:
            return of_all
        of_segments = self._segment.loc[is_meant]
        chosen = everyone.loc[of_segments == segment]
        shown = list(of_all.loc[of_all["mean_experience"].notna(), "phase"])
        hide = _telling_phases(everyone.assign(segment=of_segments), segment, shown, smallest_base)
        return with_customers(carried_balance(chosen), chosen, hide=hide, smallest_base=smallest_base)


def _telling_phases(
    experiences: pd.DataFrame, segment: str, shown_phases: Collection[str], smallest_base: int
) -> list[str]:
    """The phases of a segment to be blanked, so that no phase of few customers can be had by subtraction.

    Segments and phases are the two ways of a table. The phases among all customers are the totals of one; a segment's
    shares, which add up to 1, as good as tell that of the other.
    """
    cells = experiences.groupby(["phase", "segment"], observed=True, dropna=False)["customer_id"].nunique()
    cells = cells.rename("n_customers").reset_index().astype({"phase": "str"})
    # what hides among all customers hides in what the phases shown leave
    cells["total"] = cells["phase"].where(cells["phase"].isin(shown_phases), REST)
    is_hidden = cells["n_customers"] < smallest_base
    while True:
        shown = cells.loc[~is_hidden & cells["segment"].notna()]
        told = few_told(
            cells.loc[is_hidden],
            base="n_customers",
            rows="segment",
            columns="total",
            shown_rows=list(shown["segment"].unique()),
            shown_columns=[*shown_phases, REST] if shown_phases else [],
            parts="overlapping",
            smallest_base=smallest_base,
        )
        # a cell that is hidden too blurs every subtraction that leaves it: first the one that blurs most
        blurred = [shown["segment"].isin(rows) != shown["total"].isin(columns) for rows, columns in told]
        if not blurred or shown.empty:
            return list(cells.loc[is_hidden & (cells["segment"] == segment), "phase"])
        order = shown.assign(n_blurred=sum(blurred)).sort_values(
            ["n_blurred", "n_customers"], ascending=[False, True], kind="stable"
        )
        is_hidden[order.index[0]] = True


def phase_balance_data(
    study: Study,
    *,
    importance: str | Mapping[str, float | str] | None = None,
    rules: CapitalRules | None = None,
    segment: str | None = None,
    since=None,
    until=None,
    smallest_base: int = SMALLEST_BASE,
) -> PhaseBalanceData:
    """The frames that the panel `phase_balance` shows, without a notebook.

    Parameters
    ----------
    study : Study
    importance : str or mapping, optional
        The name of an archetype, built in or of the study's own, or a rating for each phase; default the study's
        archetype.
    rules : CapitalRules, optional
        Only the neutral band counts.
    segment : str, optional
        Only its customers.
    since, until : str, Timestamp or Period, optional
        The first and the last month; default those of the first and the last measured experience.
    smallest_base : int
        Phases met by fewer customers are blanked.

    Returns
    -------
    PhaseBalanceData

    Raises
    ------
    ParameterError
        An unknown archetype, segment or month, or a study without experiences.
    """
    check_smallest_base(smallest_base)
    ratings = study_ratings(study, importance)
    measured = MeasuredPhases(study, rules)
    first = measured.month(since, name="since", default=measured.months[0])
    last = measured.month(until, name="until", default=measured.months[-1])
    carried = measured.carried(segment=segment, since=first, until=last, smallest_base=smallest_base)
    return balance_data(carried, ratings=ratings, segment=segment, since=first, until=last)


def balance_data(
    carried: pd.DataFrame, *, ratings: Mapping[str, float], segment: str | None, since: pd.Period, until: pd.Period
) -> PhaseBalanceData:
    """`phase_balance_data` from what was carried, as `MeasuredPhases` gives it."""
    return PhaseBalanceData(
        ratings=MappingProxyType(dict(ratings)),
        segment=segment,
        since=since,
        until=until,
        balance=against_importance(carried, importance_shares(ratings)),
    )


def study_ratings(study: Study, importance: str | Mapping[str, float | str] | None) -> dict[str, float]:
    """The ratings that a panel starts from.

    Raises
    ------
    ParameterError
        An unknown archetype, or ratings that are none.
    """
    if importance is None:
        return {phase: float(study.settings.importance[phase]) for phase in PHASES}
    return phase_ratings(importance, archetypes=study.settings.archetypes)
