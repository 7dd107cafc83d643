"""The first step runs on any python3 from 3.9 on, with nothing installed."""

import ast
import subprocess
import sys

from airp.local.state import CHECKOUT

BOOTSTRAP = CHECKOUT / "airp/local/bootstrap.py"


def test_its_syntax_is_that_of_python_3_9() -> None:
    ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 9))


def test_it_imports_the_standard_library_alone() -> None:
    tree = ast.parse(BOOTSTRAP.read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}

    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


def test_make_without_a_target_lists_every_target() -> None:
    shown = subprocess.run(["make", "--no-print-directory"], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    for target in ("demo", "test", "down", "status", "clean", "bench", "run-loops"):
        assert f"make {target} " in shown.stdout
