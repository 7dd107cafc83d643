"""Whether silence of a source says something. Sources of alerts whose interval nobody chose stop being asked about."""

import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# People were never asked about their silence; sixty seconds is what nobody chose.
ONLY_ON_OCCASION = """
UPDATE incidents_signalsource SET rhythm = 'irregular'
 WHERE kind = 'manual'
    OR (kind IN ('alertmanager', 'pagerduty', 'cloudevents') AND expected_interval_seconds = 60);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0018_alert_terms'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='signalsource',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='signalsource',
            name='update_update',
        ),
        migrations.AddField(
            model_name='signalsource',
            name='rhythm',
            field=models.CharField(choices=[('regular', 'Sends regularly: its silence is asked about'), ('irregular', 'No heartbeat expected: it speaks only when there is something to say')], default='regular', help_text="Without one, silence means nothing, and a broken connection is not noticed: choose it for alerts and for people. A client that can post a heartbeat or a watchdog alert is better watched. As usual: regularly for airp's own format, OpenTelemetry and Prometheus; no heartbeat for Alertmanager, PagerDuty, CloudEvents and people.", max_length=9, verbose_name='heartbeat'),
        ),
        migrations.AddField(
            model_name='signalsourceevent',
            name='rhythm',
            field=models.CharField(choices=[('regular', 'Sends regularly: its silence is asked about'), ('irregular', 'No heartbeat expected: it speaks only when there is something to say')], default='regular', help_text="Without one, silence means nothing, and a broken connection is not noticed: choose it for alerts and for people. A client that can post a heartbeat or a watchdog alert is better watched. As usual: regularly for airp's own format, OpenTelemetry and Prometheus; no heartbeat for Alertmanager, PagerDuty, CloudEvents and people.", max_length=9, verbose_name='heartbeat'),
        ),
        migrations.AlterField(
            model_name='signalsource',
            name='expected_interval_seconds',
            field=models.PositiveIntegerField(default=60, help_text='After three such intervals of silence the owner of the system is asked what happened. Empty: 60. Means nothing where no heartbeat is expected.', validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(86400)], verbose_name='sends at least every (seconds)'),
        ),
        migrations.AlterField(
            model_name='signalsourceevent',
            name='expected_interval_seconds',
            field=models.PositiveIntegerField(default=60, help_text='After three such intervals of silence the owner of the system is asked what happened. Empty: 60. Means nothing where no heartbeat is expected.', validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(86400)], verbose_name='sends at least every (seconds)'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signalsource',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "incidents_signalsourceevent" ("expected_interval_seconds", "id", "kind", "lateness_seconds", "mapping", "max_age_days", "max_future_seconds", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rhythm", "state", "system_id") VALUES (NEW."expected_interval_seconds", NEW."id", NEW."kind", NEW."lateness_seconds", NEW."mapping", NEW."max_age_days", NEW."max_future_seconds", NEW."name", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rhythm", NEW."state", NEW."system_id"); RETURN NULL;', hash='0d46dea810a034703c8d29d531b8375cfdd306d3', operation='INSERT', pgid='pgtrigger_insert_insert_a4a19', table='incidents_signalsource', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signalsource',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "incidents_signalsourceevent" ("expected_interval_seconds", "id", "kind", "lateness_seconds", "mapping", "max_age_days", "max_future_seconds", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rhythm", "state", "system_id") VALUES (NEW."expected_interval_seconds", NEW."id", NEW."kind", NEW."lateness_seconds", NEW."mapping", NEW."max_age_days", NEW."max_future_seconds", NEW."name", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rhythm", NEW."state", NEW."system_id"); RETURN NULL;', hash='b816a90916a6be88af265c909259bfd0725b41a8', operation='UPDATE', pgid='pgtrigger_update_update_ef5f6', table='incidents_signalsource', when='AFTER')),
        ),
        migrations.RunSQL(ONLY_ON_OCCASION, reverse_sql=migrations.RunSQL.noop),
    ]
