"""The commands behind the make targets: `python -m airp.local demo`, and so on."""

import os
import sys
from collections.abc import Callable

from airp.local import checks, demo, environment
from airp.local.failures import CannotStart
from airp.local.state import CHECKOUT, State


def main(arguments: list[str]) -> int:
    command, *rest = arguments
    state = State.of_checkout()
    commands: dict[str, Callable[[], int | None]] = {
        "demo": lambda: demo.up(state),
        "down": lambda: demo.down(state),
        "status": lambda: 0 if demo.status(state) else 1,
        "clean": lambda: demo.clean(state),
        "manage": lambda: demo.manage(environment.for_commands(state), rest),
        "test": lambda: checks.test(state, rest),
        "test-peers": lambda: checks.test_peers(state, rest),
        "fuzz": lambda: checks.fuzz(rest),
        "lint": lambda: checks.lint(state),
        "bench": lambda: checks.bench(state, rest),
    }
    if command not in commands:
        print(f"airp.local knows: {', '.join(commands)}.", file=sys.stderr)
        return 2
    os.umask(0o077)
    os.chdir(CHECKOUT)
    try:
        return commands[command]() or 0
    except CannotStart as problem:
        print(f"\nairp cannot start.\n{problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
