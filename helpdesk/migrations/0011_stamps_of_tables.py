"""The triggers that renew the configuration stamp renew that of their own table as well."""

from django.db import migrations

from common.database import configuration_stamp_trigger

TABLES = (
    "catalog_category", "catalog_categoryfield", "catalog_priorityweight", "catalog_product", "catalog_tag",
    "customers_segment", "sla_businesscalendar", "sla_calendarversion", "sla_policyversion", "sla_servicehours",
    "sla_slapolicy", "sla_slapolicy_categories", "sla_slapolicy_segments", "sla_specialday", "staff_team",
    "tickets_classifyingrule", "tickets_classifyingrule_tags", "tickets_escalationstage", "tickets_guard",
    "tickets_mailtext", "tickets_route", "tickets_routingrule", "tickets_routingrule_skills",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("helpdesk", "0010_received_mail_roles"),
        ("catalog", "0004_priority_weights"),
        ("customers", "0004_received_mails"),
        ("sla", "0009_side_conversations"),
        ("staff", "0009_team_names"),
        ("tickets", "0013_side_conversations"),
    ]

    operations = [configuration_stamp_trigger(table) for table in TABLES]
