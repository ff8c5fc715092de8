"""What there is to choose between: the touchpoints with their needs, costs and capital, checked once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError, hint, require_columns
from cxlib.touchpoints.programme import Programme

OBJECTIVES = ("cost", "count")
MOST_NAMED = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """The touchpoints in the order of their names, with what the programme must know of them."""

    rows: pd.DataFrame
    needs: tuple[str, ...]
    covers: np.ndarray
    objective: str
    asked: np.ndarray
    goes: np.ndarray

    @classmethod
    def of(
        cls,
        touchpoints: pd.DataFrame,
        inventory: pd.DataFrame,
        *,
        objective: str | None,
        needs: Iterable[str] | None,
        keep: Iterable[str],
        without: Iterable[str],
    ) -> Choice:
        rows = _rows(touchpoints, inventory)
        if objective is None:
            objective = "cost" if rows["cost"].notna().all() and (rows["cost"] > 0).any() else "count"
        if objective not in OBJECTIVES:
            raise ParameterError(
                f"objective is {objective!r}; allowed: {', '.join(OBJECTIVES)}{hint(objective, OBJECTIVES)}"
            )
        names = list(rows["touchpoint"])
        keep, without = (_known(_listed(each), names, what) for each, what in ((keep, "keep"), (without, "without")))
        _refuse_both(rows, keep, without)
        if objective == "cost":
            _refuse_missing_costs(rows)
        met = [split_needs(cell) for cell in rows["needs"]]
        wanted = _wanted(needs, met)
        goes = rows["touchpoint"].isin(without).to_numpy()
        covers = np.array([[need in one for one in met] for need in wanted], bool).reshape(len(wanted), len(rows))
        _refuse_uncovered(wanted, covers, goes, names)
        asked = rows["touchpoint"].isin(keep).to_numpy()
        return cls(rows=rows, needs=wanted, covers=covers, objective=objective, asked=asked, goes=goes)

    def floor(self, capital_given_up: float) -> float:
        """The least sum of the contributions that must be kept."""
        return (1 - capital_given_up) * float(contributions(self.rows["net_capital"].to_numpy()).sum())

    def programme(self, *, counted: np.ndarray, floor: float) -> Programme:
        """The choice as numbers; `counted` says what of each touchpoint counts towards the floor."""
        return Programme(
            covers=self.covers,
            price=self.rows["cost"].to_numpy() if self.objective == "cost" else np.ones(len(self.rows)),
            capital=self.rows["net_capital"].to_numpy(),
            counted=counted,
            stays=self.rows["required"].to_numpy() | self.asked,
            goes=self.goes,
            floor=floor,
        )

    def solved(self, *, capital_given_up: float) -> np.ndarray:
        """Whether each touchpoint is kept.

        Raises
        ------
        ParameterError
            Those that must go contribute more than may be given up.
        """
        counted = contributions(self.rows["net_capital"].to_numpy())
        kept = self.programme(counted=counted, floor=self.floor(capital_given_up)).solve()
        if kept is None:
            self._refuse_without(counted, capital_given_up)
        return kept

    def reasons(self, kept: np.ndarray, alone: np.ndarray) -> np.ndarray:
        """Why each touchpoint is kept, or goes; `alone` says of which needs it is the only one kept."""
        only_in_all = (self.covers & (self.covers.sum(axis=1) == 1)[:, None]).any(axis=0)
        reasons = [
            ("excluded", self.goes),
            ("drains", ~kept & (self.rows["net_capital"].to_numpy() < 0)),
            ("covered", ~kept & self.covers.any(axis=0)),
            ("no_need", ~kept),
            ("required", self.rows["required"].to_numpy()),
            ("only_one", only_in_all),
            ("asked", self.asked),
            ("covers", alone.any(axis=0)),
        ]
        return np.select([where for _, where in reasons], [reason for reason, _ in reasons], "carries")

    def _refuse_without(self, counted: np.ndarray, capital_given_up: float) -> None:
        """Only those in `without` can make the floor unreachable: keeping all others is always allowed."""
        gone = ", ".join(repr(name) for name in self.rows.loc[self.goes & (counted > 0), "touchpoint"])
        lost, total = float(counted[self.goes].sum()), float(counted.sum())
        share = np.ceil(lost / total * 1000 - 1e-6) / 1000
        raise ParameterError(
            f"without {gone} {lost:,.1f} of the {total:,.1f} that touchpoints carry net would go, and "
            f"capital_given_up={capital_given_up:g} allows {capital_given_up * total:,.1f}; "
            f"allow capital_given_up={share:g}, or take one of them out of without"
        )


def contributions(net_capital: np.ndarray) -> np.ndarray:
    """What each touchpoint carries net; nothing where it drains, so that no drain pays for what carries.

    >>> contributions(np.array([3.0, -2.0]))
    array([3., 0.])
    """
    return np.maximum(net_capital, 0.0)


def check_capital_given_up(share: float) -> float:
    """The share, if it is one.

    Raises
    ------
    ParameterError
    """
    if not 0 <= share <= 1:
        raise ParameterError(f"capital_given_up is {share}; allowed: 0 to 1, a share of what touchpoints carry net")
    return share


def split_needs(cell: object) -> tuple[str, ...]:
    """The needs in a cell of the table, `;`-separated.

    >>> split_needs("get help; pay in time;")
    ('get help', 'pay in time')
    """
    if not isinstance(cell, str):
        return ()
    return tuple(dict.fromkeys(need.strip() for need in cell.split(";") if need.strip()))


def _rows(touchpoints: pd.DataFrame, inventory: pd.DataFrame) -> pd.DataFrame:
    require_columns(touchpoints, ["touchpoint", "needs"], name="touchpoints")
    needed = ["touchpoint", "n_contacts", "n_customers", "net_capital"]
    require_columns(inventory, needed, name="inventory")
    for frame, name in ((touchpoints, "touchpoints"), (inventory, "inventory")):
        if frame["touchpoint"].duplicated().any():
            repeated = frame.loc[frame["touchpoint"].duplicated(), "touchpoint"].iloc[0]
            raise ParameterError(f"{name} lists a touchpoint more than once: {repeated!r}")
    listed, measured = touchpoints.set_index("touchpoint"), inventory.set_index("touchpoint")
    names = pd.Index(sorted(set(listed.index) | set(measured.index)), dtype="object")
    counts = measured[["n_customers", "n_contacts"]].astype("float64").reindex(names).fillna(0).astype("int64")

    def described(name: str) -> pd.Series:
        found = [frame[name].reindex(names) for frame in (listed, measured) if name in frame.columns]
        column = found[0].astype("object") if found else pd.Series(np.nan, names, dtype="object")
        return column.where(column.notna(), found[1].astype("object")) if len(found) > 1 else column

    cost_per_contact = described("cost_per_contact").astype("float64")
    # a touchpoint that was never met costs nothing, whatever a contact would cost
    cost = (cost_per_contact * counts["n_contacts"]).where(counts["n_contacts"] > 0, 0.0)
    rows = pd.DataFrame(
        {
            "phase": described("phase").astype("str"),
            "needs": described("needs"),
            "required": described("required").eq(True).astype("bool"),
            "n_customers": counts["n_customers"],
            "n_contacts": counts["n_contacts"],
            "cost": cost,
            "net_capital": measured["net_capital"].reindex(names).astype("float64").fillna(0.0),
        }
    )
    return rows.rename_axis("touchpoint").reset_index()


def _listed(names: Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _known(names: Sequence[str], allowed: list[str], what: str) -> list[str]:
    for name in names:
        if name not in allowed:
            raise ParameterError(f"{what} names {name!r}, which is no touchpoint of the study{hint(name, allowed)}")
    return list(names)


def _refuse_both(rows: pd.DataFrame, keep: list[str], without: list[str]) -> None:
    required = list(rows.loc[rows["required"], "touchpoint"])
    for name in without:
        if name in required:
            raise ParameterError(f"without names {name!r}, which is required; set required to false, or let it stay")
        if name in keep:
            raise ParameterError(f"{name!r} stands in keep and in without; leave it out of one of them")


def _refuse_missing_costs(rows: pd.DataFrame) -> None:
    missing = rows.loc[rows["cost"].isna(), "touchpoint"]
    if len(missing):
        raise ParameterError(
            f"{len(missing)} touchpoints have no cost_per_contact: {_some(missing)}; "
            "fill it in (0 where a contact costs nothing), or count touchpoints instead: objective='count'"
        )


def _wanted(needs: Iterable[str] | None, met: list[tuple[str, ...]]) -> tuple[str, ...]:
    every = sorted({need for one in met for need in one})
    if needs is None:
        return tuple(every)
    wanted = tuple(sorted({need.strip() for need in _listed(needs)}))
    unknown = [need for need in wanted if need not in every]
    if unknown:
        each = "; ".join(f"{need!r}{hint(need, every)}" for need in unknown[:MOST_NAMED])
        raise ParameterError(f"no touchpoint meets {_count(unknown)}: {each}")
    return wanted


def _refuse_uncovered(wanted: tuple[str, ...], covers: np.ndarray, goes: np.ndarray, names: list[str]) -> None:
    left = [row for row in range(len(wanted)) if not (covers[row] & ~goes).any()]
    if left:
        each = "; ".join(f"{wanted[row]!r} (met by {_some(np.array(names)[covers[row]])})" for row in left[:MOST_NAMED])
        raise ParameterError(
            f"nothing would meet {_count(left)}: {each}; take one of them out of without, or name the needs to cover"
        )


def _count(needs: Sequence) -> str:
    return "a need" if len(needs) == 1 else f"{len(needs)} needs"


def _some(names: Sequence[str]) -> str:
    names = list(names)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(repr(str(name)) for name in names[:MOST_NAMED]) + more
