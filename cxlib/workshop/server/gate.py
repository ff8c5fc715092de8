"""Only who has the token gets anything from the server: pages, scripts, pictures, the way to a kernel."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

COOKIE = "cx-workshop"


class Gate:
    """Put before a handler of tornado's: it answers nobody who does not have the token.

    The link holds the token; the first visit changes it for a cookie, so that it does not stand in the address that
    is shown to the room. What goes wrong behind it is told by the workshop's own page.
    """

    @property
    def visitor(self) -> str:
        """Whose browser asks: the cookie, or nothing."""
        return self.get_cookie(self.settings["workshop_gate"].cookie, "")

    def prepare(self) -> Any:
        gate = self.settings["workshop_gate"]
        if self.request.method == "GET" and gate.is_token(self.get_query_argument("token", "")):
            # Lax: the cookie comes along when the link is followed from a mail or a chat, but not with requests
            # that other sites' pages make.
            if not gate.knows(self.visitor):
                self.set_cookie(gate.cookie, gate.let_in(), httponly=True, samesite="Lax")
            self.redirect("/")  # whatever was asked for: a path may begin with another site's name
            return None
        if gate.knows(self.visitor):
            return super().prepare()
        self.set_status(403)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(gate.refusal)
        return None

    def write_error(self, status_code: int, **_problem: Any) -> None:
        said = ("missing", "missing_help") if status_code < 500 else ("title", "broken")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(self.settings["workshop"].sentence(*said))


class GateKeeper:
    """Knows the token, and whom it let in.

    A visitor's cookie is a random text of its own, not the token: a browser sends it to every port of this machine.

    Parameters
    ----------
    token : str
    port : int
        Cookies do not know ports; this keeps two workshops on one machine apart.
    refusal : str, HTML
        What those without the token are shown.
    """

    def __init__(self, token: str, *, port: int, refusal: str) -> None:
        self.token, self.refusal = token, refusal
        self.cookie = f"{COOKIE}-{port}"
        self._visitors: set[str] = set()

    def is_token(self, given: str) -> bool:
        """Whether this is the token; takes as long for every wrong one."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def let_in(self) -> str:
        """A new visitor."""
        visitor = secrets.token_urlsafe(24)
        self._visitors.add(visitor)
        return visitor

    def knows(self, visitor: str) -> bool:
        """Whether this visitor was let in."""
        return visitor in self._visitors


def gated(handlers: list[tuple]) -> list[tuple]:
    """The same handlers behind the gate."""
    return [
        (pattern, type(f"Gated{handler.__name__}", (Gate, handler), {}), *rest) for pattern, handler, *rest in handlers
    ]
