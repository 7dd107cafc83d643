"""Versions of the severity matrix are written with the rights of production: nothing that stands may change."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from incidents.classification import shipped
from incidents.classification.models import SeverityLevel, SeverityMatrix
from incidents.classification.publishing import MatrixOutdated

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def as_app_role():
    """From here on with the rights of web, worker and beat."""
    call_command("grant_app_role")
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {connection.ops.quote_name(settings.DATABASE_APP_ROLE)}")


def test_the_processes_may_publish_the_shipped_version_and_the_next_one(as_app_role, ada):
    shipped.install()
    ranks = dict(SeverityLevel.objects.values_list("slug", "rank"))
    first = SeverityMatrix.current()
    content = first.content | {"floors": first.content["floors"][1:]}

    made = SeverityMatrix.publish(content, ranks=ranks, by=ada, now=NOW, why="Drill.", seen_version=1)

    assert (made.version, made.content) == (2, content)
    with pytest.raises(MatrixOutdated):
        SeverityMatrix.publish(first.content, ranks=ranks, by=ada, now=NOW, why="Mine.", seen_version=1)
    assert SeverityMatrix.current() == made
