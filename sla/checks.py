"""System checks of the calendars; they ask the database, so `check --database default` and `migrate` run them."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004
from django.db import DEFAULT_DB_ALIAS, DatabaseError, transaction
from django.utils import timezone

from sla.notices import calendar_notices

_IDS = {"never_open": "sla.W001", "year_not_loaded": "sla.W002", "make_up_days_unknown": "sla.W003"}


@register(Tags.database)
def check_calendars(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Warn of what is not right with the business calendars."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        # The savepoint keeps a failed question from spoiling a transaction around it.
        with transaction.atomic():
            notices = calendar_notices(timezone.localdate())
    except DatabaseError:
        # Before the first migrate there is no table, and nothing to warn of.
        return []
    return [
        Warning(notice.message, hint=notice.hint, obj=notice.calendar_name, id=_IDS[notice.code])
        for notice in notices
    ]
