"""Give a fresh installation a survey and a rule for whom to ask."""

from typing import Any

from django.db import migrations

from surveys.seeding import seed_surveys


def seed(apps: Any, schema_editor: Any) -> None:
    seed_surveys(apps)


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_initial"), ("catalog", "0002_rules")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
