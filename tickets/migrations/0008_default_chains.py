"""Give the default policies a stage an hour after the due moment, and a text that tells the customer so."""

from django.db import migrations

NAME = {"name": "Still being worked on", "name_zh_hans": "仍在处理中", "name_zh_hant": "仍在處理中"}
TEXTS = {
    "en": (
        "Hello,\n\nwe are still working on your ticket {number}. It takes longer than we promised, and we are sorry "
        "for that. Somebody in charge looks after it now. We write to you as soon as there is news; you need not do "
        "anything."
    ),
    "zh-hans": (
        "您好！\n\n您的工单 {number} 仍在处理中。处理时间超出了我们的承诺，非常抱歉。现已由负责人跟进，一有进展会立即通知您，"
        "您无需另行操作。"
    ),
    "zh-hant": (
        "您好！\n\n您的工單 {number} 仍在處理中。處理時間超出了我們的承諾，非常抱歉。現已由負責人跟進，一有進展會立即通知您，"
        "您無須另行操作。"
    ),
}
PARTS = (
    "watches", "is_active", "at_percent", "at_minutes", "tells_assignee", "tells_leads", "tells_team",
    "tells_person", "priority", "reassign", "to_team", "watcher", "progress_note",
)  # fmt: skip


def first_chain(name):
    """The stages that the first seed made, as the values of PARTS."""
    early, due = (-25, None, True, False), (None, 0, True, True)
    return [
        (watches, True, percent, minutes, assignee, leads, False, None, "", "", None, None, None)
        for watches in ("first_response", "resolution")
        for percent, minutes, assignee, leads in ([early, due] if name in ("Urgent", "High") else [due])
    ]


def seed(apps, schema_editor):
    """Add to the chains that are as the first seed left them; what a manager has shaped stays as it is."""
    stages = apps.get_model("tickets", "EscalationStage").objects
    versions = apps.get_model("sla", "PolicyVersion").objects
    untouched = [
        policy
        for policy in apps.get_model("sla", "SlaPolicy").objects.filter(name__in=["Urgent", "High", "Normal", "Low"])
        if versions.filter(policy=policy.pk).count() <= 1
        and sorted(stages.filter(policy=policy).values_list(*PARTS), key=str)
        == sorted(first_chain(policy.name), key=str)
    ]
    if not untouched:
        return
    template = apps.get_model("tickets", "ReplyTemplate").objects.create(position=1000, **NAME)
    for language, body in TEXTS.items():
        template.texts.create(language=language, body=body)
    for policy in untouched:
        hour_late = {"policy": policy, "at_minutes": 60, "tells_leads": True}
        stages.create(watches="first_response", tells_team=True, **hour_late)
        stages.create(watches="resolution", tells_assignee=True, progress_note=template, **hour_late)


class Migration(migrations.Migration):

    dependencies = [
        ("sla", "0007_versions"),
        ("tickets", "0007_gathered_mails"),
    ]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
