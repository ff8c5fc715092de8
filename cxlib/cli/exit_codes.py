"""What `cx` ends with."""

from __future__ import annotations

from cxlib.errors import CxError, ParameterError, RefusedFileError, StudyError

DONE, FAILED, WRONG_PARAMETERS, DATA_REFUSED, BUSY = 0, 1, 2, 3, 4


def exit_code(error: CxError) -> int:
    """The exit code that an error of cxlib's ends `cx` with."""
    from cxlib.reporting.failures import BusyError

    if isinstance(error, (StudyError, RefusedFileError)):
        return DATA_REFUSED
    if isinstance(error, ParameterError):
        return WRONG_PARAMETERS
    return BUSY if isinstance(error, BusyError) else FAILED
