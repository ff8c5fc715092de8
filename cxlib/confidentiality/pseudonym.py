"""Pseudonyms in place of ids: the same for the same key, and without the key nobody finds the id."""

from __future__ import annotations

import hmac

import numpy as np
import pandas as pd

from cxlib.errors import ParameterError

SHORTEST_KEY = 16
"""Bytes: a shorter key could be found by trying, since ids can be guessed."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U, so that nothing is misread and no word comes out."""

RECIPE = 'python -c "import secrets; print(secrets.token_hex())"'

EXACT = 2**53
"""Below it every whole number has a float of its own."""

GROUPS, GROUP_LENGTH = 3, 4
"""12 letters are 60 bits: among a million ids two alike come once in two million keys."""


def pseudonyms(ids: pd.Series, *, key: bytes | str, kind: str = "customer") -> pd.Series:
    """A pseudonym for every id, such as 7KQ2-M9XT-4BCF.

    Parameters
    ----------
    ids : Series of ids
        Read as text; a missing one stays missing. A whole number is the same id as a float, which is what pandas makes
        of a column of whole numbers with a missing one.
    key : bytes or str
        At least 16 bytes, secret and random: `python -c "import secrets; print(secrets.token_hex())"`. With another key
        all pseudonyms are others.
    kind : str
        What the ids are of. The same id of another kind has another pseudonym.

    Returns
    -------
    Series of str, the index of `ids`

    Raises
    ------
    ParameterError
        The key is neither text nor bytes, is too short, or is one byte repeated; `ids` is no Series; an id is a float
        that is no whole number, or one too large to be exact; or two ids have the same pseudonym; another key then
        parts them.

    Notes
    -----
    The first 60 bits of HMAC-SHA256 of kind and id. Whoever has the key can find the id again, by making the pseudonyms
    of all ids; so under the GDPR (article 4 (5)) the rows are still personal data. And a row may be known by what else
    stands in it.

    References
    ----------
    Krawczyk, Bellare & Canetti (1997), RFC 2104.

    Examples
    --------
    >>> pseudonyms(pd.Series(["C00001", "C00002", "C00001"]), key="only for this example").tolist()
    ['A846-QFPE-6S9W', '7G1C-JQKY-R717', 'A846-QFPE-6S9W']
    """
    secret = _secret(key)
    if not isinstance(ids, pd.Series):
        raise ParameterError(f"ids is a {type(ids).__name__}; allowed: a Series, such as customers['customer_id']")
    given = ids.astype("object")
    text_of = {each: _as_text(each) for each in given.dropna().unique()}
    made = {text: _pseudonym(secret, kind, text) for text in dict.fromkeys(text_of.values())}
    if len(set(made.values())) < len(made):
        raise ParameterError("two ids have the same pseudonym under this key; use another key")
    return given.map({each: made[text] for each, text in text_of.items()}).astype("str").rename(ids.name)


def _secret(key: bytes | str) -> bytes:
    """The key as bytes.

    Raises
    ------
    ParameterError
        What it may not be is told without the key itself: messages end up in logs.
    """
    # bytes(16) would be sixteen zeros: a key that everybody has
    if not isinstance(key, (str, bytes)):
        raise ParameterError(
            f"the key for pseudonyms is of type {type(key).__name__}; allowed: str or bytes, such as `{RECIPE}` prints"
        )
    secret = key.encode() if isinstance(key, str) else key
    if len(secret) < SHORTEST_KEY:
        raise ParameterError(
            f"the key for pseudonyms has {len(secret)} bytes; allowed: at least {SHORTEST_KEY}, secret and random, "
            f"such as `{RECIPE}` prints"
        )
    if len(set(secret)) == 1:
        raise ParameterError(
            "the key for pseudonyms is one byte repeated, which anybody would try first; allowed: a secret and random "
            f"one, such as `{RECIPE}` prints"
        )
    return secret


def _as_text(each: object) -> str:
    """An id as text, the same for 7 and 7.0.

    Raises
    ------
    ParameterError
    """
    if not isinstance(each, (float, np.floating)):
        return str(each)
    if not (float(each).is_integer() and abs(each) < EXACT):
        raise ParameterError(
            f"an id is the float {each!r}; allowed: texts and whole numbers, as floats only below 2**53, above which "
            "two of them may be one; read the column as text, as with dtype={'customer_id': 'str'}"
        )
    return str(int(each))


def _pseudonym(secret: bytes, kind: str, text: str) -> str:
    digest = hmac.digest(secret, f"{kind}\0{text}".encode(), "sha256")
    bits = int.from_bytes(digest[:8], "big") >> 4
    letters = [ALPHABET[bits >> 5 * place & 31] for place in reversed(range(GROUPS * GROUP_LENGTH))]
    groups = ["".join(letters[start : start + GROUP_LENGTH]) for start in range(0, len(letters), GROUP_LENGTH)]
    return "-".join(groups)
