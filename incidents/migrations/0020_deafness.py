"""Times in which nothing could be heard, and the alert about them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0019_heartbeat_expected'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alert',
            name='reason',
            field=models.CharField(choices=[('declared', 'Declared'), ('severity_raised', 'Severity raised'), ('reopened', 'Reopened'), ('not_acknowledged', 'Nobody acknowledged in time'), ('unreached', 'The alert before could not be delivered'), ('breach_to_decide', 'A breach waits for a decision'), ('breach_unanswered', 'A breach was not decided in time'), ('breach_warned', 'A threshold passed its warn limit'), ('threshold_broken', 'A threshold cannot be judged'), ('receiving_stopped', 'Nothing is received any more'), ('change_to_approve', 'A change of a threshold waits for approval'), ('change_decided', 'A change of a threshold was decided')], max_length=20, verbose_name='reason'),
        ),
        migrations.CreateModel(
            name='Deafness',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['-ended_at'], name='deafness_latest_end')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('ended_at',), name='one_open_deafness', nulls_distinct=False), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('began_at')), _connector='OR'), name='deafness_ends_after_it_began')],
            },
        ),
    ]
