"""What breaks files and loads them: sixty of them, and that it sees what it looks for."""

from __future__ import annotations

import pytest

from cxlib.errors import CxError
from fuzzing import __main__ as command
from fuzzing import page, trial, workers
from fuzzing.mutations import MUTATIONS
from fuzzing.seeds import Seed, head, seeds
from fuzzing.trial import LOADED, REFUSED, broken_file, try_file
from fuzzing.workers import Outcome, judged
from tests.toy_workers import crash, hang

SMALL = Seed(name="small", content=b"customer_id,occurred_at,touchpoint\n1,2026-10-03,shop\n", table="events")
BUNDLED = [seed for seed in seeds(surveys=False) if seed.name.startswith("demo") and "whole" not in seed.name]


@pytest.mark.parametrize("number", range(60))
def test_a_broken_file_is_loaded_or_refused(tmp_path, number):
    # Those of the bundled study, so that the test is the same wherever it is run.
    assert try_file(broken_file(number, 3, BUNDLED), tmp_path / "study") in (LOADED, REFUSED)


@pytest.mark.parametrize("seed", BUNDLED, ids=lambda seed: seed.name)
def test_what_is_not_broken_is_loaded(tmp_path, seed):
    assert try_file(trial.Broken(seed=seed, mutations=(), content=seed.content), tmp_path / "study") == LOADED


def test_a_number_is_always_the_same_file():
    one, again, other = (broken_file(number, 1, BUNDLED) for number in (5, 5, 6))
    assert one == again != other
    assert broken_file(5, 2, BUNDLED) != one


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_mutation_breaks_something_and_takes_an_empty_file(name):
    import random

    changed = {MUTATIONS[name](random.Random(seed), BUNDLED[0].content) for seed in range(20)}
    assert changed != {BUNDLED[0].content} or name in ("delete quotes", "encode twice")
    assert isinstance(MUTATIONS[name](random.Random(1), b""), bytes)


def refuse_with(error):
    def load(*_):
        raise error

    return load


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("x"), "KeyError"),
        (UserWarning("x"), "UserWarning"),
        (CxError("?"), "the error says only"),
        (MemoryError(), "Memory"),
    ],
)
def test_what_is_no_good_error_is_a_failure(tmp_path, monkeypatch, error, said):
    monkeypatch.setattr(trial, "load_study", refuse_with(error))
    found = judged(1, broken_file(1, 1, [SMALL]), tmp_path / "study")
    assert found.result == "failed" and said in found.failure


def test_lost_rows_and_slow_files_are_failures(tmp_path, monkeypatch):
    load = trial.load_study
    whole = trial.Broken(seed=SMALL, mutations=(), content=SMALL.content)

    def lose(folder):
        study = load(folder)
        study.sources["rows_read"] += 1
        return study

    monkeypatch.setattr(trial, "load_study", lose)
    assert "rows were lost" in judged(1, whole, tmp_path / "study").failure
    monkeypatch.setattr(trial, "load_study", load)
    monkeypatch.setattr(workers, "LONGEST_SECONDS", 0.0)
    assert judged(1, whole, tmp_path / "study").failure.startswith("took ")


@pytest.mark.parametrize(("work", "said"), [(crash, "crashed (7)"), (hang, "no end after")])
def test_a_process_that_crashes_or_hangs_takes_only_its_own_number(monkeypatch, work, said):
    monkeypatch.setattr(workers, "_work", work)
    found = list(workers.outcomes(range(2), 1, surveys=False, n_processes=1))
    assert [each.number for each in found] == [0, 1]
    assert all(said in each.failure for each in found)


def outcome(number: int, **changes) -> Outcome:
    names = {"number": number, "seed": "a.csv", "mutations": ("truncate", "truncate"), "result": LOADED, "seconds": 0.1}
    return Outcome(**names | changes)


def test_the_record_counts_by_file_and_by_what_was_done(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(f"Above\n{page.BEGIN}\nold\n{page.END}\nbelow\n", encoding="utf-8")
    found = [
        outcome(1),
        outcome(2, result=REFUSED, mutations=("truncate", "pack"), seconds=2.0),
        outcome(3, result="failed", failure="took 6 s", seed="b.csv"),
    ]
    page.write(path, found, 7)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("Above\n") and text.endswith("below\n") and "old" not in text
    assert "**3 broken files** (`make fuzz N=3 SEED=7`): 1 were loaded" in text and "**1 failed**" in text
    assert "| a.csv | 2 | 1 | 1 | 0 |" in text and "| b.csv | 1 | 0 | 0 | 1 |" in text
    assert "| truncate | 3 | 1 | 1 | 1 |" in text and "| pack | 1 | 0 | 1 | 0 |" in text
    assert "The slowest took 2.0 s of the 5 s allowed (number 2: a.csv; truncate, pack)" in text
    with pytest.raises(ValueError, match="the page needs one line"):
        path.write_text("Nothing")
        page.write(path, found, 7)


def test_a_failure_is_kept_with_what_it_was_made_of(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "FAILED", tmp_path / "failed")
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(trial, "load_study", refuse_with(KeyError("lost")))
    monkeypatch.setattr(command, "seeds", lambda surveys: [SMALL])
    assert command.main(["--seed", "1", "--number", "4"]) == 1
    assert "number 4 failed, kept as failed/1-4.csv" in capsys.readouterr().out
    kept, told = sorted((tmp_path / "failed").iterdir())
    assert kept.read_bytes() == broken_file(4, 1, [SMALL]).content
    assert told.read_text().startswith("small\n") and "KeyError: 'lost'" in told.read_text()


def test_the_first_lines_of_a_text_end_at_a_line_end():
    assert head(b"a\nb\nc\n", n_lines=2) == b"a\nb\n"
    assert head("a\nb\n".encode("utf-16"), n_lines=1) == "a\n".encode("utf-16")
    assert head(b"a", n_lines=2) == b"a"
