"""Give calendars and policies versions, with a first one of what is there, and policies rules for their clocks."""

import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

from common.database import configuration_stamp_trigger, write_once
from sla.snapshots import calendar_snapshot, policy_snapshot


def record_first_versions(apps, schema_editor):
    for model, version, owner, snapshot in (
        ("BusinessCalendar", "CalendarVersion", "calendar", calendar_snapshot),
        ("SlaPolicy", "PolicyVersion", "policy", policy_snapshot),
    ):
        versions = apps.get_model("sla", version).objects
        for row in apps.get_model("sla", model).objects.all():
            versions.create(**{owner: row}, number=1, cause="first", data=snapshot(row))


class Migration(migrations.Migration):

    dependencies = [
        ('sla', '0006_no_resolution_before_a_response'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='slapolicy',
            name='on_reopen',
            field=models.CharField(choices=[('anew', 'starts anew'), ('continue', 'goes on with what was spent')], default='anew', max_length=10, verbose_name='resolution after reopening'),
        ),
        migrations.AddField(
            model_name='slapolicy',
            name='pauses_for_children',
            field=models.BooleanField(default=False, help_text='The clocks stand still while a child ticket is open.', verbose_name='pauses for child tickets'),
        ),
        migrations.AddField(
            model_name='slapolicy',
            name='pauses_off_duty',
            field=models.BooleanField(default=False, help_text='The clocks stand still while nobody of the serving team is on duty.', verbose_name='pauses off duty'),
        ),
        migrations.AddField(
            model_name='slapolicy',
            name='progress_counts',
            field=models.CharField(choices=[('business', 'working time'), ('clock', 'clock time')], default='business', max_length=10, verbose_name='progress counts'),
        ),
        migrations.AddField(
            model_name='slapolicy',
            name='progress_minutes',
            field=models.PositiveIntegerField(blank=True, help_text='While a ticket is open, the customer hears from a person at least so often.', null=True, verbose_name='progress every, minutes'),
        ),
        migrations.CreateModel(
            name='CalendarVersion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('cause', models.CharField(choices=[('first', 'First version'), ('edited', 'Edited'), ('holidays', 'Holidays loaded'), ('restored', 'Earlier version restored'), ('found', 'Changed outside the administration')], max_length=10, verbose_name='cause')),
                ('about', models.PositiveIntegerField(null=True)),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason for the change')),
                ('data', models.JSONField(verbose_name='content')),
                ('calendar', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='versions', to='sla.businesscalendar', verbose_name='calendar')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'version of a business calendar',
                'verbose_name_plural': 'versions of business calendars',
                'ordering': ('calendar', '-number'),
                'constraints': [models.UniqueConstraint(fields=('calendar', 'number'), name='a_calendar_version_has_its_number')],
            },
        ),
        migrations.CreateModel(
            name='PolicyVersion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('cause', models.CharField(choices=[('first', 'First version'), ('edited', 'Edited'), ('holidays', 'Holidays loaded'), ('restored', 'Earlier version restored'), ('found', 'Changed outside the administration')], max_length=10, verbose_name='cause')),
                ('about', models.PositiveIntegerField(null=True)),
                ('reason', models.TextField(blank=True, default='', verbose_name='reason for the change')),
                ('data', models.JSONField(verbose_name='content')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('policy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='versions', to='sla.slapolicy', verbose_name='SLA policy')),
            ],
            options={
                'verbose_name': 'version of an SLA policy',
                'verbose_name_plural': 'versions of SLA policies',
                'ordering': ('policy', '-number'),
                'constraints': [models.UniqueConstraint(fields=('policy', 'number'), name='a_policy_version_has_its_number')],
            },
        ),
        write_once("sla_calendarversion", "a_calendar_version_is_written_once"),
        write_once("sla_policyversion", "a_policy_version_is_written_once"),
        configuration_stamp_trigger("sla_calendarversion"),
        configuration_stamp_trigger("sla_policyversion"),
        # Last: PostgreSQL alters no table that has rows of the same transaction waiting for their checks.
        migrations.RunPython(record_first_versions, migrations.RunPython.noop),
    ]
