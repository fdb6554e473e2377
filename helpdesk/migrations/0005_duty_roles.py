"""Give the roles their permissions again: planning duty did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [
        ("helpdesk", "0004_shared_cache"),
        ("staff", "0005_duty"),
        ("catalog", "0004_priority_weights"),
    ]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
