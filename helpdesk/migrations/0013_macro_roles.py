"""Give the roles their permissions again: those for macros did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0011_stamps_of_tables"), ("tickets", "0017_macros")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
