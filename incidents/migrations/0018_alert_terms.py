"""Ended alerts of other systems are found by their age, so that retention can drop them."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("incidents", "0017_assessments")]

    operations = [
        migrations.AddIndex(
            model_name="foreignalert",
            index=models.Index(
                fields=["resolved_at"], condition=Q(resolved_at__isnull=False), name="alerts_ended_by_age"
            ),
        ),
    ]
