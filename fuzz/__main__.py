"""See the package's own text for how it is called."""

from __future__ import annotations

import argparse
import sys

from fuzz.harness import HARNESSES, named
from fuzz.running import fuzz, told

_NAMES = [one.name for one in HARNESSES]


def main() -> int:
    """0: nothing was found. 1: something was."""
    if len(sys.argv) > 2 and sys.argv[1] in _NAMES and sys.argv[2] not in (*_NAMES, "--seconds", "--jobs", "--fresh"):
        from fuzz.child import run

        run(named(sys.argv[1]), sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__import__("fuzz").__doc__)
    parser.add_argument("name", nargs="*", choices=[*_NAMES, []], help="harnesses; all where none is named")
    parser.add_argument("--seconds", type=int, default=300, help="for each")
    parser.add_argument("--jobs", type=int, default=1, help="at once")
    parser.add_argument(
        "--fresh", action="store_true", help="forget what earlier runs found, and keep nothing but crashes"
    )
    given = parser.parse_args()
    chosen = [named(one) for one in given.name] or HARNESSES
    ran = fuzz(chosen, given.seconds, jobs=given.jobs, keep=not given.fresh)
    failed = [one for one in ran if one.said]
    for one in failed:
        print(told(one), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
