"""Give a fresh installation calendars with their holidays, and policies."""

from typing import Any

from django.db import migrations

from sla.seeding import seed_sla


def seed(apps: Any, schema_editor: Any) -> None:
    seed_sla(apps)


class Migration(migrations.Migration):
    dependencies = [("sla", "0003_promise_something")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
