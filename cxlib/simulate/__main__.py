"""``python -m cxlib.simulate FOLDER`` writes the bundled study, or a smaller or larger one, into FOLDER."""

from __future__ import annotations

import argparse

from cxlib.errors import CxError
from cxlib.simulate import DEFAULT_SEED, simulate_study


def main() -> None:
    """Read the command line and write the study."""
    parser = argparse.ArgumentParser(prog="python -m cxlib.simulate", description=simulate_study.__doc__.split("\n")[0])
    parser.add_argument("folder", help="where the study is put; an earlier generated one there is replaced")
    parser.add_argument("--customers", type=int, default=2000, help="how many join over the whole time (%(default)s)")
    parser.add_argument("--months", type=int, default=24, help="length of the study (%(default)s)")
    parser.add_argument("--last-month", default="2026-10", help="its last month (%(default)s)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same bytes (%(default)s)")
    options = parser.parse_args()
    try:
        simulate_study(**vars(options))
    except CxError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
