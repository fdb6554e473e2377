"""The admin's page about signatures."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from channels.email.clean import sanitize_html
from channels.models import Signature


class SignatureForm(forms.ModelForm):
    class Meta:
        model = Signature
        fields = ("team", "language", "text", "html")

    def clean_html(self) -> str:
        """Only what a mail program shows."""
        return sanitize_html(self.cleaned_data["html"]).strip()


@admin.register(Signature)
class SignatureAdmin(admin.ModelAdmin):
    """What stands below the replies of a team."""

    form = SignatureForm
    list_display = ("__str__", "text")
    list_filter = ("language", "team")
    list_select_related = ("team",)
    fields = ("team", "language", "text", "html")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """In the reader's language to begin with."""
        return {"language": request.LANGUAGE_CODE, **super().get_changeform_initial_data(request)}
