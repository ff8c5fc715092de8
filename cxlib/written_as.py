"""How a file was written, as users say it where its content cannot tell: in study.toml, and to `read_survey`."""

from __future__ import annotations

from cxlib.errors import ParameterError, hint

DATE_ORDERS = ("dmy", "mdy", "ymd")
DECIMALS = (".", ",")
ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1", "mac-roman")
"""Those that messages name; any other that Python knows is allowed, too."""

ALLOWED_ENCODING = "utf-8, cp1252, utf-16, latin-1 …"
ALLOWED_DELIMITER = "one sign such as , ; | or tab"
LAST_HEADER_ROW = 1000
ALLOWED_HEADER_ROW = f"the row's number in a spreadsheet, 1 to {LAST_HEADER_ROW}"

_DELIMITER_NAMES = {"tab": "\t"}


def is_encoding(name: str) -> bool:
    try:
        "".encode(name)
    except (LookupError, ValueError):  # ValueError: a name with a zero byte in it
        return False
    return True


def delimiter_named(name: str) -> str | None:
    """The delimiter, of which a tab may be written as "tab"; None where cells cannot be parted by that."""
    delimiter = _DELIMITER_NAMES.get(name, name)
    is_printable = delimiter.isascii() and (delimiter.isprintable() or delimiter == "\t")
    if len(delimiter) != 1 or not is_printable or delimiter == '"' or delimiter.isalnum():
        return None
    return delimiter


def is_header_row(row: object) -> bool:
    return isinstance(row, int) and not isinstance(row, bool) and 1 <= row <= LAST_HEADER_ROW


def written_as(
    *,
    encoding: str | None,
    delimiter: str | None,
    header_row: int | None,
    date_order: str | None,
    decimal: str | None = None,
) -> dict[str, str | int]:
    """What the user says of how a file was written, by the name that it has in study.toml, too.

    Raises
    ------
    ParameterError
    """
    if encoding is not None and not is_encoding(encoding):
        near = hint(encoding, ENCODINGS)
        raise ParameterError(f"unknown encoding {encoding!r}; allowed: {ALLOWED_ENCODING}{near}")
    cell_delimiter = None if delimiter is None else delimiter_named(delimiter)
    if delimiter is not None and cell_delimiter is None:
        raise ParameterError(f"{delimiter!r} is not a delimiter; allowed: {ALLOWED_DELIMITER}")
    if header_row is not None and not is_header_row(header_row):
        raise ParameterError(f"header_row {header_row!r} is not the number of a row; allowed: {ALLOWED_HEADER_ROW}")
    if date_order is not None and date_order not in DATE_ORDERS:
        raise ParameterError(f"unknown date_order {date_order!r}; allowed: {', '.join(DATE_ORDERS)}")
    if decimal is not None and decimal not in DECIMALS:
        raise ParameterError(f"{decimal!r} is not a decimal sign; allowed: {' or '.join(DECIMALS)}")
    told = {
        "encoding": encoding,
        "delimiter": cell_delimiter,
        "header_row": header_row,
        "date_order": date_order,
        "decimal": decimal,
    }
    return {name: value for name, value in told.items() if value is not None}
