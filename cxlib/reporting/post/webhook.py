"""A web address is told: one POST of JSON, over a verified connection, that follows nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from cxlib.plain_line import plain_line
from cxlib.reporting.failures import reason_of
from cxlib.reporting.post.environment import webhook_address_from, without_secrets
from cxlib.reporting.post.errors import PostError

TIMEOUT_SECONDS = 30
_MOST_QUOTED = 300
_MOST_READ = 8192
"""More than is quoted: the address in the answer would else be cut before it is known."""


class _NoRedirects(HTTPRedirectHandler):
    """What is sent goes where it was meant to go, or nowhere."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def send_to_webhook(
    content: Mapping[str, object], *, environment: Mapping[str, str], timeout_seconds: float = TIMEOUT_SECONDS
) -> None:
    """Send `content` as JSON to the address in CX_WEBHOOK_URL.

    Raises
    ------
    PostError
        The address is missing, nobody answers there in time, or the answer is not one of success (2xx); redirects
        are not followed. Neither the address nor its path is part of the message.
    """
    address = webhook_address_from(environment)
    request = Request(
        address,
        data=json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8"),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "cxlib"},
        method="POST",
    )
    # A proxy between this machine and itself would only be in the way.
    direct = [ProxyHandler({})] if urlsplit(address).scheme == "http" else []
    try:
        with build_opener(_NoRedirects, *direct).open(request, timeout=timeout_seconds):
            return
    except HTTPError as error:
        with error:
            said = _said(error, environment)
        if 300 <= error.code < 400:
            raise PostError(
                f"the webhook sends elsewhere ({error.code}), and what it is told goes nowhere else; set "
                "CX_WEBHOOK_URL to the final address"
            ) from None
        raise PostError(f"the webhook refused with {error.code}{said}") from None
    except TimeoutError:
        raise PostError(f"the webhook did not answer within {timeout_seconds:g} seconds") from None
    except URLError as error:
        raise PostError(f"the webhook cannot be reached: {_cause(error, environment, timeout_seconds)}") from None
    except (HTTPException, OSError) as error:
        cause = reason_of(error) if isinstance(error, OSError) else type(error).__name__
        raise PostError(f"the webhook broke off: {without_secrets(cause, environment)}") from None


def _said(error: HTTPError, environment: Mapping[str, str]) -> str:
    """The beginning of the answer that came with a refusal, in so far as it is there at once."""
    try:
        answer = error.read1(_MOST_READ)
    except (HTTPException, OSError, ValueError):
        return ""
    words = without_secrets(plain_line(answer.decode("utf-8", "replace")), environment)[:_MOST_QUOTED].rstrip()
    return f": {words}" if words else ""


def _cause(error: URLError, environment: Mapping[str, str], timeout_seconds: float) -> str:
    if isinstance(error.reason, TimeoutError):
        return f"no answer within {timeout_seconds:g} seconds"
    cause = reason_of(error.reason) if isinstance(error.reason, OSError) else str(error.reason)
    return without_secrets(plain_line(cause), environment)
