"""Index the texts of articles."""

from django.db import migrations

from common.search import SearchIndex


class Migration(migrations.Migration):
    dependencies = [("knowledgebase", "0001_initial")]

    operations = [SearchIndex("articletext")]
