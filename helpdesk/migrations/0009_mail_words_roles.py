"""Give the roles their permissions again: those for automatic mails and signatures did not exist when they were made."""

from django.db import migrations


def create(apps, schema_editor):
    from helpdesk.roles import create_roles

    create_roles(apps)


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0008_mail_roles"), ("channels", "0002_signatures_and_file_links"), ("tickets", "0009_mail_words")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
