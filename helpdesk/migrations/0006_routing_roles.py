"""Give the roles their permissions again: those for routing rules did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0005_duty_roles"), ("tickets", "0004_routing")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
