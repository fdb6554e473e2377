"""Give the roles their permissions again: those for escalation stages did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0006_routing_roles"), ("tickets", "0005_escalation")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
