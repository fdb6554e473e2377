"""Give the roles their permissions again: those for received mails did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0009_mail_words_roles"), ("channels", "0003_received_mails")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
