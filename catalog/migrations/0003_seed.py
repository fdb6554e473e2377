"""Begin with the categories, extra fields and tags of the trade."""

from django.db import migrations

from catalog.seeding import seed_catalog


def seed(apps, schema_editor):
    seed_catalog(apps)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_rules")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
