"""Give the roles their permissions again: those for automation rules did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0013_macro_roles"), ("tickets", "0018_automation")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
