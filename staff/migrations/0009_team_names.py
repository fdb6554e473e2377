"""Let teams have a name per language."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0008_zone_help'),
    ]

    operations = [
        migrations.AddField(
            model_name='team',
            name='name_zh_hans',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Simplified Chinese'),
        ),
        migrations.AddField(
            model_name='team',
            name='name_zh_hant',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Traditional Chinese'),
        ),
        migrations.AlterField(
            model_name='team',
            name='name',
            field=models.CharField(max_length=120, unique=True, verbose_name='name in English'),
        ),
    ]
