"""The departments behind the touchpoints: what each has a part in, and what several share."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.archetypes import STAGES
from cxlib.confidentiality import SMALLEST_BASE, suppress_derivable
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import wilson_interval
from cxlib.journeys.canvas import entries
from cxlib.journeys.stages import PART_OF, PARTS

CAPITAL = ("capital_carried", "capital_drained", "capital_recovered", "net_capital")
FIGURES = ("share_negative", *CAPITAL)


def touchpoint_owners(
    touchpoints: pd.DataFrame,
    inventory: pd.DataFrame,
    *,
    people: Mapping[str, frozenset] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """Every touchpoint with each department behind it: the cells of a matrix of touchpoints and departments.

    Parameters
    ----------
    touchpoints : DataFrame, one row per touchpoint
        Needs touchpoint; uses stage, and owners (departments separated by a semicolon).
    inventory : DataFrame, one row per touchpoint
        As `touchpoint_inventory` gives it for the measured experiences.
    people : mapping of touchpoint to the set of its customers, optional
        Those of `inventory`, as `experiences.groupby("touchpoint")["customer_id"].agg(frozenset)` gives them. Without
        it small touchpoints of a phase count as if they had the same customers, and more is hidden to guard them.
    smallest_base : int, >= 1
        Figures of touchpoints with fewer customers are suppressed, and those that would give them away.

    Returns
    -------
    DataFrame, one row per touchpoint and department, in the order of the touchpoints; a touchpoint whose owner nobody
    has stated has one row
        touchpoint, phase : str
        stage, part : ordered category, NA where the touchpoint has no stage
        department : str, NA where no owner is stated
        n_owners : int, 0 where none is stated
        n_experiences, n_customers : int
        share_negative, low_negative, high_negative : float, 0 to 1, of n_experiences, 95 % Wilson interval
        capital_carried, capital_drained, capital_recovered, net_capital : float, of the whole touchpoint, whoever
            has a part in it; NaN where suppressed
        is_shown : bool, whether somebody was asked and the figures may be shown

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    Linear in the touchpoints.
    """
    require_columns(touchpoints, ["touchpoint"], name="touchpoints")
    require_columns(inventory, ["touchpoint", "phase", "n_experiences", "n_customers", *FIGURES], name="inventory")
    listed = touchpoints["touchpoint"]
    if not listed.is_unique:
        raise ParameterError(f"touchpoints lists a touchpoint more than once: {listed[listed.duplicated()].iloc[0]!r}")
    known = {} if people is None else {"who": [people.get(name, frozenset()) for name in inventory["touchpoint"]]}
    met = suppress_derivable(
        inventory.assign(**known),
        base="n_customers",
        columns=FIGURES,
        within="phase",
        parts="overlapping",
        people="who" if known else None,
        smallest_base=smallest_base,
    ).set_index("touchpoint")
    # a touchpoint that was met but that no table describes has no owner either
    names = pd.Index(listed).append(met.index.difference(listed)).rename("touchpoint")
    described = touchpoints.set_index("touchpoint").reindex(names)
    figures = met.reindex(names)
    counts = figures[["n_experiences", "n_customers"]].fillna(0).astype("int64")
    stage = described.get("stage", pd.Series(index=names, dtype=object)).astype("object")
    owners = [entries(cell) for cell in described.get("owners", pd.Series(index=names, dtype=object))]
    owners = [tuple(dict.fromkeys(departments)) for departments in owners]  # named twice is still one department
    n_negative = (figures["share_negative"] * counts["n_experiences"]).round()
    low, high = wilson_interval(n_negative, counts["n_experiences"].where(n_negative.notna()))
    rows = pd.DataFrame(
        {
            "phase": figures["phase"].astype("object").where(figures["phase"].notna(), described.get("phase")),
            "stage": pd.Categorical(stage, categories=list(STAGES), ordered=True),
            "part": pd.Categorical(stage.map(PART_OF), categories=list(PARTS), ordered=True),
            "department": [departments or (None,) for departments in owners],
            "n_owners": [len(departments) for departments in owners],
            **counts,
            "share_negative": figures["share_negative"].astype("float64"),
            "low_negative": low,
            "high_negative": high,
            **figures[list(CAPITAL)].astype("float64"),
        },
        index=names,
    )
    rows["is_shown"] = (rows["n_customers"] > 0) & rows["net_capital"].notna()
    rows["phase"] = rows["phase"].astype("str")
    exploded = rows.explode("department").reset_index()
    return exploded.assign(department=exploded["department"].astype("str"))[
        ["touchpoint", "phase", "stage", "part", "department", *rows.columns[4:]]
    ]


def shared_touchpoints(
    touchpoints: pd.DataFrame,
    inventory: pd.DataFrame,
    *,
    people: Mapping[str, frozenset] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """The touchpoints that several departments make together.

    Parameters
    ----------
    touchpoints, inventory, people, smallest_base
        As `touchpoint_owners` takes them.

    Returns
    -------
    DataFrame, one row per touchpoint with two or more owners, the lowest net first
        touchpoint, phase, stage, part
        owners : tuple of str; n_owners : int
        n_experiences, n_customers : int
        share_negative, low_negative, high_negative : float, 0 to 1, of n_experiences, 95 % Wilson interval
        capital_carried, capital_drained, capital_recovered, net_capital : float; NaN where suppressed
        is_shown : bool

    Raises
    ------
    MissingColumnError, ParameterError
    """
    rows = touchpoint_owners(touchpoints, inventory, people=people, smallest_base=smallest_base)
    rows = rows.loc[rows["n_owners"] > 1]
    owners = rows.groupby("touchpoint", sort=False)["department"].agg(tuple).rename("owners")
    shared = rows.drop_duplicates("touchpoint").drop(columns="department")
    shared.insert(4, "owners", shared["touchpoint"].map(owners).astype("object"))
    return shared.sort_values(["net_capital", "touchpoint"], ignore_index=True)


def ownership(
    touchpoints: pd.DataFrame,
    inventory: pd.DataFrame,
    *,
    people: Mapping[str, frozenset] | None = None,
    smallest_base: int = SMALLEST_BASE,
) -> pd.DataFrame:
    """What each department has a part in: its touchpoints, the shared ones among them, and their capital.

    Parameters
    ----------
    touchpoints, inventory, people, smallest_base
        As `touchpoint_owners` takes them.

    Returns
    -------
    DataFrame, one row per department, the one whose touchpoints have the lowest net first; touchpoints whose owner
    nobody has stated stand in a last row
        department : str, NA in that row
        n_touchpoints, n_shared : int, its touchpoints, and those of them with other owners too
        n_shown : int, those that are measured and may be shown: the figures are theirs
        n_experiences : int, at those
        share_negative, low_negative, high_negative : float, 0 to 1, of n_experiences, 95 % Wilson interval
        capital_carried, capital_drained, capital_recovered, net_capital : float; NaN where n_shown is 0

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    A shared touchpoint counts in full for each of its departments, for nobody can tell their parts: the departments
    do not add up to the firm. A sum holds only touchpoints that are shown one by one, so that it gives none away.
    """
    rows = touchpoint_owners(touchpoints, inventory, people=people, smallest_base=smallest_base)
    shown = rows["is_shown"]
    figures = rows[list(CAPITAL)].where(shown)
    counted = rows.assign(
        is_shared=rows["n_owners"] > 1,
        n_shown=shown,
        n_experiences=rows["n_experiences"].where(shown, 0),
        n_negative=(rows["share_negative"] * rows["n_experiences"]).where(shown, 0).round(),
        **{name: figures[name] for name in CAPITAL},
    ).groupby("department", sort=False, dropna=False)
    found = counted.agg(
        n_touchpoints=("touchpoint", "size"),
        n_shared=("is_shared", "sum"),
        n_shown=("n_shown", "sum"),
        n_experiences=("n_experiences", "sum"),
        n_negative=("n_negative", "sum"),
    )
    for name in CAPITAL:
        found[name] = counted[name].sum(min_count=1)
    base = found["n_experiences"].where(found["n_experiences"] > 0)
    low, high = wilson_interval(found["n_negative"], base)
    found = found.assign(share_negative=found["n_negative"] / base, low_negative=low, high_negative=high)
    found = found.rename_axis("department").reset_index().astype({"n_experiences": "int64"})
    found = found.assign(is_nobody=found["department"].isna())
    found = found.sort_values(["is_nobody", "net_capital", "department"], ignore_index=True)
    columns = ("n_touchpoints", "n_shared", "n_shown", "n_experiences")
    return found[["department", *columns, "share_negative", "low_negative", "high_negative", *CAPITAL]]
