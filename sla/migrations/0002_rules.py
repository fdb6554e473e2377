"""Change the configuration stamp with every change that a manager makes."""

from django.db import migrations

from common.database import configuration_stamp_trigger


class Migration(migrations.Migration):
    dependencies = [("sla", "0001_initial"), ("catalog", "0001_initial")]

    operations = [
        configuration_stamp_trigger(table)
        for table in [
            "sla_businesscalendar",
            "sla_servicehours",
            "sla_specialday",
            "sla_slapolicy",
            "sla_slapolicy_categories",
            "sla_slapolicy_segments",
        ]
    ]
