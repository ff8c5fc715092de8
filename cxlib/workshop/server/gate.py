"""Only who has the token gets anything from the server: pages, scripts, pictures, the way to a kernel."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlencode

COOKIE = "cx-workshop"


class Gate:
    """Put before a handler of tornado's: it answers nobody who does not have the token.

    The link holds the token; the first visit changes it for a cookie, so that it does not stand in the address that
    is shown to the room.
    """

    def prepare(self) -> Any:
        gate = self.settings["workshop_gate"]
        name = f"{COOKIE}-{gate.port}"
        if gate.lets_in(self.get_cookie(name, "")):
            return super().prepare()
        if gate.lets_in(self.get_query_argument("token", "")) and self.request.method == "GET":
            # Lax: the cookie comes along when the link is followed from a mail or a chat, but not with requests
            # that other sites' pages make.
            self.set_cookie(name, gate.token, httponly=True, samesite="Lax")
            rest = {key: values for key, values in self.request.query_arguments.items() if key != "token"}
            query = f"?{urlencode(rest, doseq=True)}" if rest else ""
            self.redirect(self.request.path + query)
            return None
        self.set_status(403)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(gate.refusal)
        return None


class GateKeeper:
    """Knows the token.

    Parameters
    ----------
    token : str
    port : int
        Cookies do not know ports; this keeps two workshops on one machine apart.
    refusal : str, HTML
        What those without the token are shown.
    """

    def __init__(self, token: str, *, port: int, refusal: str) -> None:
        self.token, self.port, self.refusal = token, port, refusal

    def lets_in(self, given: str) -> bool:
        """Whether this is the token; takes as long for every wrong one."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())


def gated(handlers: list[tuple]) -> list[tuple]:
    """The same handlers behind the gate."""
    return [
        (pattern, type(f"Gated{handler.__name__}", (Gate, handler), {}), *rest) for pattern, handler, *rest in handlers
    ]
