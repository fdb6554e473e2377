"""Change the configuration stamp with every change that a manager makes."""

from django.db import migrations

from common.database import configuration_stamp_trigger


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        configuration_stamp_trigger(table)
        for table in [
            "catalog_category",
            "catalog_categoryfield",
            "catalog_product",
            "catalog_tag",
        ]
    ]
