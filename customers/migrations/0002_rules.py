"""Change the configuration stamp with every change that a manager makes."""

from django.db import migrations

from common.database import configuration_stamp_trigger


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("catalog", "0001_initial")]

    operations = [
        configuration_stamp_trigger(table)
        for table in [
            "customers_segment",
        ]
    ]
