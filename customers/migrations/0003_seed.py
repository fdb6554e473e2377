"""Begin with three customer segments."""

from django.db import migrations

from customers.seeding import seed_segments


def seed(apps, schema_editor):
    seed_segments(apps)


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_rules")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
