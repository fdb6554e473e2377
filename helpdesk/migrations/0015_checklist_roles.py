"""Give the roles their permissions again: those for checklists did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0014_automation_roles"), ("tickets", "0019_checklists")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
