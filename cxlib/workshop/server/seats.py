"""As many seats as the machine has room for; one is taken before its kernel is there, since many come at once."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

MOST_SESSIONS = 30


@dataclass(eq=False)
class Seat:
    """One page's place.

    Attributes
    ----------
    visitor : str
        Whose browser it is.
    ends : str, optional
        The kernel of an earlier page of the same visitor, which must give way first.
    kernel_id : str, optional
        Once it has started.
    """

    visitor: str
    ends: str | None = None
    kernel_id: str | None = None


TAKEN: ContextVar[Seat | None] = ContextVar("TAKEN", default=None)
"""The seat of the request that is being answered."""


class Seats:
    """Who looks at the workshop.

    Parameters
    ----------
    most : int
    is_running : callable of a kernel's id
        A seat is free again when its kernel has ended, in whatever way.
    """

    def __init__(self, most: int, *, is_running: Callable[[str], bool]) -> None:
        self.most, self._is_running = most, is_running
        self._taken: list[Seat] = []

    def take(self, visitor: str) -> Seat | None:
        """A seat, or None where all are taken by others.

        A page that is loaded anew tells of its end only after the new one was asked for; in a full room the visitor's
        oldest page gives way to it.
        """
        self._taken = [seat for seat in self._taken if seat.kernel_id is None or self._is_running(seat.kernel_id)]
        ends = None
        if len(self._taken) >= self.most:
            own = [seat for seat in self._taken if seat.visitor == visitor and seat.kernel_id is not None]
            if not own:
                return None
            ends = own[0].kernel_id
            self._taken.remove(own[0])
        seat = Seat(visitor, ends)
        self._taken.append(seat)
        return seat

    def leave(self, seat: Seat) -> None:
        """Free a seat whose kernel did not start."""
        self._taken.remove(seat)
