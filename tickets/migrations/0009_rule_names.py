"""Let classifying and routing rules have a name per language."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0008_default_chains'),
    ]

    operations = [
        migrations.AddField(
            model_name='classifyingrule',
            name='name_zh_hans',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Simplified Chinese'),
        ),
        migrations.AddField(
            model_name='classifyingrule',
            name='name_zh_hant',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Traditional Chinese'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='name_zh_hans',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Simplified Chinese'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='name_zh_hant',
            field=models.CharField(blank=True, max_length=120, verbose_name='name in Traditional Chinese'),
        ),
        migrations.AlterField(
            model_name='classifyingrule',
            name='name',
            field=models.CharField(max_length=120, unique=True, verbose_name='name in English'),
        ),
        migrations.AlterField(
            model_name='routingrule',
            name='name',
            field=models.CharField(max_length=120, unique=True, verbose_name='name in English'),
        ),
    ]
