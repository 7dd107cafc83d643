"""Reports by colleagues, their originals and what was done with them."""


import airp.accounts.secrets
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0024_channels_and_links'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField(verbose_name='what happened')),
                ('sample', models.TextField(blank=True, verbose_name='sample')),
                ('happened_at', models.DateTimeField(null=True, verbose_name='happened')),
                ('urgency', models.CharField(choices=[('usual', 'No, or I do not know'), ('urgent', 'Yes, it goes on, or somebody may be in danger')], default='usual', max_length=6)),
                ('discretion', models.CharField(choices=[('named', 'Everybody who reads incidents may know that it was me'), ('confidential', 'Only triage may know that it was me'), ('anonymous', 'Nobody: do not store who I am')], max_length=12)),
                ('ticket_digest', models.BinaryField(max_length=32, unique=True)),
                ('code_digest', models.BinaryField(max_length=32, null=True, unique=True)),
                ('received_at', models.DateTimeField(verbose_name='received')),
                ('respond_by', models.DateTimeField(verbose_name='respond by')),
                ('state', models.CharField(choices=[('new', 'New'), ('accepted', 'Accepted as incident'), ('attached', 'Attached to an incident'), ('declined', 'Declined')], default='new', max_length=8, verbose_name='state')),
                ('snoozed_until', models.DateTimeField(null=True)),
                ('decline_reason', models.CharField(blank=True, choices=[('false_alarm', 'False alarm: the system worked as it should'), ('duplicate', 'Known already'), ('expected', 'An expected change'), ('not_ours', 'Not about our AI systems'), ('settled', 'Put right, nothing more to do')], max_length=12, verbose_name='declined because')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('harm_kind', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.harmkind')),
                ('incident', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='incidents.incident')),
                ('reporter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('system', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='incidents.aisystem', verbose_name='system')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
            },
        ),
        migrations.CreateModel(
            name='ReportOriginal',
            fields=[
                ('report', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='original', serialize=False, to='incidents.report')),
                ('text', airp.accounts.secrets.EncryptedTextField()),
                ('sample', airp.accounts.secrets.EncryptedTextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReportEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('verb', models.CharField(max_length=12)),
                ('state_after', models.CharField(choices=[('new', 'New'), ('accepted', 'Accepted as incident'), ('attached', 'Attached to an incident'), ('declined', 'Declined')], max_length=8)),
                ('words', models.TextField(blank=True)),
                ('facts', models.JSONField(default=dict)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='incidents.report')),
            ],
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('state', 'new')), fields=['respond_by', 'id'], name='reports_waiting'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['reporter', '-received_at'], name='reports_of_a_person'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('discretion', 'anonymous'), _negated=True), ('reporter__isnull', True), _connector='OR'), name='anonymous_report_has_no_reporter'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('incident__isnull', False), ('state__in', ['new', 'declined']), _connector='OR'), name='taken_up_report_has_its_incident'),
        ),
        migrations.AddIndex(
            model_name='reportentry',
            index=models.Index(fields=['report', '-at', '-id'], name='report_entries_newest_first'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reportentry',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='bb4d70a8c720973057cc5f56cb4c3aa508bf5fb5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_648a4', table='incidents_reportentry', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reportentry',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'airp: % is append-only and cannot be truncated', TG_TABLE_NAME;", hash='b27b08cf758b0b320be6739ad1a71bd22b36192c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_35419', table='incidents_reportentry', when='BEFORE')),
        ),
    ]
