"""Stages of escalation: what happens before and after a promise is missed, and that each fires once."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from common.database import configuration_stamp_trigger


def seed(apps, schema_editor):
    """Warn the assignee of what is urgent while a quarter of the time is left, and the leads of what is due."""
    stage = apps.get_model("tickets", "EscalationStage").objects
    for policy in apps.get_model("sla", "SlaPolicy").objects.filter(name__in=["Urgent", "High", "Normal", "Low"]):
        for watches in ("first_response", "resolution"):
            if policy.name in ("Urgent", "High"):
                stage.create(policy=policy, watches=watches, at_percent=-25, tells_assignee=True)
            stage.create(policy=policy, watches=watches, at_minutes=0, tells_assignee=True, tells_leads=True)


class Migration(migrations.Migration):

    dependencies = [
        ('sla', '0007_versions'),
        ('staff', '0006_assigning'),
        ('tickets', '0004_routing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EscalationStage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('watches', models.CharField(blank=True, choices=[('first_response', 'First response'), ('next_response', 'Next response'), ('resolution', 'Resolution'), ('progress', 'Progress report')], default='', help_text='Empty: each promise of the policy.', max_length=20, verbose_name='promise')),
                ('at_percent', models.SmallIntegerField(blank=True, help_text='-25: when a quarter of the time is left; 0: when it is due; 50: half the time too late.', null=True, verbose_name='at percent of the target')),
                ('at_minutes', models.IntegerField(blank=True, help_text='-15: a quarter of an hour before it is due; 30: half an hour after. In the promise’s own time.', null=True, verbose_name='at minutes')),
                ('tells_assignee', models.BooleanField(default=False, verbose_name='tell the assignee')),
                ('tells_leads', models.BooleanField(default=False, verbose_name='tell the team’s leads')),
                ('tells_team', models.BooleanField(default=False, verbose_name='tell the whole team')),
                ('priority', models.CharField(blank=True, choices=[('urgent', 'Urgent'), ('high', 'High'), ('normal', 'Normal'), ('low', 'Low')], default='', max_length=10, verbose_name='raise the priority to')),
                ('reassign', models.CharField(blank=True, choices=[('queue', 'hand it back to the queue'), ('other', 'give it to somebody else of the team'), ('team', 'give it to another team')], default='', max_length=10, verbose_name='reassign')),
            ],
            options={
                'verbose_name': 'escalation stage',
                'verbose_name_plural': 'escalation stages',
                'ordering': ('policy', 'id'),
            },
        ),
        migrations.CreateModel(
            name='StageFiring',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fired_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='fired')),
            ],
            options={
                'verbose_name': 'fired stage',
                'verbose_name_plural': 'fired stages',
                'ordering': ('id',),
            },
        ),
        migrations.AddField(
            model_name='promise',
            name='escalated_to_seconds',
            field=models.IntegerField(default=-1, editable=False),
        ),
        migrations.AddField(
            model_name='promise',
            name='next_stage_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='next stage'),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('created', 'Ticket received'), ('step', 'Step'), ('message', 'Message'), ('changed', 'Changed'), ('promise_broken', 'Promise broken'), ('escalated', 'Escalated'), ('delivery_failed', 'Message not delivered'), ('survey_sent', 'Survey sent'), ('survey_answered', 'Survey answered'), ('low_score', 'Low score'), ('linked', 'Linked')], max_length=20, verbose_name='kind'),
        ),
        migrations.AlterField(
            model_name='message',
            name='purpose',
            field=models.CharField(blank=True, choices=[('acknowledgement', 'Acknowledgement'), ('resolved', 'Resolved'), ('survey', 'Survey invitation'), ('survey_reminder', 'Survey reminder'), ('staff', 'To a colleague'), ('progress', 'Progress note')], default='', max_length=20, verbose_name='purpose'),
        ),
        migrations.AddIndex(
            model_name='promise',
            index=models.Index(condition=models.Q(('next_stage_at__isnull', False)), fields=['next_stage_at'], name='promise_stage_due'),
        ),
        migrations.AddField(
            model_name='escalationstage',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalation_stages', to='sla.slapolicy', verbose_name='SLA policy'),
        ),
        migrations.AddField(
            model_name='escalationstage',
            name='progress_note',
            field=models.ForeignKey(blank=True, help_text='The reply template is sent by itself, in the customer’s language.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.replytemplate', verbose_name='tell the customer'),
        ),
        migrations.AddField(
            model_name='escalationstage',
            name='tells_person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='tell this person'),
        ),
        migrations.AddField(
            model_name='escalationstage',
            name='to_team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.team', verbose_name='other team'),
        ),
        migrations.AddField(
            model_name='escalationstage',
            name='watcher',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='add as watcher'),
        ),
        migrations.AddField(
            model_name='stagefiring',
            name='promise',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='firings', to='tickets.promise', verbose_name='promise'),
        ),
        migrations.AddField(
            model_name='stagefiring',
            name='stage',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='tickets.escalationstage', verbose_name='escalation stage'),
        ),
        migrations.AddConstraint(
            model_name='escalationstage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('at_minutes__isnull', True), ('at_percent__isnull', False)), models.Q(('at_minutes__isnull', False), ('at_percent__isnull', True)), _connector='OR'), name='a_stage_has_one_moment', violation_error_message='Say when: either in percent of the target or in minutes.'),
        ),
        migrations.AddConstraint(
            model_name='escalationstage',
            constraint=models.CheckConstraint(condition=models.Q(('at_percent__isnull', True), ('at_percent__gte', -100), _connector='OR'), name='a_stage_is_not_before_the_start', violation_error_message='-100 percent is the start; a stage cannot be before it.'),
        ),
        migrations.AddConstraint(
            model_name='escalationstage',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reassign', 'team'), _negated=True), ('to_team__isnull', False), _connector='OR'), name='a_stage_names_the_other_team', violation_error_message='Choose the other team to which the ticket is given.'),
        ),
        migrations.AddConstraint(
            model_name='stagefiring',
            constraint=models.UniqueConstraint(fields=('promise', 'stage'), name='a_stage_fires_once_for_a_promise'),
        ),
        configuration_stamp_trigger("tickets_escalationstage"),
        # Last: PostgreSQL alters no table that has rows of the same transaction waiting for their checks.
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
