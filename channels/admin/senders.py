"""The admin's page about senders whose mail is always or never spam."""

from django.contrib import admin

from channels.models import SenderRule


@admin.register(SenderRule)
class SenderRuleAdmin(admin.ModelAdmin):
    """Lists of senders."""

    list_display = ("sender", "kind", "note")
    list_filter = ("kind",)
    search_fields = ("sender", "note")
