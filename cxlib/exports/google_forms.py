"""Answers of Google Forms, as the form gives them and as its sheet does: a timestamp, then one column a question."""

from __future__ import annotations

import re

from cxlib.exports.found import Found, columns_of, doubts_of, single
from cxlib.exports.headings import plain_text
from cxlib.exports.layout import Head, Layout
from cxlib.exports.reader import CERTAIN, LIKELY, Evidence, LayoutError, Reader

_TIMESTAMP = {
    "Timestamp", "Tidstämpel", "Tidsstempel", "Tidsmerke", "Aikaleima", "Zeitstempel", "Horodateur", "Marca temporal",
    "Carimbo de data/hora", "Informazioni cronologiche", "Tijdstempel", "Sygnatura czasowa", "Časová značka",
    "Zaman damgası", "Отметка времени", "タイムスタンプ", "Marca de temps", "Időbélyeg", "Vremenska oznaka",
    "Позначка часу", "Marcaj de timp", "Χρονική σήμανση", "时间戳记", "時間戳記", "타임스탬프", "Dấu thời gian",
}  # fmt: skip
_BY_THE_FORM = re.compile(r"^\d{4}/\d{1,2}/\d{1,2}\s\d{1,2}:\d{2}:\d{2}\s\S.*\s\S+$")
"""2019/10/01 12:38:43 PM GMT+8, in Swedish 2024/01/31 2:05:33 em CET: no other tool writes it so. The space before PM
may be one that breaks no line."""

_BY_THE_SHEET = re.compile(
    r"^\d{1,4}([-/]|\.\s?)\d{1,2}\1\d{1,4}\.?,?\s\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[ap]\.?\s?m\.?|\s?[fe]\.?m\.?|\s\S{2,5})?$",
    re.IGNORECASE,
)
"""1/31/2024 14:05:33, in Swedish 2024-01-31 14.05.33, in Hungarian 2024. 01. 31. 14:05:33: as the language of the sheet
has it. Excel saves it without the seconds, and as 1/31/2024 2:05 PM."""

_PERSONAL = {
    "email address", "username", "e-postadress", "användarnamn", "e-mail-adresse", "nutzername", "adresse e-mail",
    "nom d'utilisateur",
}  # fmt: skip
_FEEDBACK = re.compile(r"\[(?:Feedback|Återkoppling|Feedback till svar)\]$")
_CHOICES_BY_THE_FORM, _CHOICES_BY_THE_SHEET = ";", ", "


def _evidence(head: Head) -> Evidence | None:
    cells = head.column(0)
    if _most(_BY_THE_FORM, cells):
        return Evidence(strength=CERTAIN, why=f"its first column holds moments such as {cells[0]}")
    if head.names[0] in _TIMESTAMP and _most(_BY_THE_SHEET, cells):
        why = f"its first column is {head.names[0]} and holds moments such as {cells[0]}"
        return Evidence(strength=LIKELY, why=why)
    return None


def _most(pattern: re.Pattern[str], cells: list[str]) -> bool:
    return sum(bool(pattern.match(cell)) for cell in cells) > len(cells) / 2


def _layout(head: Head) -> Layout:
    cells = head.column(0)
    is_by_the_form = _most(_BY_THE_FORM, cells)
    if not is_by_the_form and not _most(_BY_THE_SHEET, cells) and head.names[0] not in _TIMESTAMP:
        raise LayoutError("a first column Timestamp of moments such as 2019/10/01 12:38:43 PM GMT+8")
    separators = (_CHOICES_BY_THE_FORM,) if is_by_the_form else (_CHOICES_BY_THE_SHEET,)
    found = [Found(positions=(0,), name=head.names[0], text=head.names[0], role="moment")]
    for at, name in enumerate(head.names[1:], start=1):
        text = plain_text(name)
        if text.lower() in _PERSONAL:
            found.append(Found(positions=(at,), name=text, text=text, role="personal"))
        elif _FEEDBACK.search(text):  # what the teacher wrote to the respondent
            found.append(Found(positions=(at,), name=text, text=text, role="form"))
        else:
            found.append(single(at, text, head.counts(at), separators))
    return Layout(n_header_rows=1, columns=columns_of(found), moments=(0,), doubts=doubts_of(found))


READER = Reader(name="google_forms", title="Google Forms", evidence=_evidence, layout=_layout)
