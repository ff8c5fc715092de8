"""What may be shown: nothing under the smallest base, and nothing from which it would follow.

The audit and the suppressor of published totals (`audit`, `withholding`) and the pseudonyms are modules of their own:
what only needs the smallest base does not wait for scipy.
"""

from cxlib.confidentiality.bases import (
    SMALLEST_BASE,
    check_smallest_base,
    suppress_derivable,
    suppress_small_bases,
)
from cxlib.confidentiality.crossing import few_told

__all__ = ["SMALLEST_BASE", "check_smallest_base", "few_told", "suppress_derivable", "suppress_small_bases"]
