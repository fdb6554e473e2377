"""Count requests in a table that all processes share; on PostgreSQL one that is not worth a log of its writes."""

from django.db import migrations, models


def unlogged(apps, schema_editor):
    # A crash empties it, which lets everybody begin anew; and no request waits for the disk.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE staff_requestcount SET UNLOGGED")


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0003_second_factors_are_encrypted'),
    ]

    operations = [
        migrations.CreateModel(
            name='RequestCount',
            fields=[
                ('source', models.CharField(max_length=100, primary_key=True, serialize=False, verbose_name='source')),
                ('window', models.BigIntegerField(verbose_name='window')),
                ('requests', models.PositiveIntegerField(verbose_name='requests')),
                ('until', models.DateTimeField(db_index=True, verbose_name='counts until')),
            ],
            options={
                'verbose_name': 'request count',
                'verbose_name_plural': 'request counts',
            },
        ),
        migrations.RunPython(unlogged, migrations.RunPython.noop),
    ]
