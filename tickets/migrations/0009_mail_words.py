"""A manager's own words for automatic mails; until there are any, each says what the product brings along."""

import django.db.models.deletion
from django.db import migrations, models

from common.database import configuration_stamp_trigger

MAILS = ("acknowledgement", "resolved", "survey", "survey_reminder", "escalation", "low_score")


def seed(apps, schema_editor):
    """One row for each automatic mail, with no words of its own."""
    rows = apps.get_model("tickets", "MailTemplate").objects
    rows.bulk_create([rows.model(mail=mail) for mail in MAILS])


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0009_rule_names'),
    ]

    operations = [
        migrations.CreateModel(
            name='MailTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mail', models.CharField(choices=[('acknowledgement', 'Acknowledgement'), ('resolved', 'Resolved'), ('survey', 'Survey invitation'), ('survey_reminder', 'Survey reminder'), ('escalation', 'Warning of a promise, to colleagues'), ('low_score', 'Low score, to leads')], editable=False, max_length=20, unique=True, verbose_name='mail')),
            ],
            options={
                'verbose_name': 'automatic mail',
                'verbose_name_plural': 'automatic mails',
                'ordering': ('id',),
            },
        ),
        migrations.AddField(
            model_name='message',
            name='sender_name',
            field=models.CharField(blank=True, db_default='', default='', max_length=120, verbose_name='sender’s name'),
        ),
        migrations.CreateModel(
            name='MailText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('zh-hans', 'Simplified Chinese'), ('zh-hant', 'Traditional Chinese'), ('en', 'English')], max_length=10, verbose_name='language')),
                ('sender', models.CharField(blank=True, default='', help_text='Such as “{team} · {site}”. Empty: the name that the mailbox has.', max_length=120, verbose_name='sender’s name')),
                ('subject', models.CharField(blank=True, default='', help_text='Empty: the ticket’s subject. The ticket’s number is added where it is missing.', max_length=200, verbose_name='subject')),
                ('body', models.TextField(max_length=10000, verbose_name='text')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='tickets.mailtemplate', verbose_name='automatic mail')),
            ],
            options={
                'verbose_name': 'text',
                'verbose_name_plural': 'texts',
                'ordering': ('id',),
                'constraints': [models.UniqueConstraint(fields=('template', 'language'), name='an_automatic_mail_has_one_text_per_language')],
            },
        ),
        configuration_stamp_trigger("tickets_mailtext"),
        # Last: PostgreSQL alters no table that has rows of the same transaction waiting for their checks.
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
