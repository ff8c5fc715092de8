"""Exports of LimeSurvey: its own columns first, in the survey's language, then one column per question or option."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from cxlib.exports.found import Found, columns_of
from cxlib.exports.headings import bracketed, plain_text
from cxlib.exports.layout import Head, Layout
from cxlib.exports.reader import CERTAIN, LIKELY, Evidence, LayoutError, Reader
from cxlib.exports.timings import timings_of

_CODES = {
    "id": "respondent",
    "submitdate": "moment",
    "lastpage": "form",
    "startlanguage": "form",
    "seed": "form",
    "token": "form",
    "startdate": "moment",
    "datestamp": "moment",
    "ipaddr": "personal",
    "refurl": "form",
    "firstname": "personal",
    "lastname": "personal",
    "email": "personal",
}
"""What its own columns are by their codes; in other headings they are known by what they hold."""

_FIRST = ("id", "submitdate", "lastpage", "startlanguage")
_MOMENT = re.compile(
    r"^\d{1,4}([-./])\d{1,2}\1\d{1,4}\s\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?(?:[ap]\.?\s?m|[fe]\.?m)\.?)?$", re.IGNORECASE
)
"""As it writes them, or as a spreadsheet through which the file went has left them."""

_MIDNIGHT = re.compile(r"\s(?:0?0[:.]00(?:[:.]00)?|12[:.]00(?:[:.]00)?\s?(?:a\.?\s?m|f\.?m)\.?)$", re.IGNORECASE)
_PAGE = re.compile(r"^-?\d{1,3}$")
_LANGUAGE = re.compile(r"^[a-z]{2,3}(?:-[A-Za-z-]{2,16})?$")
_SEED = re.compile(r"^\d{4,10}$")
_TOKEN = re.compile(r"^[A-Za-z0-9_~-]{10,36}$")
_NET_ADDRESS = re.compile(r"\bIP\b", re.IGNORECASE)
_REFERRER = re.compile(r"\bURL\b", re.IGNORECASE)

_NEVER = "1980-01-01 00:00:00"
"""What it writes as the moment of submission where the survey keeps none."""

_YES = frozenset(
    {
        "y", "yes", "oui", "ja", "sí", "si", "sì", "sim", "kyllä", "tak", "ano", "áno", "igen", "da", "evet",
        "ναι", "да", "はい", "是", "jah", "jā", "taip", "є", "так",
    }
)  # fmt: skip
_NO = frozenset(
    {
        "n", "no", "non", "nej", "nein", "nee", "não", "nei", "ei", "nie", "ne", "nem", "nu", "hayır", "όχι",
        "нет", "いいえ", "否", "nē", "ні",
    }
)  # fmt: skip
_TYPED_IN = re.compile(
    r"(?:other|comment|annat|övrigt|kommentar|autre|commentaire|sonstiges|kommentare|otro|comentario|altro|outro|anders)$",
    re.IGNORECASE,
)
_NOT_ASKED = "n/a"
_TEXT_BEHIND_CODE = re.compile(r"^(?P<code>[A-Za-z]\w*(?:\[[^\[\]]*\])*)(?:\. |\.|: )(?P<text>.*)$", re.DOTALL)


def _evidence(head: Head) -> Evidence | None:
    names = [name.lower() for name in head.names[: len(_FIRST)]]
    if names[0] == "id" and len(set(names) & set(_FIRST)) > 2:
        return Evidence(strength=CERTAIN, why=f"its first columns are {', '.join(head.names[: len(_FIRST)])}")
    if _begins_as_written_by_it(head):
        why = "its first columns hold an id, a moment, a page and a language"
        return Evidence(strength=LIKELY, why=why)
    return None


def _begins_as_written_by_it(head: Head) -> bool:
    """Whether the first four columns are what it writes, whatever they are called."""
    if len(head.names) < len(_FIRST):
        return False
    ids, moments, pages, languages = (head.column(at) for at in range(len(_FIRST)))
    return (
        len(ids) == len(head.rows) == len(set(ids)) > 0
        and all(cell.isdecimal() for cell in ids)
        and all(_MOMENT.match(cell) for cell in moments)
        and all(_PAGE.match(cell) for cell in pages)
        and bool(languages)
        and all(_LANGUAGE.match(cell) for cell in languages)
        and bool(moments or pages)
    )


def _layout(head: Head) -> Layout:
    codes, texts = _codes_and_texts(head)
    if codes[0].lower() not in _CODES and not _begins_as_written_by_it(head):
        raise LayoutError("the columns that it begins with: an id, a moment, a page, a language")
    roles = _roles(head, codes)
    timings = timings_of(head, codes)
    found, asked = [], []
    for at, role in enumerate(roles):
        if at in timings:
            found.append(Found(positions=(at,), name=codes[at], text=texts[at], role="form"))
        elif role:
            found.append(Found(positions=(at,), name=codes[at], text=texts[at], role=role))
        else:
            asked.append(at)
    found += _questions(head, asked, codes, texts)
    moments = [at for at, role in enumerate(roles) if role == "moment"]
    return Layout(
        n_header_rows=1,
        columns=columns_of(found),
        # submitted first, where that column is; then the last action before the start
        moments=tuple(moments[:1] + moments[:0:-1] if moments[:1] == [1] else moments[::-1]),
        chosen=_YES,
        no_moments=frozenset({_NEVER}),
        not_asked=frozenset({_NOT_ASKED.upper()}),
        escape="'",
    )


def _codes_and_texts(head: Head) -> tuple[list[str], list[str]]:
    """What each column is called, and the question as it was put; the headings may hold either or both."""
    texts = [plain_text(name) for name in head.names]
    if texts[0].lower().startswith("id") and len(texts[0]) > 2:
        parts = [_TEXT_BEHIND_CODE.match(text) for text in texts]
        if all(parts):
            return [part["code"] for part in parts], [part["text"].strip() or part["code"] for part in parts]
    return texts, texts


def _roles(head: Head, codes: Sequence[str]) -> list[str]:
    """What its own columns are; "" from the first column on that is none."""
    if codes[0].lower() in _CODES:
        known = [_CODES.get(code.lower(), "") for code in codes]
        # a question may be called token too, but behind its own columns only what tells who somebody is is kept apart
        first_asked = known.index("") if "" in known else len(known)
        return [role if at < first_asked or role == "personal" else "" for at, role in enumerate(known)]
    roles = ["respondent", "moment", "form", "form"]
    n_moments = 0
    for at in range(len(roles), len(codes)):
        cells = head.column(at)
        if at == len(_FIRST) and cells and all(_SEED.match(cell) for cell in cells):
            role = "form"
        elif n_moments < 2 and _are_moments(cells):
            n_moments += 1
            role = "moment"
        elif _NET_ADDRESS.search(codes[at]) and not bracketed(codes[at]):
            role = "personal"
        elif _are_referrers(codes[at], cells) or (not n_moments and _are_tokens(head, cells)):
            role = "form"
        else:
            break
        roles.append(role)
    return roles + [""] * (len(codes) - len(roles))


def _are_moments(cells: list[str]) -> bool:
    """Moments to the second; a question for a date is written with a time too, but that is midnight."""
    is_moment = bool(cells) and all(_MOMENT.match(cell) for cell in cells)
    return is_moment and not all(_MIDNIGHT.search(cell) for cell in cells)


def _are_referrers(heading: str, cells: list[str]) -> bool:
    return bool(_REFERRER.search(heading)) and all("://" in cell or cell == "[x]" for cell in cells)


def _are_tokens(head: Head, cells: list[str]) -> bool:
    """Access codes: each of them once, in letters and digits."""
    return len(set(cells)) == len(head.rows) > 1 and all(_TOKEN.match(cell) for cell in cells)


def _questions(head: Head, asked: list[int], codes: list[str], texts: list[str]) -> list[Found]:
    found = []
    times = Counter(codes)
    for group in _groups(asked, codes):
        cells = {at: head.counts(at) for at in group}
        options = [at for at in group if _is_option(codes[at], cells[at], is_repeated=times[codes[at]] > 1)]
        if not any(cells[at] for at in options) or _is_grid(cells, options):
            options = []
        if options:
            # what was typed in beside an option stands behind it or at the end, and is a question of its own
            among = set(options)
            options = [at for at in group if at in among]
            found.append(
                Found(
                    positions=tuple(options),
                    name=bracketed(codes[options[0]])[0],
                    text=_question_of(texts[options[0]]),
                    role="option",
                    options=tuple(_label_of(texts[at]) for at in options),
                )
            )
        chosen = set(options)
        for at in group:
            if at not in chosen:
                name, text = codes[at], texts[at]
                if options and times[name] > 1 and at - 1 in chosen:
                    before = bracketed(codes[at - 1])
                    stem, label = bracketed(name)
                    name = text = f"{stem} [{before[1]}] [{label}]"
                found.append(Found(positions=(at,), name=name, text=text, is_written=bool(options)))
    return found


def _question_of(text: str) -> str:
    parts = bracketed(text)
    return parts[0] if parts else text


def _label_of(text: str) -> str:
    parts = bracketed(text)
    return parts[1] if parts else text


def _groups(asked: list[int], codes: list[str]) -> list[list[int]]:
    """The positions of each question: neighbours that begin alike before the brackets."""
    groups: list[list[int]] = []
    stem_before = None
    for at in asked:
        parts = bracketed(codes[at])
        stem = parts[0] if parts else None
        if stem is not None and stem == stem_before and groups[-1][-1] == at - 1:
            groups[-1].append(at)
        else:
            groups.append([at])
        stem_before = stem
    return groups


def _is_option(code: str, cells: Counter[str], *, is_repeated: bool) -> bool:
    """Whether a column says only that an option was chosen or not; where no cell says anything, its heading tells."""
    parts = bracketed(code)
    if not parts or not {cell.lower() for cell in cells} <= _YES | _NO | {_NOT_ASKED}:
        return False
    return bool(cells) or not (_TYPED_IN.search(parts[1]) or is_repeated)


def _is_grid(cells: dict[int, Counter[str]], options: list[int]) -> bool:
    """Whether the rows of a grid are answered with yes, no and something else: one of several words that come again."""
    others = {at: column for at, column in cells.items() if at not in options}
    words = {cell.lower() for column in others.values() for cell in column}
    return any(set(map(str.lower, column)) & (_YES | _NO) for column in others.values()) and len(words) <= len(cells)


READER = Reader(name="limesurvey", title="LimeSurvey", evidence=_evidence, layout=_layout)
