"""The inbox: by when complaints are looked at, what triage decided, and what taking it back needs."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0029_sign_offs_and_decisions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TriageAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('deed', models.CharField(choices=[('accept', 'Accepted'), ('attach', 'Attached'), ('decline', 'Declined'), ('snooze', 'Put off')], max_length=8)),
                ('taken_back_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='TriageLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=12)),
                ('item', models.BigIntegerField()),
                ('before', models.JSONField()),
                ('declared_seq', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name='complaint',
            name='respond_by',
            field=models.DateTimeField(null=True, verbose_name='respond by'),
        ),
        migrations.AddField(
            model_name='complaint',
            name='snoozed_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(
            "UPDATE incidents_complaint SET respond_by = recorded_at"
            " + CASE WHEN priority_contact = '' THEN interval '24 hours' ELSE interval '1 hour' END",
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name='complaint',
            index=models.Index(condition=models.Q(('state', 'new')), fields=['respond_by', 'id'], name='complaints_to_respond'),
        ),
        migrations.AddIndex(
            model_name='complaint',
            index=models.Index(condition=models.Q(('state', 'new')), fields=['system', 'category'], name='complaints_new_by_kind'),
        ),
        migrations.AddField(
            model_name='triageact',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='triageline',
            name='act',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='incidents.triageact'),
        ),
        migrations.AddField(
            model_name='triageline',
            name='incident',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.incident'),
        ),
        migrations.AddIndex(
            model_name='triageact',
            index=models.Index(fields=['-at', '-id'], name='triage_acts_newest_first'),
        ),
        migrations.AddIndex(
            model_name='triageline',
            index=models.Index(fields=['kind', 'item'], name='triage_lines_of_an_item'),
        ),
    ]
