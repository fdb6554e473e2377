"""What each role may do: agents serve, leads direct, managers shape, administrators do everything."""

from collections.abc import Iterable
from typing import Any

from django.apps import apps as current_apps
from django.contrib.auth.management import create_permissions

VIEW = {
    "catalog": ["category", "categoryfield", "product", "tag"],
    "customers": ["customer", "identity", "organisation", "segment", "order", "customernote"],
    "knowledgebase": ["section", "article", "articletext"],
    "tickets": ["ticket", "message", "attachment", "event", "promise", "replytemplate", "replytemplatetext"],
    "surveys": ["survey", "question", "invitation", "response", "answer"],
    "staff": ["team", "skill", "shiftpattern", "rota"],
}
# What a manager shapes: he may view, add, change and delete these.
SHAPED = {
    "catalog": ["category", "categoryfield", "product", "tag"],
    "customers": ["customer", "identity", "organisation", "segment", "order", "customernote"],
    "knowledgebase": ["section", "article", "articletext"],
    "sla": ["businesscalendar", "servicehours", "specialday", "holidayyear", "slapolicy"],
    "tickets": [
        "route",
        "routingrule",
        "classifyingrule",
        "guard",
        "replytemplate",
        "replytemplatetext",
        "automationrule",
        "checklist",
        "checklistitem",
        "macro",
        "macrotext",
        "mailtemplate",
        "mailtext",
        "escalationstage",
        "savedview",
    ],
    "surveys": ["survey", "question", "surveyrule"],
    "channels": ["mailbox", "senderrule", "signature"],
    "staff": ["team", "membership", "skill", "shiftpattern", "rota", "rotaslot", "absence"],
}
AGENT_EXTRA = [
    "tickets.work_on_ticket",
    "customers.add_customer",
    "customers.change_customer",
    "customers.add_customernote",
    "customers.add_order",
]
LEAD_EXTRA = [
    "staff.plan_duty",
    "tickets.lead_tickets",
    "tickets.view_overview",
    "knowledgebase.add_article",
    "knowledgebase.change_article",
    "knowledgebase.add_articletext",
    "knowledgebase.change_articletext",
]
MANAGER_EXTRA = [
    "tickets.view_any_ticket",
    "tickets.change_ticket",
    "staff.view_user",
    "staff.change_user",
    "staff.add_user",
    "staff.view_membership",
    "tickets.view_automationrun",
    "staff.view_dutyevent",
    "catalog.view_priorityweight",
    "catalog.change_priorityweight",
    "channels.view_receivedmail",
    "channels.change_receivedmail",
]


def permissions_of(role: str) -> set[str]:
    """The permissions of a role as app.codename; an administrator's are all there are, so not listed here."""
    agent = {f"{app}.view_{model}" for app, models in VIEW.items() for model in models} | set(AGENT_EXTRA)
    lead = agent | set(LEAD_EXTRA)
    shaped = {
        f"{app}.{verb}_{model}"
        for app, models in SHAPED.items()
        for model in models
        for verb in ("view", "add", "change", "delete")
    }
    return {"agent": agent, "lead": lead, "manager": lead | shaped | set(MANAGER_EXTRA)}[role]


def create_roles(apps: Any = None) -> None:
    """Make the four groups and give each exactly its permissions; may run again at any time."""
    # In a migration what later ones add is not there yet; they give the permissions again.
    is_final = apps is None
    apps = apps or current_apps
    for config in current_apps.get_app_configs():
        if config.models_module is not None:
            # In a migration the permissions do not exist yet: Django makes them only at the end.
            create_permissions(config, verbosity=0, apps=apps)
    group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    every = {f"{p.content_type.app_label}.{p.codename}": p for p in _all(permission_model)}
    for role in ("agent", "lead", "manager", "admin"):
        group, _created = group_model.objects.get_or_create(name=role)
        wanted = every.keys() if role == "admin" else permissions_of(role)
        group.permissions.set([every[name] for name in sorted(wanted) if is_final or name in every])


def _all(permission_model: Any) -> Iterable[Any]:
    return permission_model.objects.select_related("content_type")
