"""Let PostgreSQL index an article when it is saved instead of later: they are written seldom and looked up at every key."""

from django.db import migrations

from common.database import DatabaseRule

INDEX = "knowledgebase_articletext_search"


class Migration(migrations.Migration):
    dependencies = [("knowledgebase", "0002_search")]

    operations = [
        DatabaseRule(
            "articles_are_indexed_at_once",
            postgresql=(
                [f'ALTER INDEX "{INDEX}" SET (fastupdate = off)'],
                [f'ALTER INDEX IF EXISTS "{INDEX}" RESET (fastupdate)'],
            ),
            sqlite=([], []),
        )
    ]
