"""Let special days have a name per language; loading wrote both into one so far, a manager's own words stay."""

from django.db import migrations, models

import staff.models.people
from sla.seeding import split_day_names


def split_them(apps, schema_editor):
    split_day_names(apps)


class Migration(migrations.Migration):

    dependencies = [
        ('sla', '0007_versions'),
    ]

    operations = [
        migrations.AddField(
            model_name='specialday',
            name='name_zh_hans',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Simplified Chinese'),
        ),
        migrations.AddField(
            model_name='specialday',
            name='name_zh_hant',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Traditional Chinese'),
        ),
        migrations.AlterField(
            model_name='specialday',
            name='name',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in English'),
        ),
        migrations.AlterField(
            model_name='businesscalendar',
            name='time_zone',
            field=models.CharField(default='Asia/Shanghai', help_text='The hours below are in this zone.', max_length=50, validators=[staff.models.people.validate_time_zone], verbose_name='time zone'),
        ),
        migrations.RunPython(split_them, migrations.RunPython.noop),
    ]
