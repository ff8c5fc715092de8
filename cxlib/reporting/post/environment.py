"""What the environment says of the post: the mail server, and everything that is secret.

No value of a secret is ever part of an error, and none is shown where these objects are printed.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cxlib.errors import hint
from cxlib.reporting.post.errors import PostError
from cxlib.reporting.post.settings import is_address

SECURITY = {"starttls": 587, "tls": 465}
"""How the way to the mail server is made safe, and the port where none is given. There is no third way."""

SECRETS = ("CX_SMTP_PASSWORD", "CX_SMTP_USER", "CX_WEBHOOK_URL", "CX_PSEUDONYM_KEY")

# A name, with or without quotes, and an address; nothing in it can end a line.
_NAMED = re.compile(r'"?(?P<name>[^<>"\x00-\x1f\x7f-\x9f]*)"? ?<(?P<address>[^<>]*)>')
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")
_SHORTEST_SECRET = 4
"""A shorter one would take letters out of common words; whoever has one as a password has none."""
_LONG_PART = 7
"""So long a part of the webhook's address may be its key."""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """The server that takes the mail, from `CX_SMTP_HOST` and so on."""

    host: str
    port: int
    sender: Address
    security: str = "starttls"
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None


def mail_server_from(environment: Mapping[str, str]) -> MailServer:
    """The mail server that the environment names.

    Parameters
    ----------
    environment : mapping of str to str
        CX_SMTP_HOST and CX_SMTP_FROM are needed. CX_SMTP_SECURITY is starttls (usual) or tls; CX_SMTP_PORT follows it
        (587, 465); CX_SMTP_USER and CX_SMTP_PASSWORD belong together; CX_SMTP_CA_FILE names the certificates of an
        authority of one's own.

    Raises
    ------
    PostError
        Naming every variable that is missing or wrong.

    Examples
    --------
    >>> server = mail_server_from({"CX_SMTP_HOST": "mail.example.org", "CX_SMTP_FROM": "CX <cx@example.org>"})
    >>> server.port, server.security, server.sender.addr_spec
    (587, 'starttls', 'cx@example.org')
    """
    given = {name: value.strip() for name, value in environment.items() if name.startswith("CX_SMTP_") and value}
    mistakes = []
    host = given.get("CX_SMTP_HOST", "")
    if not host or not host.isprintable() or set(host) & set(" /@"):
        mistakes.append("CX_SMTP_HOST: allowed: the name of a mail server, such as mail.example.org")
    security = given.get("CX_SMTP_SECURITY", "starttls").lower()
    if security not in SECURITY:
        mistakes.append(
            f"CX_SMTP_SECURITY: found {security!r}; allowed: {', '.join(SECURITY)}{hint(security, SECURITY)} "
            "(mail is never sent in the open)"
        )
    port = given.get("CX_SMTP_PORT", str(SECURITY.get(security, 1)))
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        mistakes.append(f"CX_SMTP_PORT: found {port!r}; allowed: a port's number, 1 to 65535")
    sender = _sender(given.get("CX_SMTP_FROM", ""))
    if sender is None:
        mistakes.append(
            "CX_SMTP_FROM: allowed: the sender's address, such as reports@example.org or Reports <reports@example.org>"
        )
    user, password = given.get("CX_SMTP_USER"), given.get("CX_SMTP_PASSWORD")
    if (user is None) != (password is None):
        mistakes.append("CX_SMTP_USER and CX_SMTP_PASSWORD: give both, or none where the server asks for none")
    for variable in ("CX_SMTP_USER", "CX_SMTP_PASSWORD"):
        if not given.get(variable, "").isascii():
            mistakes.append(
                f"{variable}: allowed: letters of ASCII, for servers do not agree on how to read any others"
            )
    ca_file = Path(given["CX_SMTP_CA_FILE"]) if "CX_SMTP_CA_FILE" in given else None
    if ca_file is not None and not ca_file.is_file():
        mistakes.append(f"CX_SMTP_CA_FILE: there is no file {ca_file}")
    if mistakes:
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise PostError(f"the environment does not say how to send mail:\n{lines}")
    return MailServer(
        host=host,
        port=int(port),
        sender=sender,
        security=security,
        user=user,
        password=password,
        ca_file=ca_file,
    )


def _sender(text: str) -> Address | None:
    found = _NAMED.fullmatch(text)
    name, address = (found["name"], found["address"]) if found else ("", text)
    return Address(display_name=name.strip(), addr_spec=address) if is_address(address) else None


def webhook_address_from(environment: Mapping[str, str]) -> str:
    """The webhook's address, which is a secret.

    Raises
    ------
    PostError
    """
    address = environment.get("CX_WEBHOOK_URL", "").strip()
    allowed = "allowed: an address that begins with https:// (http:// only on this machine, for trials)"
    if not address:
        raise PostError(f"CX_WEBHOOK_URL: is not set in the environment; {allowed}")
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port  # reading the port raises where it is none
    except ValueError:
        parts, host = urlsplit(""), None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in _OWN_MACHINE)
    if not host or not is_safe or not (address.isascii() and address.isprintable()) or " " in address:
        raise PostError(f"CX_WEBHOOK_URL: is no such address (what was found is not shown); {allowed}")
    return address


def for_notebooks(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without all that is for the post, and without the key of pseudonyms: no notebook needs it, and
    none can then show it.

    >>> for_notebooks({"TZ": "UTC", "CX_SMTP_PASSWORD": "hemlig", "CX_PSEUDONYM_KEY": "hemligare"})
    {'TZ': 'UTC'}
    """
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(("CX_SMTP_", "CX_PSEUDONYM_")) and name != "CX_WEBHOOK_URL"
    }


def without_secrets(text: str, environment: Mapping[str, str]) -> str:
    """The text with every secret of the environment taken out: what a server or a cell says may repeat one.

    Of the webhook's address its path and query are secret as well, together and in each long part, since most servers
    repeat them alone; of the name and password for mail also what is sent of them, in base64.

    >>> without_secrets("535 no: hemlig1", {"CX_SMTP_PASSWORD": "hemlig1"})
    '535 no: (CX_SMTP_PASSWORD)'
    >>> without_secrets("Cannot POST /T00/hemlig1", {"CX_WEBHOOK_URL": "https://example.org/T00/hemlig1"})
    'Cannot POST (CX_WEBHOOK_URL)'
    """
    forms = {form: name for name in SECRETS for form in _forms(name, environment) if len(form) >= _SHORTEST_SECRET}
    if not forms:
        return text
    longest_first = sorted(forms, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda found: f"({forms[found[0]]})", text)


def _forms(name: str, environment: Mapping[str, str]) -> list[str]:
    """The ways in which what a server says may hold a secret."""
    secret = environment.get(name, "").strip()
    if not secret:
        return []
    if name == "CX_WEBHOOK_URL":
        return [secret, *_parts_of_address(secret)]
    sent = [secret]
    if name == "CX_SMTP_PASSWORD":
        user = environment.get("CX_SMTP_USER", "").strip()
        sent.append(f"\0{user}\0{secret}")  # as AUTH PLAIN has it
    # A server may leave out what only fills up.
    return [secret, *(b64encode(each.encode("utf-8", "replace")).decode().rstrip("=") for each in sent)]


def _parts_of_address(address: str) -> list[str]:
    try:
        parts = urlsplit(address)
    except ValueError:
        return []
    together = f"{parts.path}?{parts.query}" if parts.query else parts.path
    words = re.split(r"[/?&=;#:@]", f"{together}#{parts.fragment}@{parts.netloc.rpartition('@')[0]}")
    written = [together, parts.path, parts.query, *(word for word in words if len(word) >= _LONG_PART)]
    return [form for each in written for form in (each, unquote(each))]
