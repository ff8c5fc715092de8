"""What can go wrong with the post. The report itself stands whatever becomes of it."""

from __future__ import annotations

from cxlib.errors import CxError


class PostError(CxError):
    """Something could not be sent.

    Attributes
    ----------
    sent : tuple of str
        What was sent all the same, in words.
    """

    def __init__(self, text: str, *, sent: tuple[str, ...] = ()) -> None:
        self.sent = sent
        super().__init__(text)
