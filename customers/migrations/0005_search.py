"""Look for customers by words of their names, and by how an address begins, without reading all of them."""

from django.db import migrations, models
from django.db.models.functions import Upper

from common.search import SearchIndex, index_text

BATCH = 500


def index_names(apps, schema_editor):
    customers, last = apps.get_model("customers", "Customer").objects.order_by("pk"), 0
    while batch := list(customers.filter(pk__gt=last)[:BATCH]):
        for customer in batch:
            customer.search_text = index_text(customer.name)
        customers.bulk_update(batch, ["search_text"])
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_received_mails")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="search_text",
            field=models.TextField(db_default="", default="", editable=False),
        ),
        migrations.RunPython(index_names, migrations.RunPython.noop, elidable=True),
        SearchIndex("customer"),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(fields=["value"], name="identities_by_their_start", opclasses=["varchar_pattern_ops"]),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(Upper("number"), name="orders_by_any_spelling"),
        ),
    ]
