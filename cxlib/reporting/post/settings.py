"""The table `[post]` of a report's definition: whom the report is sent to, and what of it. It holds no secret."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cxlib.errors import hint
from cxlib.reporting.outputs.names import OUTPUTS
from cxlib.reporting.parameter import unknown_key

ATTACHABLE = OUTPUTS
"""What can come with a mail, of all that a run makes."""

KEYS = ("to", "cc", "bcc", "segments", "attach", "link", "webhook")

# The form that every mail server takes, without quotes, comments or letters beyond ASCII. No character here can end a
# line of a mail's head or the address in it.
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_LOCAL})@{_LABEL}(?:\.{_LABEL})+")
_LONGEST_ADDRESS, _LONGEST_LOCAL = 254, 64  # RFC 5321, 4.5.3.1
# Nor here: no space, quote, bracket or letter that is not seen can be in the base of a link.
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/%\[\]-]+")
# A key that names one of these is somebody's attempt to keep what has no place in a file that is shared.
_SECRET = re.compile(r"pass|secret|token|user|login|smtp|host|server|port|sender|from|url|key|auth|cred", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class PostSettings:
    """What a definition says of its post.

    Attributes
    ----------
    to, cc, bcc : tuple of str
        Mail addresses, for the report of the whole study; `bcc` are seen by nobody else.
    segments : mapping of str to tuple of str
        A segment's name to the addresses that its own report goes to. A segment that is not there is mailed to nobody:
        who wants the whole picture is not sent a dozen parts of it.
    attach : tuple of str
        Which of `ATTACHABLE` come with the mail, in that order. Where it is empty, the mail says where the report is.
    link : str or None
        The address under which the folder `reports/` can be opened, without a slash at its end.
    webhook : bool
        Whether a web address is told, which the environment names (`CX_WEBHOOK_URL`).
    """

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    segments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attach: tuple[str, ...] = ()
    link: str | None = None
    webhook: bool = False

    def recipients(self, segment: str | None) -> tuple[str, ...]:
        """Everybody to whom the report of a segment, or of the whole (None), is mailed."""
        return self.segments.get(segment, ()) if segment is not None else (*self.to, *self.cc, *self.bcc)


def is_address(value: object) -> bool:
    """Whether the value is a mail address as every server takes it.

    Examples
    --------
    >>> is_address("anna.berg+report@example.org")
    True
    >>> is_address("Anna <anna@example.org>"), is_address("a@example.org\\nBcc: b@example.org")
    (False, False)
    """
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS:
        return False
    found = _ADDRESS.fullmatch(value)
    return found is not None and len(found["local"]) <= _LONGEST_LOCAL


def post_settings_from(
    entry: object, *, outputs: Sequence[str] = ATTACHABLE, owner: str | None = None
) -> tuple[PostSettings | None, list[str]]:
    """Read the table `[post]`.

    Parameters
    ----------
    entry : object
        What the file holds under `post`; None where it holds nothing, and then nothing is ever sent.
    outputs : sequence of str
        What a run of this report makes; nothing else can be attached.
    owner : str, optional
        Who is told of failures. With an owner the table may be empty: then only failures are posted.

    Returns
    -------
    tuple of PostSettings or None, list of str
        The mistakes are all that the table holds; the settings are None where there are any.

    Examples
    --------
    >>> settings, mistakes = post_settings_from({"to": ["board@example.org"], "attach": ["pdf"]})
    >>> settings.to, settings.attach, mistakes
    (('board@example.org',), ('pdf',), [])
    >>> post_settings_from({"to": ["board@example.org"], "attach": ["pfd"]})
    (None, ["[post] attach: found 'pfd'; allowed: html, pdf, xlsx, pptx; did you mean 'pdf'?"])
    """
    if entry is None:
        return None, []
    if not isinstance(entry, Mapping):
        return None, ['[post]: is a table, with at least `to = ["name@example.org"]` or `webhook = true`']
    mistakes = [_unknown(key) for key in entry if key not in KEYS]
    lists = {key: _addresses(key, entry.get(key, []), mistakes) for key in ("to", "cc", "bcc")}
    everybody = [address for addresses in lists.values() for address in addresses]
    _refuse_twice("[post]", everybody, mistakes)
    segments = _segments(entry.get("segments", {}), mistakes)
    attach = _attached(entry.get("attach", []), outputs, mistakes)
    link = _link(entry.get("link"), mistakes)
    webhook = entry.get("webhook", False)
    if not isinstance(webhook, bool):
        # Whatever stands there may be the address, and that is a secret: it is not repeated.
        mistakes.append(
            "[post] webhook: allowed: true, false; its address is a secret, so take it out of the file and set "
            "CX_WEBHOOK_URL in the environment"
        )
    if not mistakes:
        has_mail = bool(everybody or segments)
        if not has_mail and not webhook and owner is None:
            mistakes.append(
                '[post]: tells nobody; give it `to = ["name@example.org"]` or `webhook = true`, give the report an '
                "`owner`, who is told of failures, or take it out"
            )
        elif attach and not has_mail:
            mistakes.append("[post] attach: there is no mail to attach anything to; give it `to`")
        elif lists["cc"] and not lists["to"]:
            mistakes.append("[post] cc: a copy of a mail to nobody; name somebody in `to`")
    if mistakes:
        return None, mistakes
    return PostSettings(**lists, segments=segments, attach=attach, link=link, webhook=webhook), []


def _unknown(key: str) -> str:
    """The mistake that an unknown key is; its value is never shown, for it may be a secret."""
    if _SECRET.search(key):
        return (
            f"[post] {key}: the mail server and everything secret come from the environment (CX_SMTP_HOST, "
            "CX_SMTP_USER, CX_SMTP_PASSWORD, CX_SMTP_FROM, CX_WEBHOOK_URL …), never from a file that is shared; take "
            "it out, and change what was secret in it"
        )
    return unknown_key("[post]", key, KEYS)


def _addresses(key: str, value: object, mistakes: list[str]) -> tuple[str, ...]:
    if not isinstance(value, list):
        mistakes.append(f'[post] {key}: found {value!r}; allowed: a list of addresses, such as ["name@example.org"]')
        return ()
    mistakes += [
        f"[post] {key}: found {address!r}; allowed: a plain mail address such as 'name@example.org'"
        for address in value
        if not is_address(address)
    ]
    return tuple(address for address in value if is_address(address))


def _segments(value: object, mistakes: list[str]) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        mistakes.append(
            f"[post] segments: found {value!r}; allowed: a table [post.segments] with a line for each segment, such as "
            'House = ["name@example.org"]'
        )
        return {}
    segments = {name: _addresses(f"segments.{name}", addresses, mistakes) for name, addresses in value.items()}
    for name, addresses in segments.items():
        _refuse_twice(f"[post] segments.{name}", addresses, mistakes)
    return {name: addresses for name, addresses in segments.items() if addresses}


def _refuse_twice(where: str, addresses: Sequence[str], mistakes: list[str]) -> None:
    same = [address.lower() for address in addresses]
    twice = sorted({address for address in same if same.count(address) > 1})
    mistakes += [f"{where}: {address} is named twice; one mail is enough" for address in twice]


def _attached(value: object, outputs: Sequence[str], mistakes: list[str]) -> tuple[str, ...]:
    # where no output is known, the mistake in `outputs` is told already, and says nothing of what may be attached
    made = [output for output in ATTACHABLE if output in outputs] or list(ATTACHABLE)
    if not isinstance(value, list):
        mistakes.append(f"[post] attach: found {value!r}; allowed: a list of {', '.join(made)}")
        return ()
    for output in value:
        if output in ATTACHABLE and output not in made:
            mistakes.append(f"[post] attach: {output!r} is not among the report's outputs, which are {', '.join(made)}")
        elif output not in made:
            mistakes.append(f"[post] attach: found {output!r}; allowed: {', '.join(made)}{hint(output, made)}")
    return tuple(output for output in made if output in value)


def _link(value: object, mistakes: list[str]) -> str | None:
    if value is None:
        return None
    allowed = (
        "allowed: the web address under which reports/ can be opened, such as 'https://intranet.example.org/reports'"
    )
    if isinstance(value, str) and "@" in value:
        mistakes.append(f"[post] link: holds an @, as names and passwords do, which nobody should be sent; {allowed}")
        return None
    if not isinstance(value, str) or not _LINK.fullmatch(value) or not _has_host(value):
        mistakes.append(f"[post] link: found {value!r}; {allowed}")
        return None
    return value.rstrip("/")


def _has_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0  # reading the port raises where it is none
    except ValueError:
        return False
