"""How a team shares out its tickets."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0005_duty'),
    ]

    operations = [
        migrations.AddField(
            model_name='membership',
            name='is_on_call',
            field=models.BooleanField(default=False, help_text='Premium tickets go to people on call first, as long as one of them is on duty.', verbose_name='on call'),
        ),
        migrations.AddField(
            model_name='membership',
            name='last_assigned_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='last given a ticket'),
        ),
        migrations.AddField(
            model_name='team',
            name='strategy',
            field=models.CharField(choices=[('least_load', 'Least load'), ('round_robin', 'In turn'), ('best_skill', 'Best skill match'), ('last_agent', 'Last agent of the customer')], default='least_load', help_text='Only people who are on duty, able and below their limit get any. Least load: whoever has the least open work. In turn: whoever has waited longest for a new ticket. Best skill match: whoever has the needed skills and few others. Last agent: whoever served this customer last, else the least load.', max_length=20, verbose_name='shares out new tickets by'),
        ),
        migrations.AddField(
            model_name='team',
            name='tier',
            field=models.CharField(choices=[('self_service', 'Self-service'), ('professional', 'Professional'), ('premium', 'Premium')], default='professional', help_text='Of the teams that serve a category, tickets of VIP customers and major events go to the premium one.', max_length=20, verbose_name='service tier'),
        ),
    ]
