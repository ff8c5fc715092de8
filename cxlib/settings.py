"""What study.toml says: the study's name, clock and money, its scales and archetypes, and where each table lies."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from cxlib.archetypes import ARCHETYPES, PHASES
from cxlib.errors import Problem, nearest_name
from cxlib.language import LOCALES
from cxlib.readers.folder import files_in
from cxlib.scales import BUILT_IN_SCALES, Scale
from cxlib.settings_checks import TableSource, read_archetype, read_scale, read_table_source
from cxlib.toml_table import TomlTable

STUDY_FILE = "study.toml"

# Names that the zone database has for whatever this machine is set to, and for no place at all.
_NO_ZONES = {"localtime", "Factory"}


@cache
def timezone_names() -> tuple[str, ...]:
    """The timezones that a study and a report may name: IANA's, such as Europe/Stockholm."""
    return tuple(sorted(available_timezones() - _NO_ZONES))  # looked up on disk: a quarter of a small study's loading


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a study.

    Parameters
    ----------
    name : str
        The folder's name where study.toml does not say.
    timezone : str
        IANA name; times without an offset are local there.
    currency : str
        ISO 4217 code as written, "" where not given.
    language : "en" or "sv"
    note : str
        What every reader of a report should know of the data, such as a biased sample; "" where there is nothing.
    labels : mapping of language to mapping of name to label
        How the study's own names (touchpoints, segments, owners) read in a language; a name without a label is shown
        as it is.
    archetype : str or None
        A key of `archetypes`.
    max_rejected_share : float, 0-1
        A file with a larger share of failing rows stops the study.
    scales : mapping of str to Scale
        The built-in ones and the study's own.
    archetypes : mapping of str to mapping of phase to rating
        The built-in ones and the study's own.
    tables : mapping of table name to TableSource
        Only the tables that study.toml speaks of.
    event_scale : str
        The scale of an event's score where `touchpoint_scales` does not have the touchpoint.
    touchpoint_scales : mapping of touchpoint to scale name
    """

    name: str
    timezone: str = "UTC"
    currency: str = ""
    language: str = "en"
    archetype: str | None = None
    note: str = ""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    max_rejected_share: float = 0.05
    scales: Mapping[str, Scale] = field(default_factory=lambda: dict(BUILT_IN_SCALES))
    archetypes: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: dict(ARCHETYPES))
    tables: Mapping[str, TableSource] = field(default_factory=dict)
    event_scale: str = "csat"
    touchpoint_scales: Mapping[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def importance(self) -> Mapping[str, float]:
        """The rating of each phase by the study's archetype; all the same where it names none."""
        return dict.fromkeys(PHASES, 1.0) if self.archetype is None else self.archetypes[self.archetype]

    @property
    def default_event_scale(self) -> Scale:
        """The scale of an event whose touchpoint is not in `event_scales`."""
        return self.scales[self.event_scale]

    @property
    def event_scales(self) -> dict[str, Scale]:
        """The scales of the touchpoints that have one of their own."""
        return {touchpoint: self.scales[name] for touchpoint, name in self.touchpoint_scales.items()}


def read_settings(path: Path) -> tuple[Settings | None, list[Problem]]:
    """The settings in a study.toml and everything that is wrong with it.

    Where something is wrong the settings hold the default, so that the tables can be checked all the same. They are
    None where the file is not there or is not TOML: then nobody knows what the tables should be.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None, [_missing(path)]
    except OSError as error:
        return None, [Problem(file=path.name, reason=f"cannot be read ({error.strerror})")]
    try:
        document = _composed(tomllib.loads(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return None, [Problem(file=path.name, row=line, reason="not valid UTF-8, which TOML has to be")]
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        row = int(line.group(1)) if line else None
        return None, [Problem(file=path.name, row=row, reason=f"is not TOML: {error}")]
    except ValueError as error:  # a whole number of more digits than Python reads
        return None, [Problem(file=path.name, reason=f"cannot be read as TOML ({error})")]
    except RecursionError:
        return None, [Problem(file=path.name, reason="cannot be read as TOML: brackets within brackets without end")]
    problems: list[Problem] = []
    return _settings(TomlTable(document, file=path.name, problems=problems), name=path.parent.resolve().name), problems


def _composed(value, key: str | None = None):
    """The document with é as one letter, not e and an accent, as the tables have it; names of files stay."""
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", name): _composed(inner, name) for name, inner in value.items()}
    if isinstance(value, str) and key not in ("file", "sql"):
        return unicodedata.normalize("NFC", value)
    return value


def _missing(path: Path) -> Problem:
    return Problem(
        file=path.name,
        reason="is not in the folder",
        allowed="a study is a folder with study.toml and its tables",
        nearest=nearest_name(path.name, files_in(path.parent)),
    )


def _settings(toml: TomlTable, *, name: str) -> Settings:
    default = Settings(name=name)
    scales = dict(BUILT_IN_SCALES)
    known_scales: dict[str, Scale | None] = dict(scales)
    for name, entry in toml.tables("scales"):
        scale = read_scale(entry, name)
        known_scales[name] = scale  # a faulty one too: it is reported once, not again where it is used
        if scale is not None:
            scales[name] = scale
    archetypes = dict(ARCHETYPES)
    for name, entry in toml.tables("archetypes"):
        archetypes[name] = read_archetype(entry)

    sources: dict[str, TableSource] = {}
    event_scale, touchpoint_scales = default.event_scale, {}
    for name, entry in toml.tables("tables"):
        read = read_table_source(entry, name, known_scales)
        if read is None:
            continue
        sources[name] = read.source
        if name == "events":
            event_scale = read.scale if read.scale in scales else default.event_scale
            touchpoint_scales = {key: scale for key, scale in read.scales.items() if scale in scales}

    settings = Settings(
        name=toml.text("name", default.name),
        note=toml.text("note", default.note),
        labels=_labels(toml),
        timezone=_one_of(toml, "timezone", default.timezone, timezone_names(), "an IANA name, Europe/Stockholm"),
        currency=toml.text("currency", default.currency),
        language=_one_of(toml, "language", default.language, LOCALES, ", ".join(LOCALES)),
        archetype=_one_of(toml, "archetype", None, archetypes, ", ".join(archetypes)),
        max_rejected_share=toml.number("max_rejected_share", default.max_rejected_share, minimum=0, maximum=1),
        scales=scales,
        archetypes=archetypes,
        tables=sources,
        event_scale=event_scale,
        touchpoint_scales=touchpoint_scales,
    )
    toml.refuse_unknown_keys()
    return settings


def _labels(toml: TomlTable) -> dict[str, dict[str, str]]:
    labels = {}
    for language, entry in toml.tables("labels"):
        if language in LOCALES:
            labels[language] = {name: entry.text(name, name) for name in entry.content}
        else:
            near = nearest_name(language, LOCALES)
            toml.add(f"labels.{language}", "unknown language", allowed=", ".join(LOCALES), nearest=near)
    return labels


def _one_of(toml: TomlTable, key: str, default: str | None, names: Iterable[str], allowed: str) -> str | None:
    value = toml.text(key, default)
    if value is None or value in names:
        return value
    toml.add(key, "unknown name", value=value, allowed=allowed, nearest=nearest_name(value, sorted(names)))
    return default
