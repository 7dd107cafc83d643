"""What every test stands on."""

from collections.abc import Iterator
from typing import Any

import pgtrigger
import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session", autouse=True)
def append_only_tables_may_be_emptied_after_a_test() -> Iterator[None]:
    """Tests with real transactions end by emptying all tables, which our triggers rightly refuse."""
    empty = DatabaseOperations.execute_sql_flush

    def empty_without_triggers(self: DatabaseOperations, statements: Any) -> Any:
        with pgtrigger.ignore():
            return empty(self, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", empty_without_triggers)
        yield
