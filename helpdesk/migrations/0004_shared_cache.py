"""Make the table of the cache that all processes share."""

from django.core.management import call_command
from django.db import migrations


def make(apps, schema_editor):
    call_command("createcachetable", "shared_cache", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):

    dependencies = [
        ("helpdesk", "0003_roles_and_libraries"),
    ]

    operations = [migrations.RunPython(make, lambda apps, schema_editor: schema_editor.execute("DROP TABLE shared_cache"))]
