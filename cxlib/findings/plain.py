"""Figures as JSON knows them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

DECIMALS = 6


def plain(value):
    """The same as JSON knows it: no numpy, no NaN, nothing infinite, floats of six decimals.

    >>> plain({"n": np.int64(3), "mean": float("nan"), "names": ("a", "b")})
    {'n': 3, 'mean': None, 'names': ['a', 'b']}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if value is None or pd.isna(value):
        return None
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return round(float(value), DECIMALS) if np.isfinite(value) else None
    return str(value)
