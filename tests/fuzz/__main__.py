"""`make fuzz`: 200,000 mutated bodies for each parser, or for those whose names are given."""

import sys

from tests.fuzz.firing import LONGEST_SECONDS, fire
from tests.fuzz.targets import TARGETS

COUNT = 200_000
MOST_GROWN_KIB = 64 * 1024


def main(chosen: list[str]) -> int:
    wanted = [name for name in TARGETS if not chosen or name in chosen]
    if not wanted:
        print(f"There is no such parser. There are: {', '.join(TARGETS)}.")
        return 1
    failed = 0
    for name in wanted:
        tally = fire(TARGETS[name], count=COUNT)
        # A machine that does other things, too, makes single bodies slow; a parser that is slow makes many.
        is_well = tally.slow <= COUNT / 10_000 and tally.grown_kib <= MOST_GROWN_KIB
        failed += not is_well
        print(
            f"{name}: {tally.bodies} bodies, {tally.refused_whole} refused whole, {tally.taken} items taken, "
            f"{tally.refused} refused; slowest {tally.slowest_seconds * 1_000:.1f} ms, "
            f"{tally.slow} above {LONGEST_SECONDS * 1_000:.0f} ms; memory grew by {tally.grown_kib} KiB: "
            f"{'well' if is_well else 'NOT WELL'}",
            flush=True,
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
