"""Say no more how to write a time zone: it is chosen from a list."""

import staff.models.people
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0007_presence_and_looks'),
    ]

    operations = [
        migrations.AlterField(
            model_name='rota',
            name='time_zone',
            field=models.CharField(default='Asia/Shanghai', help_text='The shifts are in this zone.', max_length=50, validators=[staff.models.people.validate_time_zone], verbose_name='time zone'),
        ),
    ]
