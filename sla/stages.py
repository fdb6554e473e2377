"""The stages of a policy's escalation, as part of its versions.

They belong to the tickets' room. This one reads them by the policy's relation, as plain fields, and imports nothing.
"""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext

from common.wording import bracketed, clauses
from sla.models import SlaPolicy

Rows = list[dict[str, Any]]

NOTHING = "–"


def stages_of(policy: Any) -> Rows | None:
    """Return the stages as codes and numbers fit for JSON; None for a policy of a migration that has none yet."""
    relation = getattr(policy, "escalation_stages", None)
    if relation is None:
        return None
    rows = [
        {
            field.attname: getattr(row, field.attname)
            for field in row._meta.concrete_fields
            if field.name != "policy"
        }
        for row in relation.all()
    ]
    return sorted(rows, key=lambda row: row["id"])


def restore_stages(policy: Any, wanted: Rows) -> None:
    """Make the stages what they were, under the same keys, so that one that has fired does not fire again.

    What they name and has been deleted since cannot come back; a stage that would do nothing without it stays away.
    """
    stages = [stage for stage in _rows(policy, wanted) if _is_whole(stage)]
    policy.escalation_stages.exclude(pk__in=[stage.pk for stage in stages]).delete()
    for stage in stages:
        stage.save()


def stage_differences(old: Rows | None, new: Rows | None) -> Iterator[tuple[str, str]]:
    """Give what each stage that changed was and is, in words; the first time the stages are recorded, all at once."""
    if new is None:
        return
    after = _sentences(new)
    if old is None:
        yield gettext("not recorded"), clauses(after.values()) or NOTHING
        return
    before, was, now = _sentences(old), _by_key(old), _by_key(new)
    for key in sorted({*was, *now}):
        if was.get(key) != now.get(key):
            yield before.get(key, NOTHING), after.get(key, NOTHING)


def _rows(policy: Any, wanted: Rows) -> list[Any]:
    """The stages as unsaved rows, without what is gone."""
    model = getattr(SlaPolicy, "escalation_stages").rel.related_model  # noqa: B009 - the tickets' room adds it
    known = {field.attname for field in model._meta.concrete_fields}
    rows = []
    for data in wanted:
        row = model(policy=policy, **{name: value for name, value in data.items() if name in known})
        for field in model._meta.concrete_fields:
            key = getattr(row, field.attname)
            is_named = field.is_relation and field.name != "policy" and key is not None
            if is_named and not field.related_model._default_manager.filter(pk=key).exists():
                setattr(row, field.attname, None)
        rows.append(row)
    return rows


def _is_whole(stage: Any) -> bool:
    try:
        stage.full_clean(validate_unique=False)
    except ValidationError:
        return False
    return True


def _sentences(rows: Rows) -> dict[int, str]:
    unused = pgettext("an escalation stage", "not in use")
    return {
        stage.pk: str(stage) if stage.is_active else bracketed(stage, unused)
        for stage in _rows(SlaPolicy(), rows)
    }


def _by_key(rows: Rows) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in rows}
