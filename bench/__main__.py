"""`make bench`: run the measurements, all or those named, and print what was seen.

These machines are noisy: compare figures of one run with each other, not with another day's.
"""

import importlib
import sys

MEASUREMENTS = ("bills", "conversations", "imports", "outreach", "records")


def main(names: list[str]) -> int:
    """Run each measurement by its module's name; 2 for a name that there is not."""
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        print(f"No such measurement: {', '.join(unknown)}. There are {', '.join(MEASUREMENTS)}.", file=sys.stderr)
        return 2
    for name in names or MEASUREMENTS:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"bench.{name}").measure()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
