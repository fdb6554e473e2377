"""Tie each promise to the versions it was made by, and let its clock stand still for several reasons."""

import django.db.models.deletion
from django.db import migrations, models


def name_first_versions(apps, schema_editor):
    """What has been promised so far was counted by policies and calendars as they are now: their first versions."""
    promise = apps.get_model("tickets", "Promise")
    for version in apps.get_model("sla", "PolicyVersion").objects.filter(number=1):
        calendars = apps.get_model("sla", "CalendarVersion").objects.filter(number=1)
        calendar = calendars.filter(calendar=version.data["calendar"]).first()
        promise.objects.filter(policy=version.policy_id).update(policy_version=version, calendar_version=calendar)


class Migration(migrations.Migration):

    dependencies = [
        ('sla', '0007_versions'),
        ('tickets', '0002_rules'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='promisepause',
            name='a_promise_has_one_open_pause',
        ),
        migrations.AddField(
            model_name='promise',
            name='calendar_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='promises', to='sla.calendarversion', verbose_name='version of the calendar'),
        ),
        migrations.AddField(
            model_name='promise',
            name='policy_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='promises', to='sla.policyversion', verbose_name='version of the policy'),
        ),
        migrations.AddField(
            model_name='promisepause',
            name='reason',
            field=models.CharField(choices=[('waiting', 'waiting for the customer'), ('child', 'a child ticket is open'), ('off_duty', 'nobody of the team on duty'), ('resolved', 'resolved')], default='waiting', max_length=20, verbose_name='reason'),
        ),
        migrations.AlterField(
            model_name='promise',
            name='kind',
            field=models.CharField(choices=[('first_response', 'First response'), ('next_response', 'Next response'), ('resolution', 'Resolution'), ('progress', 'Progress report')], max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='due_kind',
            field=models.CharField(blank=True, choices=[('first_response', 'First response'), ('next_response', 'Next response'), ('resolution', 'Resolution'), ('progress', 'Progress report')], default='', editable=False, max_length=20, verbose_name='next due promise'),
        ),
        migrations.AddConstraint(
            model_name='promisepause',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('promise', 'reason'), name='a_promise_has_one_open_pause_of_a_reason'),
        ),
        # Last: PostgreSQL alters no table that has rows of the same transaction waiting for their checks.
        migrations.RunPython(name_first_versions, migrations.RunPython.noop),
    ]
