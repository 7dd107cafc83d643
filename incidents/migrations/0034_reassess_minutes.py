"""The two worst levels of installations that are older than the clock of re-assessment get its usual term."""

from django.apps.registry import Apps as StateApps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

WORST, MINUTES = ("SEV1", "SEV2"), 240


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Only where nobody has set one. Left as it is for the next working day it can be emptied again in the admin."""
    levels = apps.get_model("incidents", "SeverityLevel").objects
    levels.filter(slug__in=WORST, reassess_minutes__isnull=True).update(reassess_minutes=MINUTES)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0033_attachment_erasures")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
