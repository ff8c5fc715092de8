"""The files that are broken: those of the bundled study, and real ones where they lie beside the project."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "data" / "demo"
SHARED = ROOT.parent / "shared" / "data"

MOST_LINES = 150
"""So many lines of a file are taken, so that a mutation takes milliseconds; a few are taken whole."""


@dataclass(frozen=True, kw_only=True)
class Seed:
    """A file as a table of a study, or as an export of a survey tool.

    `columns` are the renames of study.toml. A seed without `table` is read by `cx.read_survey`.
    """

    name: str
    content: bytes
    table: str | None = None
    ending: str = ".csv"
    columns: Mapping[str, str] = field(default_factory=dict)

    def settings(self) -> str:
        renames = "".join(f'{name} = "{own}"\n' for name, own in self.columns.items())
        named = f'[tables.{self.table}]\nfile = "{self.table}{self.ending}"\n[tables.{self.table}.columns]\n{renames}'
        return "max_rejected_share = 1\n" + named


# Of real files: what each is taken for. What a column holds need not fit: then rows are rejected.
_AS_TABLES = (
    ("olist/olist_orders_dataset.csv", "events", "order_id", "order_purchase_timestamp", "order_status"),
    ("olist/olist_order_reviews_dataset.csv", "events", "review_id", "review_creation_date", "review_comment_title"),
    ("olist/olist_order_payments_dataset.csv", "customers", "order_id", "payment_value", None),
    ("goteborg_forskoleenkat/enheter_per_ar.csv", "customers", "enhet", "svarsfrekvens_procent", None),
    ("goteborg_forskoleenkat/medel_per_fraga.csv.gz", "customers", "fråga", "medel_enhet", None),
    ("sfo_airport_survey/2017_SFO_Customer_Survey.csv", "events", "RESPNUM", "INTDATE", "GATE"),
    ("oddjob_airline/airlinesat.csv", "customers", "age", None, None),
    ("german_cp1252/publictr.csv", "customers", "Statistik_Code", "UNT003__Unternehmen__Anzahl", "Zeit"),
    ("reference_tables/customerSat.csv", "customers", "q1", "q2", None),
)
_SURVEYS = ("qualtrics", "surveymonkey", "limesurvey", "google_forms", "goteborg_forskoleenkat/derived_excel_sv")


def seeds(*, surveys: bool) -> list[Seed]:
    """All seeds that there are, the bundled ones first; `surveys`: exports for `cx.read_survey` too."""
    found = [*_bundled()]
    for file, table, *named in _AS_TABLES:
        path = SHARED / file
        if path.is_file():
            found.append(_real(path, file, table, named))
    if surveys:
        found += [
            Seed(name=f"{folder}/{path.name}", content=head(path.read_bytes()), ending="".join(path.suffixes[-1:]))
            for folder in _SURVEYS
            for path in sorted((SHARED / folder).glob("*"))
            if path.suffix in (".csv", ".txt") and "LICENSE" not in path.name
        ]
    return found


def _bundled() -> list[Seed]:
    found = [
        Seed(name=f"demo/{path.name}", content=head(path.read_bytes()), table=path.stem)
        for path in sorted(DEMO.glob("*.csv"))
    ]
    events = (DEMO / "events.csv").read_bytes()
    text = head(events).decode()
    for encoding, delimiter in (("cp1252", ";"), ("utf-8-sig", ";"), ("utf-16", "\t"), ("mac-roman", ",")):
        name = f"demo/events as {encoding}, {'tab' if delimiter == chr(9) else delimiter}"
        content = text.replace(",", delimiter).replace("Price quote", "Prisförfrågan").encode(encoding)
        found.append(Seed(name=name, content=content, table="events"))
    packed = io.BytesIO()
    pd.read_csv(io.StringIO(text), parse_dates=["occurred_at"]).to_parquet(packed, index=False)
    found.append(Seed(name="demo/events as Parquet", content=packed.getvalue(), table="events", ending=".parquet"))
    found.append(Seed(name="demo/events, whole", content=events, table="events"))
    settings = (DEMO / "study.toml").read_bytes()
    return [*found, Seed(name="demo/study.toml", content=settings, table="settings", ending=".toml")]


def _real(path: Path, name: str, table: str, named: list[str | None]) -> Seed:
    packed = path.suffix == ".gz"
    content = path.read_bytes() if packed else head(path.read_bytes())
    meant = {
        "events": ("customer_id", "occurred_at", "touchpoint"),
        "customers": ("customer_id", "price_per_month", "joined_on"),
    }[table]
    columns = {column: own for column, own in zip(meant, named, strict=True) if own is not None}
    return Seed(name=name, content=content, table=table, ending=".csv.gz" if packed else ".csv", columns=columns)


def head(content: bytes, *, n_lines: int = MOST_LINES) -> bytes:
    """The first lines of a text, whatever its encoding."""
    place = 0
    for _ in range(n_lines):
        place = content.find(b"\n", place) + 1
        if not place:
            return content
    if content[:2] == b"\xff\xfe":  # the line end of UTF-16 has a second byte
        place += 1
    return content[:place]
