"""Give the roles their permissions again: those for mailboxes did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0007_escalation_roles"), ("channels", "0001_mailboxes")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
