"""Give the roles their permissions again: those for saved views did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0011_stamps_of_tables"), ("tickets", "0014_saved_views")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
