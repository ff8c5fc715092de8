"""What to do about each touchpoint: protect it, improve it, or question it; and why."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.confidentiality import SMALLEST_BASE, check_smallest_base
from cxlib.errors import require_columns

ADVICE = ("protect", "improve", "question")

LOW_POTENTIAL = 0.4
"""Under it a touchpoint can add so little that it must carry capital already, or be required, to be left alone."""

NEEDED = ("touchpoint", "n_customers", "mean_experience", "low_mean", "net_capital", "potential", "required")


def touchpoint_advice(inventory: pd.DataFrame, *, smallest_base: int = SMALLEST_BASE) -> pd.DataFrame:
    """Advice for every touchpoint of an inventory, with the reason.

    Parameters
    ----------
    inventory : DataFrame, one row per touchpoint
        As `touchpoint_inventory` gives it, of measured experiences.
    smallest_base : int, >= 1
        Touchpoints measured by fewer customers get no advice.

    Returns
    -------
    DataFrame, the inventory in its order, with
        advice : protect, improve, question; NA where too few were asked
        reason : str, the first of these that holds
            unmeasured: nobody was asked, no advice
            too_few: fewer customers than the smallest base were asked, no advice
            low_potential: question; its potential is under 0.4, it does not surely carry capital, and it is not
            required
            carries: protect; the whole interval of its mean lies above 0, and its net capital is not negative
            low_but_required: improve; it would be questioned if it were not required
            drains: improve; its net capital is negative
            uncertain: improve; its net is not negative, but its mean may be 0 or less

    Raises
    ------
    MissingColumnError, ParameterError

    Notes
    -----
    A touchpoint whose potential is unknown is never questioned. A mean above 0 with a negative net is possible, for a
    loss weighs more than a gain: it is improved, not protected.
    """
    require_columns(inventory, NEEDED, name="inventory")
    check_smallest_base(smallest_base)
    n_customers = inventory["n_customers"].fillna(0)
    is_low = inventory["potential"].astype("float64") < LOW_POTENTIAL
    carries = inventory["low_mean"].astype("float64") > 0
    drains = inventory["net_capital"].astype("float64") < 0
    required = inventory["required"].astype("bool")
    # the first rule that holds decides
    rules = [
        ("unmeasured", None, n_customers == 0),
        ("too_few", None, n_customers < smallest_base),
        ("low_potential", "question", is_low & ~carries & ~required),
        ("carries", "protect", carries & ~drains),
        ("low_but_required", "improve", is_low & ~carries),
        ("drains", "improve", drains),
    ]
    holds = [rule for _, _, rule in rules]
    advice = np.select(holds, [advice for _, advice, _ in rules], "improve")
    reason = np.select(holds, [reason for reason, _, _ in rules], "uncertain")
    return inventory.assign(
        advice=pd.Series(advice, inventory.index).astype(pd.CategoricalDtype(list(ADVICE))),
        reason=pd.Series(reason, inventory.index, dtype="str"),
    )
