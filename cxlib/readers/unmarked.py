"""The encoding of a text that says nothing of it: UTF-16 by its zero bytes, one-byte encodings by their letters.

Every byte is a letter in a one-byte encoding, so a wrong one gives no error, only wrong letters: `Malmö` that a Mac
wrote is `Malmš` in Windows-1252, and what Windows wrote is `Malmˆ` on a Mac. What tells them apart is how likely the
letters are where they stand.
"""

from __future__ import annotations

import numpy as np

ONE_BYTE = ("cp1252", "mac-roman", "latin-1")
_STEP_BYTES = 4 * 1024 * 1024
_ENOUGH = 100_000
"""So many bytes beyond ASCII decide; more of them would not change the verdict."""

_UTF16_ZERO_SHARE = 0.5
_CONTROLS = np.array([byte < 0x20 and byte not in b"\t\n\v\f\r\x1a" for byte in range(256)])

# What stands beside a letter; the last kind is a capital beyond ASCII, so that two of them break a rule only once.
_LOWER, _UPPER, _DIGIT, _OTHER, _MARKED_UPPER = range(5)

# How much less likely a letter is than the commonest ones, in powers of ten: rough, and that is enough, for a wrong
# encoding breaks the rules below at almost every letter. The commonest are those of Swedish and its neighbours.
_RARITY = {
    **dict.fromkeys("åäöéüß", 0.0),
    **dict.fromkeys("ÅÄÖÉÜ", 0.5),
    **dict.fromkeys("øæàèêçãáíóñúâô", 0.7),
    **dict.fromkeys("ëïîìòõùûðþÿœ", 1.0),
    **dict.fromkeys("ØÆÀÈÊÇÃÁÍÓÑÚÂÔËÏÎÌÒÕÙÛÐÞ", 1.5),
    **dict.fromkeys("šžŠŽýÝ", 3.0),
    **dict.fromkeys("ŒŸı", 5.0),
}
_PUNCTUATION = {
    **dict.fromkeys("\u00a0’‘“”«»–—…€£°§½¼¾±×·´²³º¡¿", 0.0),  # stand in ordinary text
    **dict.fromkeys("®©™•¨‚„‹›†‡¶µ¢¥¤¦¬¯¸¹ª÷‰ƒ", 1.0),
}
_MATHEMATICS = 3.0  # ≈ ∂ Ω ˇ and the like, which no survey writes
_CONTROL = 4.0

_WITHIN_A_WORD = 5.0  # a sign between letters
_SMALL_BEFORE_CAPITAL = 3.0
_LETTER_AT_DIGIT = 2.0
_LETTER_ALONE = 1.5
_JOINS_WORDS = "’–—-·\u00ad"
_OPENS = "“‘«„‚§¡¿"
_CLOSES = "”»…‰°´²³ºª™®©"
_AT_WORDS = 2.0
_PRIOR = {"cp1252": 0.0, "latin-1": 0.0, "mac-roman": 0.5}


def utf16_order(body: memoryview) -> str | None:
    """`utf-16-le` or `utf-16-be` where every second byte is zero as a rule and no other one is; else None."""
    if len(body) % 2 or not len(body):
        return None
    pairs = np.frombuffer(body, dtype=np.uint8)[:_STEP_BYTES].reshape(-1, 2)
    first, second = (pairs == 0).mean(axis=0)
    if second >= _UTF16_ZERO_SHARE and not first:
        return "utf-16-le"
    if first >= _UTF16_ZERO_SHARE and not second:
        return "utf-16-be"
    return None


def control_share(body: memoryview) -> float:
    """The share of bytes at the beginning that are control signs, of which text has hardly any (0-1)."""
    return float(_CONTROLS[np.frombuffer(body, dtype=np.uint8)[:_STEP_BYTES]].mean()) if len(body) else 0.0


def one_byte_encoding(body: memoryview) -> str:
    """`cp1252`, `mac-roman` or `latin-1`, whichever gives the likeliest letters.

    Latin-1 is asked only where bytes stand that Windows-1252 does not have: in all other files the two are the same,
    but for signs that Latin-1 does not have.
    """
    counts = _neighbourhoods(body)
    lacking = [byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) if any(table[byte].any() for table in counts.values())]
    candidates = ("latin-1", "mac-roman") if lacking else ("cp1252", "mac-roman")
    oddity = {name: float((counts[name] * _ODDITY[name]).sum()) + _PRIOR[name] for name in candidates}
    return min(candidates, key=lambda name: oddity[name])


def _neighbourhoods(body: memoryview) -> dict[str, np.ndarray]:
    """For each encoding, how often each byte stands between which kinds of neighbours: counts (256, 5, 5)."""
    letters = np.frombuffer(body, dtype=np.uint8)
    counts = {name: np.zeros((256, 5, 5), dtype=np.int64) for name in ONE_BYTE}
    n_seen = 0
    for start in range(0, len(letters), _STEP_BYTES):
        places = np.flatnonzero(letters[start : start + _STEP_BYTES] >= 0x80)[:_ENOUGH] + start
        before = np.where(places > 0, letters[places - 1], ord("\n"))
        after = np.where(places + 1 < len(letters), letters[np.minimum(places + 1, len(letters) - 1)], ord("\n"))
        for name, table in counts.items():
            np.add.at(table, (letters[places], _KIND[name][before], _KIND[name][after]), 1)
        n_seen += len(places)
        if n_seen >= _ENOUGH:
            break
    return counts


def _characters(encoding: str) -> list[str]:
    return [bytes([byte]).decode(encoding, errors="replace") for byte in range(256)]


def _kind_of(character: str) -> int:
    if character.isupper():
        return _UPPER if character.isascii() else _MARKED_UPPER
    if character.isalpha():
        return _LOWER
    return _DIGIT if character.isdigit() else _OTHER


def _oddity_of(character: str, before: int, after: int) -> float:
    """How unlikely a character is between two kinds of neighbours, in powers of ten."""
    beside = {before, after}
    letters = (_LOWER, _UPPER, _MARKED_UPPER)
    if character in _RARITY:
        oddity = _RARITY[character]
        if before == _LOWER if character.isupper() else after == _UPPER:
            oddity += _SMALL_BEFORE_CAPITAL
        if _DIGIT in beside:
            oddity += _LETTER_AT_DIGIT
        return oddity + (_LETTER_ALONE if beside == {_OTHER} else 0.0)
    if not character.isprintable() and character != "\u00a0":
        return _CONTROL
    oddity = _PUNCTUATION.get(character, _MATHEMATICS)
    if before in letters and after in letters:
        return oddity + (0.3 if character in _JOINS_WORDS else _WITHIN_A_WORD)
    wrong_side = (before in letters and character not in _CLOSES + _JOINS_WORDS + "\u00a0") or (
        after in letters and character not in _OPENS + _JOINS_WORDS + "\u00a0"
    )
    return oddity + (_AT_WORDS if wrong_side else 0.0)


def _oddities(encoding: str) -> np.ndarray:
    table = np.zeros((256, 5, 5))
    for byte, character in enumerate(_characters(encoding)):
        if byte >= 0x80:
            for before in range(5):
                for after in range(5):
                    table[byte, before, after] = _oddity_of(character, before, after)
    return table


_KIND = {name: np.array([_kind_of(character) for character in _characters(name)]) for name in ONE_BYTE}
_ODDITY = {name: _oddities(name) for name in ONE_BYTE}
