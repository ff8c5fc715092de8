"""Bytes on disk become raw text frames: one module for dialects, one for each kind of source."""

from __future__ import annotations

from cxlib.readers.query import read_query
from cxlib.readers.table import RawTable, read_table

__all__ = ["RawTable", "read_query", "read_table"]
