"""Bytes on disk become raw text frames: one module for dialects, one for each kind of source."""

from __future__ import annotations

from cxlib.readers.folder import files_in, folders_in, is_file, is_folder, leads_outside
from cxlib.readers.query import read_query
from cxlib.readers.table import RawTable, read_table

__all__ = ["RawTable", "files_in", "folders_in", "is_file", "is_folder", "leads_outside", "read_query", "read_table"]
