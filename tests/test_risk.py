import pandas as pd
import pytest

from cxlib.capital.ledger import capital_ledger
from cxlib.capital.months import customer_months
from cxlib.capital.risk import Requirement, capital_by_month, median_price, risk_zones, zones_by_month
from cxlib.capital.rules import CapitalRules
from cxlib.capital.sensitivity import capital_by_loss_weight, loss_weight_grid
from cxlib.errors import ParameterError


def months(capitals, *, losses=0.0, n_losses=0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(len(capitals))],
            "month": pd.Timestamp("2026-01-01"),
            "capital": [float(c) for c in capitals],
            "losses": losses,
            "n_losses": n_losses,
        }
    )


def customers(n, **columns) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": [f"c{i}" for i in range(n)], **columns})


def test_three_zones_by_hand():
    # an average loss takes 2; zero is at risk, 2 would become zero, 3 stays above
    frame = months([0, 2, 3], losses=[-4.0, 0, 0], n_losses=[2, 0, 0])
    zones = risk_zones(frame, customers(3))
    assert zones["zone"].tolist() == ["at_risk", "thin", "cushioned"]
    assert zones["buffer"].tolist() == [0, 2, 3]


def test_the_requirement_grows_with_the_price():
    prices = [100.0, 200.0, 400.0]
    zones = risk_zones(months([3, 3, 3]), customers(3, price_per_month=prices), Requirement(base=2, elasticity=1))
    assert zones["required"].tolist() == [1, 2, 4]
    assert zones["buffer"].tolist() == [2, 1, -1]


def test_a_customer_without_price_or_without_row_is_held_to_the_median():
    frame = months([3, 3, 3])
    known = customers(2, price_per_month=[100.0, None])
    zones = risk_zones(frame, known, Requirement(base=2, elasticity=1))
    assert zones["required"].tolist() == [2, 2, 2]


def test_a_customer_who_left_has_no_zone_from_the_month_of_leaving_on():
    left = customers(3, churned_on=pd.to_datetime(["2026-01-31", "2026-02-01", None]))
    assert risk_zones(months([1, 1, 1]), left)["zone"].isna().tolist() == [True, False, False]


def test_an_average_loss_below_zero_is_refused():
    with pytest.raises(ParameterError, match="average_loss"):
        risk_zones(months([1]), customers(1), average_loss=-1)


def test_capital_by_month_gives_every_share_with_base_and_interval():
    summary = capital_by_month(risk_zones(months([-1, 0, 1, 2, 3]), customers(5)))
    row = summary.iloc[0]
    assert (row["n_customers"], row["n_at_risk"], row["at_risk_share"]) == (5, 2, 0.4)
    assert row[["capital_q25", "capital_median", "capital_q75"]].tolist() == [0, 1, 2]
    # scipy.stats.binomtest(2, 5).proportion_ci(method="wilson")
    assert (row["low_share"], row["high_share"]) == (
        pytest.approx(0.117621, abs=5e-7),
        pytest.approx(0.769276, abs=5e-7),
    )


def test_a_month_under_the_smallest_base_is_blanked():
    zones = risk_zones(months([1, 2, 3, 4]), customers(4))
    summary = capital_by_month(zones)
    assert summary["n_customers"].tolist() == [4]
    assert summary.drop(columns=["month", "n_customers"]).isna().all(axis=None)
    assert zones_by_month(zones)["share"].isna().all()


def test_zone_shares_sum_to_one_over_current_customers():
    left = customers(6, churned_on=pd.to_datetime(["2026-01-10"] + [None] * 5))
    shares = zones_by_month(risk_zones(months([-1, -1, 0, 1, 2, 3]), left))
    assert shares["n_customers"].tolist() == [5] * 3
    assert shares["n_in_zone"].tolist() == [2, 0, 3]
    assert shares["share"].sum() == pytest.approx(1)


def test_no_customer_is_listed():
    nobody = customers(0, price_per_month=[], churned_on=pd.to_datetime([]))
    assert risk_zones(months([0, 1]), nobody)["zone"].tolist() == ["at_risk", "cushioned"]


def test_no_month_gives_an_empty_summary_with_its_columns():
    summary = capital_by_month(risk_zones(months([1]), customers(1)).iloc[:0])
    assert summary.empty
    assert "capital_median" in summary.columns


def test_a_part_of_the_customers_is_held_to_the_median_price_of_all():
    everyone = customers(3, price_per_month=[100.0, 200.0, 400.0])
    whole = Requirement(base=2, elasticity=1, median_price=median_price(everyone))
    alone = risk_zones(months([3, 3, 3]).iloc[2:], everyone.iloc[2:], whole)
    assert alone["required"].tolist() == [4]


def test_missing_capital_is_in_no_zone():
    assert risk_zones(months([float("nan")]), customers(1))["zone"].isna().all()


@pytest.mark.parametrize("wanted", [2.25, 0.1, 30.0])
def test_the_grid_of_loss_weights_holds_the_one_in_use_and_stays_small(wanted):
    grid = loss_weight_grid(wanted)
    assert wanted in grid and 12.0 in grid
    assert (grid[0], grid[-1]) == (min(1, wanted), max(12, wanted))
    assert len(grid) < 65


def test_no_loss_weight_is_refused():
    with pytest.raises(ParameterError, match="loss_weights is empty"):
        capital_by_loss_weight(pd.DataFrame(), customers(1), CapitalRules(), loss_weights=[])


def test_capital_by_loss_weight_equals_the_ledger_at_each_weight():
    experiences = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b", "b", "c"],
            "occurred_at": pd.to_datetime(
                ["2026-01-02", "2026-01-20", "2026-02-03", "2026-01-09", "2026-02-10", "2026-02-11"], utc=True
            ),
            "gap": [1.0, -1, 1, 1, 1, -1],
        }
    )
    people = pd.DataFrame({"customer_id": ["a", "b", "c"]})
    rules = CapitalRules(loss_weight=3, resolved_loss_weight=2, half_life_days=60)
    cases = pd.DataFrame(
        {
            "customer_id": ["a"],
            "opened_at": pd.to_datetime(["2026-01-21"], utc=True),
            "customer_informed_at": pd.to_datetime(["2026-02-01"], utc=True),
        }
    )
    table = capital_by_loss_weight(experiences, people, rules, loss_weights=[1, 3], cases=cases, smallest_base=1)
    assert table["loss_weight"].unique().tolist() == [1, 3]
    expected = capital_by_month(
        risk_zones(customer_months(capital_ledger(experiences, rules, cases), rules), people), smallest_base=1
    )
    found = table.loc[table["loss_weight"] == 3].drop(columns="loss_weight").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)
