"""Routing rules, and where premium tickets stand in the queues."""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Least

from common.database import configuration_stamp_trigger


def find_places(apps, schema_editor):
    """Let open tickets of VIP customers be premium, and give every ticket its place."""
    tickets = apps.get_model("tickets", "Ticket").objects
    open_ones = tickets.filter(status__in=["received", "classified", "assigned", "waiting"])
    open_ones.filter(customer__segment__code="vip").update(tier="premium")
    tickets.update(queue_at=F("due_at"))
    tickets.filter(tier="premium").exclude(status="waiting").update(queue_at=Least("created_at", "due_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_priority_weights'),
        ('customers', '0003_seed'),
        ('staff', '0006_assigning'),
        ('tickets', '0003_versions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RoutingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('position', models.PositiveSmallIntegerField(default=100, help_text='Rules are tried from the lowest number; the first that matches decides.', verbose_name='position')),
                ('words', models.TextField(blank=True, help_text='One word or phrase per line; any of them is enough. * stands for anything within a line: refund*order.', verbose_name='words')),
                ('where', models.CharField(choices=[('both', 'Subject and text'), ('subject', 'Subject'), ('body', 'Text')], default='both', max_length=10, verbose_name='look in')),
                ('channel', models.CharField(blank=True, choices=[('web', 'Web form'), ('widget', 'Widget'), ('email', 'E-mail'), ('wechat', 'WeChat'), ('wecom', 'WeCom'), ('dingtalk', 'DingTalk'), ('feishu', 'Feishu'), ('phone', 'Phone'), ('counter', 'Counter'), ('social', 'Social network'), ('api', 'API')], default='', max_length=10, verbose_name='channel')),
                ('language', models.CharField(blank=True, choices=[('zh-hans', 'Simplified Chinese'), ('zh-hant', 'Traditional Chinese'), ('en', 'English')], default='', max_length=10, verbose_name='language')),
                ('tier', models.CharField(blank=True, choices=[('self_service', 'Self-service'), ('professional', 'Professional'), ('premium', 'Premium')], default='', help_text='Empty: premium for VIP customers and major events, professional for all others.', max_length=20, verbose_name='service tier')),
            ],
            options={
                'verbose_name': 'routing rule',
                'verbose_name_plural': 'routing rules',
                'ordering': ('position', 'id'),
                'abstract': False,
            },
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='queue_team',
        ),
        migrations.AddField(
            model_name='ticket',
            name='is_major',
            field=models.BooleanField(default=False, help_text='Many customers or the name of the company are at stake: it jumps the queue.', verbose_name='major event'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='queue_at',
            field=models.DateTimeField(default=datetime.datetime(9999, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), editable=False, verbose_name='place in the queue'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='tier',
            field=models.CharField(choices=[('self_service', 'Self-service'), ('professional', 'Professional'), ('premium', 'Premium')], default='professional', max_length=20, verbose_name='service tier'),
        ),
        migrations.AlterField(
            model_name='classifyingrule',
            name='team',
            field=models.ForeignKey(blank=True, help_text='Empty: the team that serves the category. A routing rule that names a team comes first.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.team', verbose_name='team'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='for_category',
            field=models.ForeignKey(blank=True, help_text='With everything below it. Empty: any.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.category', verbose_name='category'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='product',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalog.product', verbose_name='product'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='segment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.segment', verbose_name='customer segment'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='skills',
            field=models.ManyToManyField(blank=True, help_text='Only people who have all of these get such tickets by themselves.', related_name='+', to='staff.skill', verbose_name='needed skills'),
        ),
        migrations.AddField(
            model_name='routingrule',
            name='team',
            field=models.ForeignKey(blank=True, help_text='Empty: the team that serves the category, and of several the one of the tier.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='staff.team', verbose_name='team'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='routing_rule',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.routingrule', verbose_name='routing rule'),
        ),
        migrations.RunPython(find_places, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status__in', ['received', 'classified', 'assigned', 'waiting'])), fields=['team', 'queue_at', 'id'], name='queue_team'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('status__in', ['received', 'classified'])), fields=['queue_at', 'id'], name='queue_unassigned'),
        ),
        configuration_stamp_trigger("tickets_routingrule"),
        configuration_stamp_trigger("tickets_routingrule_skills"),
    ]
