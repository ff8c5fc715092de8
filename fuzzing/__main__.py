"""`python -m fuzzing [--n N] [--seed S] [--jobs J] [--number K ...]`: break files and load them.

20,000 or more: docs/fuzz.md is written anew. What fails is kept in fuzzing/failed/, with what it was made of;
`--number K` makes and tries it again. Exit code 1 where something failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from fuzzing.page import write
from fuzzing.seeds import seeds
from fuzzing.trial import broken_file
from fuzzing.workers import Outcome, judged, outcomes

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "fuzz.md"
FAILED = ROOT / "fuzzing" / "failed"
ENOUGH_FOR_THE_RECORD = 20_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzzing", description=(__doc__ or "").partition("\n")[2])
    parser.add_argument("--n", type=int, default=ENOUGH_FOR_THE_RECORD)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--number", type=int, nargs="+", help="only these, in this process")
    options = parser.parse_args(arguments)
    found: list[Outcome] = []
    n_failed = 0
    for each in _outcomes(options):
        found.append(each)
        if each.failure:
            n_failed += 1
            print(f"\nnumber {each.number} failed, kept as {_keep(each, options.seed)}\n{each.failure}", flush=True)
        if sys.stderr.isatty() or len(found) % 500 == 0:
            end = "\r" if sys.stderr.isatty() else "\n"
            print(f"{len(found):,} of {options.n:,}, {n_failed:,} failed", end=end, file=sys.stderr, flush=True)
    print(f"{len(found):,} broken files, {n_failed:,} failed")
    if len(found) >= ENOUGH_FOR_THE_RECORD:
        write(PAGE, sorted(found, key=lambda each: each.number), options.seed)
    return 1 if n_failed else 0


def _outcomes(options: argparse.Namespace):
    if options.number is None:
        yield from outcomes(range(options.n), options.seed, surveys=True, n_processes=options.jobs)
        return
    known = seeds(surveys=True)
    with tempfile.TemporaryDirectory() as folder:
        for number in options.number:
            yield judged(number, broken_file(number, options.seed, known), Path(folder) / "study")


def _keep(each: Outcome, run_seed: int) -> Path:
    broken = broken_file(each.number, run_seed, seeds(surveys=True))
    FAILED.mkdir(exist_ok=True)
    path = FAILED / f"{run_seed}-{each.number}{broken.seed.ending}"
    path.write_bytes(broken.content)
    told = f"{broken.seed.name}\n{', '.join(broken.mutations)}\n\n{broken.seed.settings()}\n{each.failure}"
    path.with_name(f"{path.name}.txt").write_text(told, encoding="utf-8")
    return path.relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
