import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0006_assigning'),
    ]

    operations = [
        migrations.CreateModel(
            name='TeamDuty',
            fields=[
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='duty', serialize=False, to='staff.team', verbose_name='team')),
                ('is_covered', models.BooleanField(verbose_name='somebody is on duty')),
                ('looked_at', models.DateTimeField(verbose_name='looked at')),
            ],
            options={
                'verbose_name': 'duty of a team',
                'verbose_name_plural': 'duty of teams',
            },
        ),
        migrations.AlterField(
            model_name='dutyevent',
            name='kind',
            field=models.CharField(choices=[('shift_added', 'Shift added'), ('shift_removed', 'Shift removed'), ('shifts_swapped', 'Shifts swapped'), ('absence_noted', 'Absence noted'), ('absence_changed', 'Absence changed'), ('absence_removed', 'Absence removed'), ('weeks_imported', 'Weeks imported'), ('shift_ended', 'Shift ended'), ('presence_switched', 'Presence switched'), ('rota_made', 'Rota made'), ('rota_changed', 'Rota changed'), ('rota_removed', 'Rota removed')], max_length=20, verbose_name='kind'),
        ),
        migrations.AddIndex(
            model_name='dutyevent',
            index=models.Index(condition=models.Q(('kind', 'presence_switched')), fields=['user', 'at'], name='presence_of_user'),
        ),
    ]
