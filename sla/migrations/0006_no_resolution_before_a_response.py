"""Say to the database that no policy promises a resolution before the first response."""

from django.db import migrations, models
from django.db.models import F


def put_right(apps, schema_editor):
    """Let a resolution that was due too early fall due with the first response; nothing was resolved before it."""
    policies = apps.get_model("sla", "SlaPolicy").objects.exclude(
        first_response_counts="clock", resolution_counts="business"
    )
    early = policies.filter(resolution_minutes__lt=F("first_response_minutes"))
    early.filter(resolution_minutes=0).update(resolution_minutes=None)
    early.update(resolution_minutes=F("first_response_minutes"))


class Migration(migrations.Migration):

    dependencies = [
        ("sla", "0005_localized_names"),
    ]

    operations = [
        migrations.RunPython(put_right, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="slapolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_response_minutes__isnull", True),
                    ("resolution_minutes__isnull", True),
                    ("resolution_minutes__gte", models.F("first_response_minutes")),
                    models.Q(("first_response_counts", "clock"), ("resolution_counts", "business")),
                    _connector="OR",
                ),
                name="a_policy_promises_no_resolution_before_a_response",
                violation_error_message="The resolution would be due before the first response. Give it at least as many minutes as the first response, or promise the first response sooner.",
            ),
        ),
    ]
