"""The text of values that have a type already, as a CSV would hold it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TEXT = pa.large_string()
"""The Arrow type of pandas' `str` dtype, so that a text column becomes a pandas one without a copy."""


def text_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The text of values of any type that has one; an empty text is null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)  # finer parts of a second are cut
    text = column.cast(TEXT)
    return pc.if_else(pc.equal(text, ""), None, text)


def text_of_floats(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, np.ndarray]:
    """The text of floating numbers, whole ones without a point or an exponent, and where it is not such a number."""
    column = pc.if_else(pc.is_nan(column), None, column)  # pandas writes NaN for an empty cell
    wide = column.cast(pa.float64())
    exact_below = 2.0 ** {16: 11, 32: 24, 64: 53}[column.type.bit_width]
    whole = pc.and_(pc.equal(pc.floor(wide), wide), pc.less(pc.abs(wide), exact_below))
    integers = pc.if_else(whole, wide, None).cast(pa.int64())
    text = pc.if_else(whole, integers.cast(TEXT), column.cast(TEXT))
    return text, pc.fill_null(pc.invert(whole), False).to_numpy()
