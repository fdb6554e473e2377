"""Say to the database that a policy promises something and a day off has no hours."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0002_rules'),
        ('customers', '0002_rules'),
        ('sla', '0002_rules'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='slapolicy',
            name='a_policy_promises_something',
        ),
        migrations.RemoveField(
            model_name='businesscalendar',
            name='updated_at',
        ),
        migrations.AddConstraint(
            model_name='slapolicy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('first_response_minutes__gt', 0), ('first_response_minutes__isnull', False)), models.Q(('next_response_minutes__gt', 0), ('next_response_minutes__isnull', False)), models.Q(('resolution_minutes__gt', 0), ('resolution_minutes__isnull', False)), _connector='OR'), name='a_policy_promises_something', violation_error_message='Give at least one target: first response, next response or resolution.'),
        ),
        migrations.AddConstraint(
            model_name='specialday',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'working'), ('hours', ''), _connector='OR'), name='a_day_off_has_no_hours', violation_error_message='A day off has no hours: leave them empty, or make it a working day with these hours.'),
        ),
    ]
