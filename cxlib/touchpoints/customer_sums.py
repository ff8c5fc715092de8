"""What each customer met and gained at each touchpoint, as sparse tables: for drawing customers again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from cxlib.errors import require_columns


@dataclass(frozen=True, eq=False)
class CustomerSums:
    """Sparse tables, customers × touchpoints; `names` are the columns.

    `net` holds the amounts of all kinds, `contacts` how often each was met.
    """

    names: pd.Index
    net: sparse.csr_array
    contacts: sparse.csr_array

    @property
    def n_customers(self) -> int:
        return self.net.shape[0]

    @classmethod
    def of(cls, contacts: pd.DataFrame, ledger: pd.DataFrame, names: pd.Index) -> CustomerSums:
        """The sums by customer of the touchpoints named; rows at other touchpoints, or at none, are left out.

        Raises
        ------
        MissingColumnError

        Notes
        -----
        Linear in the rows; as large as the pairs of customer and touchpoint that met.
        """
        require_columns(contacts, ["customer_id", "touchpoint"], name="contacts")
        require_columns(ledger, ["customer_id", "touchpoint", "amount"], name="ledger")
        ids = pd.concat([contacts["customer_id"], ledger["customer_id"]], ignore_index=True)
        customer, customers = pd.factorize(ids, sort=True)  # in order of the ids, so that the rows' order is no matter
        shape = (len(customers), len(names))

        def table(rows: pd.DataFrame, first: int, values: np.ndarray) -> sparse.csr_array:
            column = names.get_indexer(rows["touchpoint"])
            row = customer[first : first + len(rows)]
            known = (column >= 0) & (row >= 0)
            return sparse.coo_array((values[known], (row[known], column[known])), shape=shape).tocsr()

        amount = ledger["amount"].to_numpy(np.float64)
        n_contacts = len(contacts)
        return cls(
            names=names,
            net=table(ledger, n_contacts, amount),
            contacts=table(contacts, 0, np.ones(n_contacts)),
        )
