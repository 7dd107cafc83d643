"""Kinds, test and use of sources, what each minute brought, samples of refused items, and when duties last ran."""

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

COUNT_SERIES = """
UPDATE incidents_sourceactivity AS activity SET series_count = counted.n
  FROM (SELECT source_id, count(*) AS n FROM incidents_signalseries GROUP BY source_id) AS counted
 WHERE counted.source_id = activity.source_id;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0006_metrics_and_bands'),
    ]

    operations = [
        migrations.CreateModel(
            name='SourceMinute',
            fields=[
                ('pk', models.CompositePrimaryKey('source_id', 'ts', blank=True, editable=False, primary_key=True, serialize=False)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.signalsource')),
                ('ts', models.DateTimeField()),
                ('accepted', models.PositiveIntegerField(default=0)),
                ('duplicates', models.PositiveIntegerField(default=0)),
                ('refused', models.PositiveIntegerField(default=0)),
                ('lead_ms', models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Upkeep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('unbroken_since', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('facts', models.JSONField(default=dict)),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='signalsource',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='signalsource',
            name='update_update',
        ),
        migrations.AddField(
            model_name='ingestrefusal',
            name='sample',
            field=models.CharField(blank=True, max_length=600),
        ),
        migrations.AddField(
            model_name='signalsource',
            name='kind',
            field=models.CharField(choices=[('native', "airp's own format"), ('otlp', 'OpenTelemetry (OTLP)'), ('prometheus', 'Prometheus'), ('alertmanager', 'Alertmanager'), ('pagerduty', 'PagerDuty events'), ('cloudevents', 'CloudEvents'), ('manual', 'Form or CSV, by people')], default='native', help_text='Which set-up its page shows. Any source may post in any format.', max_length=12, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='signalsourceevent',
            name='kind',
            field=models.CharField(choices=[('native', "airp's own format"), ('otlp', 'OpenTelemetry (OTLP)'), ('prometheus', 'Prometheus'), ('alertmanager', 'Alertmanager'), ('pagerduty', 'PagerDuty events'), ('cloudevents', 'CloudEvents'), ('manual', 'Form or CSV, by people')], default='native', help_text='Which set-up its page shows. Any source may post in any format.', max_length=12, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='sourceactivity',
            name='last_refused_at',
            field=models.DateTimeField(null=True, verbose_name='last refused'),
        ),
        migrations.AddField(
            model_name='sourceactivity',
            name='last_test_at',
            field=models.DateTimeField(null=True, verbose_name='last test'),
        ),
        migrations.AddField(
            model_name='sourceactivity',
            name='series_count',
            field=models.PositiveIntegerField(default=0, verbose_name='combinations of labels'),
        ),
        migrations.AddField(
            model_name='sourcetoken',
            name='last_used_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='signalsource',
            name='expected_interval_seconds',
            field=models.PositiveIntegerField(default=60, help_text='After three such intervals of silence the owner of the system is asked what happened.', validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(86400)], verbose_name='sends at least every (seconds)'),
        ),
        migrations.AlterField(
            model_name='signalsourceevent',
            name='expected_interval_seconds',
            field=models.PositiveIntegerField(default=60, help_text='After three such intervals of silence the owner of the system is asked what happened.', validators=[django.core.validators.MinValueValidator(10), django.core.validators.MaxValueValidator(86400)], verbose_name='sends at least every (seconds)'),
        ),
        migrations.AlterField(
            model_name='sourceactivity',
            name='last_seen_at',
            field=models.DateTimeField(null=True, verbose_name='last seen'),
        ),
        migrations.AddIndex(
            model_name='ingestrefusal',
            index=models.Index(fields=['source', 'code', '-at', '-id'], name='refusals_by_code'),
        ),
        migrations.AddIndex(
            model_name='ingestrefusal',
            index=models.Index(fields=['at'], name='refusals_by_age'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signalsource',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "incidents_signalsourceevent" ("expected_interval_seconds", "id", "kind", "lateness_seconds", "max_age_days", "max_future_seconds", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "system_id") VALUES (NEW."expected_interval_seconds", NEW."id", NEW."kind", NEW."lateness_seconds", NEW."max_age_days", NEW."max_future_seconds", NEW."name", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state", NEW."system_id"); RETURN NULL;', hash='a95b2adc7ff7c5a89dd7aa67b03e9e30c6292a55', operation='INSERT', pgid='pgtrigger_insert_insert_a4a19', table='incidents_signalsource', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signalsource',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "incidents_signalsourceevent" ("expected_interval_seconds", "id", "kind", "lateness_seconds", "max_age_days", "max_future_seconds", "name", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "system_id") VALUES (NEW."expected_interval_seconds", NEW."id", NEW."kind", NEW."lateness_seconds", NEW."max_age_days", NEW."max_future_seconds", NEW."name", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state", NEW."system_id"); RETURN NULL;', hash='469d7619df6236f7cb6fbab8b178aeeb84a1bcfe', operation='UPDATE', pgid='pgtrigger_update_update_ef5f6', table='incidents_signalsource', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='sourceminute',
            index=models.Index(fields=['ts'], name='source_minutes_by_age'),
        ),
        migrations.RunSQL(COUNT_SERIES, migrations.RunSQL.noop),
    ]
