"""Let calendars and policies have a name per language, and give the first ones theirs."""

from django.db import migrations, models

from sla.seeding import name_in_chinese


def name_them(apps, schema_editor):
    name_in_chinese(apps)


class Migration(migrations.Migration):

    dependencies = [
        ('sla', '0004_seed'),
    ]

    operations = [
        migrations.AddField(
            model_name='businesscalendar',
            name='name_zh_hans',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Simplified Chinese'),
        ),
        migrations.AddField(
            model_name='businesscalendar',
            name='name_zh_hant',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Traditional Chinese'),
        ),
        migrations.AddField(
            model_name='slapolicy',
            name='name_zh_hans',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Simplified Chinese'),
        ),
        migrations.AddField(
            model_name='slapolicy',
            name='name_zh_hant',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Traditional Chinese'),
        ),
        migrations.AlterField(
            model_name='businesscalendar',
            name='name',
            field=models.CharField(max_length=120, unique=True, verbose_name='name in English'),
        ),
        migrations.AlterField(
            model_name='slapolicy',
            name='name',
            field=models.CharField(max_length=120, unique=True, verbose_name='name in English'),
        ),
        migrations.RunPython(name_them, migrations.RunPython.noop),
    ]
