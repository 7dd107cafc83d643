"""Changes that other systems told about, as marks in time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0020_deafness'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangeMarker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('summary', models.CharField(max_length=1024)),
                ('links', models.JSONField(default=list)),
                ('facts', models.JSONField(default=list)),
                ('happened_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('digest', models.BinaryField(max_length=32)),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='incidents.signalsource')),
                ('system', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.aisystem')),
            ],
            options={
                'indexes': [models.Index(fields=['system', '-happened_at', '-id'], name='changes_of_system'), models.Index(fields=['source', '-happened_at', '-id'], name='changes_of_source'), models.Index(fields=['received_at'], name='changes_by_age')],
                'constraints': [models.UniqueConstraint(fields=('source', 'digest', 'happened_at'), name='one_marker_per_change_told')],
            },
        ),
    ]
