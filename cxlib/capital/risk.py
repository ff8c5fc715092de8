"""Who is at risk: capital against what the price requires, in three zones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxlib.capital.rules import is_number
from cxlib.confidentiality import SMALLEST_BASE, suppress_small_bases
from cxlib.errors import ParameterError, require_columns
from cxlib.intervals import wilson_interval

ZONES = ("at_risk", "thin", "cushioned")
QUARTILES = {"q25": 0.25, "median": 0.5, "q75": 0.75}
ZONE_DTYPE = pd.CategoricalDtype(list(ZONES), ordered=True)

ROUNDING = 1e-9
"""A buffer this small is none: 11 gains and 10 losses of weight 1.1 make 0, though not in floating point."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """The capital that a customer must have to stay: base · (price / median price)^elasticity.

    Parameters
    ----------
    base : float
        Required at the median price. 0 = a customer at zero is leaving.
    elasticity : float
        How the requirement grows with the price; 0 = not at all, 1 = in proportion.
    median_price : float, > 0, optional
        Default the median of the prices at hand. Name it where only some of the customers are looked at, so that
        they are held to the same requirement as among all.

    Raises
    ------
    ParameterError
    """

    base: float = 0.0
    elasticity: float = 0.0
    median_price: float | None = None

    def __post_init__(self) -> None:
        for name in ("base", "elasticity"):
            value = getattr(self, name)
            if not is_number(value):
                raise ParameterError(f"requirement: {name} must be a number, found {value!r}")
        if self.median_price is not None and not (is_number(self.median_price) and self.median_price > 0):
            raise ParameterError(f"requirement: median_price must be above 0, or None, found {self.median_price!r}")

    def of(self, price_per_month: pd.Series) -> pd.Series:
        """The capital required at each price; at a missing price, or one of 0, that of the median price."""
        price = price_per_month.where(price_per_month > 0)
        median = price.median() if self.median_price is None else self.median_price
        return (self.base * (price / median).pow(self.elasticity)).fillna(self.base)


def median_price(customers: pd.DataFrame) -> float | None:
    """The median of the customers' prices above 0; None where there is none."""
    prices = customers["price_per_month"]
    median = prices.where(prices > 0).median()
    return None if np.isnan(median) else float(median)


def risk_zones(
    customer_months: pd.DataFrame,
    customers: pd.DataFrame,
    requirement: Requirement | None = None,
    *,
    average_loss: float | None = None,
) -> pd.DataFrame:
    """Set each customer's month-end capital against the requirement.

    Parameters
    ----------
    customer_months : DataFrame, one row per customer and month
        Needs `customer_id`, `month`, `capital`, `losses`, `n_losses`.
    customers : DataFrame, one row per customer
        Needs `customer_id`; uses `price_per_month`, `churned_on`. A customer who is not in it, or
        has no price, is held to the requirement of the median price.
    requirement : Requirement, optional
        Default Requirement(): 0 for everyone.
    average_loss : float, >= 0, optional
        The size of one average loss; default the mean over all losses in `customer_months` (where there is none,
        0: nobody is thin).

    Returns
    -------
    DataFrame, the rows of `customer_months` with
        required, buffer : float; buffer = capital − required
        zone : at_risk (buffer <= 0), thin (one more average loss would make it at risk),
            cushioned; NA in months at whose end the customer had left, and where the capital is missing

    Raises
    ------
    MissingColumnError, ParameterError
    """
    requirement = requirement or Requirement()
    require_columns(customer_months, ["customer_id", "month", "capital", "losses", "n_losses"], name="customer_months")
    require_columns(customers, ["customer_id"], name="customers")
    if average_loss is None:
        n_losses = customer_months["n_losses"].sum()
        average_loss = -customer_months["losses"].sum() / n_losses if n_losses else 0.0
    elif not average_loss >= 0:
        raise ParameterError(f"average_loss must be a number of at least 0, found {average_loss!r}")

    by_customer = customers.set_index("customer_id")
    if not by_customer.index.is_unique:
        repeated = by_customer.index[by_customer.index.duplicated()]
        raise ParameterError(f"customers holds {len(repeated)} repeated ids, such as {repeated[0]!r}")
    prices = by_customer.get("price_per_month", pd.Series(np.nan, by_customer.index))
    required = customer_months["customer_id"].map(requirement.of(prices)).fillna(requirement.base)
    required = required.astype("float64")
    zones = customer_months.assign(required=required, buffer=customer_months["capital"] - required)
    buffer = zones["buffer"].to_numpy()
    codes = np.where(buffer <= ROUNDING, 0, np.where(buffer <= average_loss + ROUNDING, 1, 2))
    codes = np.where(np.isnan(buffer), -1, codes)
    if "churned_on" in by_customer:
        churned_on = by_customer["churned_on"].reindex(zones["customer_id"]).set_axis(zones.index)
        next_month = zones["month"] + pd.offsets.MonthBegin(1)
        codes = np.where(churned_on.notna() & (churned_on < next_month), -1, codes)
    return zones.assign(zone=pd.Categorical.from_codes(codes, dtype=ZONE_DTYPE))


def capital_by_month(zones: pd.DataFrame, *, by: str | None = None, smallest_base: int = SMALLEST_BASE) -> pd.DataFrame:
    """Capital and the share at risk among the customers of each month.

    Parameters
    ----------
    zones : DataFrame, one row per customer and month
        As `risk_zones` gives it; months after a customer left do not count.
    by : str, optional
        A further column of `zones` to group by, such as a segment.
    smallest_base : int
        Months with fewer customers are blanked.

    Returns
    -------
    DataFrame, one row per month (and group), sorted
        month [, by], n_customers : int
        n_at_risk : Int64; at_risk_share, low_share, high_share : float, 95 % Wilson interval
        capital_q25, capital_median, capital_q75 : float

    Raises
    ------
    MissingColumnError
    """
    keys = ["month"] if by is None else ["month", by]
    require_columns(zones, [*keys, "capital", "zone"], name="zones")
    current = zones.loc[zones["zone"].notna()]
    grouped = current.assign(is_at_risk=current["zone"].eq("at_risk")).groupby(keys, observed=True, dropna=False)
    counts = grouped.agg(n_customers=("capital", "size"), n_at_risk=("is_at_risk", "sum"))
    quartiles = {f"capital_{name}": grouped["capital"].quantile(q) for name, q in QUARTILES.items()}
    summary = with_at_risk_share(counts).assign(**quartiles)
    figures = [column for column in summary.columns if column != "n_customers"]
    return suppress_small_bases(summary.reset_index(), base="n_customers", columns=figures, smallest_base=smallest_base)


def with_at_risk_share(counts: pd.DataFrame) -> pd.DataFrame:
    """Rows with `n_customers` and `n_at_risk`, and the share at risk with its 95 % Wilson interval."""
    low, high = wilson_interval(counts["n_at_risk"], counts["n_customers"])
    return counts.assign(at_risk_share=counts["n_at_risk"] / counts["n_customers"], low_share=low, high_share=high)


def zones_by_month(zones: pd.DataFrame, *, smallest_base: int = SMALLEST_BASE) -> pd.DataFrame:
    """How the customers of each month divide into the three zones.

    Parameters
    ----------
    zones : DataFrame, one row per customer and month
        As `risk_zones` gives it.
    smallest_base : int
        Months with fewer customers are blanked.

    Returns
    -------
    DataFrame, three rows per month
        month, zone, n_customers (of the month), n_in_zone : Int64, share : float, 0 to 1
    """
    require_columns(zones, ["month", "zone"], name="zones")
    current = zones.loc[zones["zone"].notna()]
    counts = current.groupby(["month", "zone"], observed=False).size().rename("n_in_zone").reset_index()
    return zone_shares(counts, smallest_base=smallest_base)


def zone_shares(counts: pd.DataFrame, *, smallest_base: int = SMALLEST_BASE) -> pd.DataFrame:
    """`zones_by_month` from `month`, `zone` and `n_in_zone`, three rows per month."""
    n_customers = counts.groupby("month")["n_in_zone"].transform("sum")
    shares = counts.assign(n_customers=n_customers, share=counts["n_in_zone"] / n_customers)
    return suppress_small_bases(
        shares[["month", "zone", "n_customers", "n_in_zone", "share"]],
        base="n_customers",
        columns=["n_in_zone", "share"],
        smallest_base=smallest_base,
    )
