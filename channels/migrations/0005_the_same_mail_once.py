from django.db import migrations, models
from django.db.models import Exists, OuterRef


def leave_the_first(apps, schema_editor):
    """Two workers may have taken the same mail in at the same moment: the later of the two is a mail of its own."""
    mails = apps.get_model('channels', 'ReceivedMail').objects.filter(state='ticket').exclude(fingerprint='')
    earlier = mails.filter(mailbox=OuterRef('mailbox'), fingerprint=OuterRef('fingerprint'), pk__lt=OuterRef('pk'))
    later = mails.filter(Exists(earlier)).values_list('pk', flat=True)
    mails.filter(pk__in=list(later)).update(fingerprint='')


class Migration(migrations.Migration):

    dependencies = [
        ('channels', '0004_one_signature_for_all'),
    ]

    operations = [
        migrations.RunPython(leave_the_first, migrations.RunPython.noop, elidable=True),
        migrations.RemoveIndex(
            model_name='receivedmail',
            name='mail_fingerprint',
        ),
        migrations.AddConstraint(
            model_name='receivedmail',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'ticket'), models.Q(('fingerprint', ''), _negated=True)), fields=('mailbox', 'fingerprint'), name='the_same_mail_is_taken_in_once'),
        ),
    ]
