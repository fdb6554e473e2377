"""The manager's guards, looked at for one step of one ticket."""

from django.utils.translation import gettext as _

from common.wording import listed
from staff.models import Role
from tickets.models import Guard, Ticket
from tickets.workflow import AGENT, LEAD, SYSTEM, StepRequest, actor_kinds

# So many open things of a checklist are named.
NAMED = 3


def missing_for_guards(ticket: Ticket, request: StepRequest, *, forgive_form: bool = False) -> list[str]:
    """What the guards of this step still ask for, in words.

    Customers are never held up by them: what is missing then is for the staff to add.
    """
    guards = request.rulebook.guards_for(ticket, request.name)
    kinds = actor_kinds(request.actor) if guards else set()
    reasons: list[str] = []
    for guard in guards:
        if kinds & {AGENT, LEAD, SYSTEM}:
            reasons += [_missing_field(label) for label in missing_fields(ticket, guard, request)]
            if guard.checklist_required and (left := _not_ticked(ticket, request)):
                reasons.append(_("Tick off the checklist first: %(things)s.") % {"things": left})
        if kinds & {AGENT, LEAD}:
            reasons += _person_reasons(guard, request, forgive_form=forgive_form)
    return reasons


def _not_ticked(ticket: Ticket, request: StepRequest) -> str:
    """What is left on the ticket's checklists, the first few by name."""
    items = request.rulebook.checklist_items(ticket.category)
    left = [item.label for item in items if item.pk not in ticket.ticked_item_ids] if items else []
    return listed([*left[:NAMED], *(["…"] if len(left) > NAMED else [])])


def missing_fields(ticket: Ticket, guard: Guard, request: StepRequest) -> list[str]:
    """The labels of the fields that the guard requires and the ticket lacks."""
    missing = []
    for name in guard.required_fields:
        if name in ("product", "order"):
            if getattr(ticket, f"{name}_id") is None:
                missing.append(_("product") if name == "product" else _("order"))
        elif ticket.field_values.get(name) in (None, "", []) and name not in ticket.file_keys:
            missing.append(_field_label(ticket, name, request))
    return missing


def _field_label(ticket: Ticket, key: str, request: StepRequest) -> str:
    if ticket.category is not None:
        for category_id in ticket.category.ancestor_ids:
            category = request.rulebook.categories.get(category_id)
            for field in category.fields.all() if category else ():
                if field.key == key:
                    return field.label
    return key


def _missing_field(label: str) -> str:
    return _("Fill in “%(field)s” first.") % {"field": label}


def _person_reasons(guard: Guard, request: StepRequest, *, forgive_form: bool) -> list[str]:
    reasons = []
    role = guard.required_role
    if role is not None and not request.actor.groups.filter(pk=role.pk).exists():
        reasons.append(_("Only the role “%(role)s” may take this step here.") % {"role": Role.words(role)})
    if guard.note_required and not forgive_form and not (request.note.strip() or request.reply.strip()):
        reasons.append(_("Write a note or a reply with this step."))
    return reasons
