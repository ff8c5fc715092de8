"""One broken file: made from a number, loaded, and judged."""

from __future__ import annotations

import random
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cxlib.contract import TABLES
from cxlib.errors import CxError
from cxlib.exports.survey import read_survey
from cxlib.rejected_rows import rejected_csv
from cxlib.remarks import study_remarks
from cxlib.study import Study, load_study
from fuzzing.mutations import MUTATIONS
from fuzzing.seeds import DEMO, Seed, head

LOADED, REFUSED = "loaded", "refused"
_RARELY_WHOLE = 0.05  # the whole file takes as long as fifty others


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A file that was broken, and how."""

    seed: Seed
    mutations: tuple[str, ...]
    content: bytes


def broken_file(number: int, run_seed: int, seeds: Sequence[Seed]) -> Broken:
    """The file of a number: always the same for the same run seed and seeds."""
    rng = random.Random(f"{run_seed}/{number}")
    seed = rng.choice(seeds)
    while seed.name.endswith("whole") and rng.random() > _RARELY_WHOLE * len(seeds):
        seed = rng.choice(seeds)
    names = tuple(rng.choices(list(MUTATIONS), k=rng.choice((1, 1, 1, 2, 2, 3, 5))))
    content = seed.content
    for name in names:
        content = MUTATIONS[name](rng, content)
    return Broken(seed=seed, mutations=names, content=content)


def try_file(broken: Broken, folder: Path) -> str:
    """Load the broken file in an empty folder: "loaded" or "refused".

    Raises
    ------
    AssertionError
        Rows were lost, or a message says nothing.
    Exception
        Whatever cxlib lets out that is no CxError; that is what is looked for.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            if broken.seed.table is None:
                _read_survey(broken, folder)
            else:
                _judge(_load(broken, folder))
        except CxError as error:
            assert len(str(error)) > 20, f"the error says only {str(error)!r}"
            return REFUSED
    return LOADED


def _load(broken: Broken, folder: Path) -> Study:
    seed = broken.seed
    if seed.table == "settings":
        (folder / "study.toml").write_bytes(broken.content)
        for path in DEMO.glob("*.csv"):
            (folder / path.name).write_bytes(head(path.read_bytes(), n_lines=20))
        return load_study(folder)
    (folder / "study.toml").write_text(seed.settings(), encoding="utf-8")
    (folder / f"{seed.table}{seed.ending}").write_bytes(broken.content)
    if seed.table not in ("events", "responses"):
        (folder / "events.csv").write_text("customer_id,occurred_at,touchpoint\n1,2026-10-03,shop\n", encoding="utf-8")
    return load_study(folder)


def _judge(study: Study) -> None:
    sources = study.sources
    assert (sources["rows_read"] == sources["rows_kept"] + sources["rows_rejected"]).all(), "rows were lost"
    for source in sources.itertuples():
        frame = getattr(study, source.table)
        rejected = study.rejected[study.rejected["file"] == source.file]
        whole = study.rejected_rows["rejected_row"][study.rejected_rows["rejected_file"] == source.file]
        assert len(frame) == source.rows_kept, "not the rows that were counted"
        assert frame.index.is_unique, "two rows have one number"
        assert set(whole) == set(rejected["row"]), "not the rows that were rejected"
        assert whole.is_unique and len(whole) <= source.rows_rejected, "a rejected row comes twice"
        assert not set(frame.index) & set(rejected["row"]), "a rejected row is used"
        needed = [
            column.name for column in TABLES[source.table].columns if column.needs_value and column.kind != "score"
        ]
        assert frame[needed].notna().all(axis=None), "a cell that needs a value has none"
    study_remarks(study, today="2026-11-29")
    rejected_csv(study.rejected_rows).encode("utf-8")


def _read_survey(broken: Broken, folder: Path) -> None:
    path = folder / f"export{broken.seed.ending}"
    path.write_bytes(broken.content)
    survey = read_survey(path)
    assert survey.rows_read == survey.rows_kept + survey.rows_rejected, "rows were lost"
    assert len(survey.respondents) == survey.rows_kept, "not the rows that were counted"
    assert repr(survey)
