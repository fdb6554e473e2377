"""The admin's pages about automatic mails: their words, with a preview on a real ticket."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from common.links import fill_links
from tickets.admin.parts import preview_page
from tickets.mails import PLACEHOLDERS, Mail, delivered_words
from tickets.models import MailTemplate, MailText
from tickets.models.mails import places
from tickets.services.texts import example_words


class MailTextForm(forms.ModelForm):
    class Meta:
        model = MailText
        fields = ("language", "sender", "subject", "body")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].disabled = True
        self.fields["language"].help_text = (
            _("In your own words. Delete them to have the delivered ones back.")
            if self.instance.pk
            else _("As delivered. Change something to have words of your own.")
        )


class MailTextFormSet(BaseInlineFormSet):
    """A form for each language; one without words of its own shows the delivered ones, and keeps only changes."""

    def __init__(self, *args: Any, instance: Any = None, **kwargs: Any) -> None:
        initial = delivered_for(instance) if instance is not None else []
        super().__init__(*args, **kwargs, instance=instance, initial=initial)  # type: ignore[misc]
        self.extra = len(initial)


def delivered_for(template: MailTemplate) -> list[dict[str, str]]:
    """The delivered words in each language that has none of a manager."""
    own = set(template.texts.values_list("language", flat=True))
    missing = [code for code, _name in settings.LANGUAGES if code not in own]
    words = {code: delivered_words(template.mail, code) for code in missing}
    return [{"language": code, "subject": words[code].subject, "body": words[code].body} for code in missing]


class MailTextInline(admin.StackedInline):
    model = MailText
    form = MailTextForm
    formset = MailTextFormSet
    max_num = len(settings.LANGUAGES)


@admin.register(MailTemplate)
class MailTemplateAdmin(admin.ModelAdmin):
    """What the desk writes by itself."""

    change_form_template = "admin/tickets/replytemplate/change_form.html"
    list_display = ("name", "own_words")
    inlines = (MailTextInline,)
    readonly_fields = ("placeholders",)
    fields = ("placeholders",)
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[MailTemplate]:
        return super().get_queryset(request).annotate(text_count=Count("texts"))

    @admin.display(description=_("mail"), ordering="mail")
    def name(self, template: MailTemplate) -> str:
        """What it is."""
        return template.get_mail_display()

    @admin.display(description=_("own words"), ordering="text_count")
    def own_words(self, template: MailTemplate) -> str:
        """In how many languages it has words of a manager."""
        count: int = template.text_count  # type: ignore[attr-defined]
        return (
            gettext("in %(count)d of %(all)d languages") % {"count": count, "all": len(settings.LANGUAGES)}
            if count
            else gettext("as delivered")
        )

    @admin.display(description=_("placeholders"))
    def placeholders(self, template: MailTemplate) -> str:
        """What the texts may speak of."""
        return format_html(
            "{}<br><span class='soft'>{}</span>",
            places(PLACEHOLDERS[template.mail]),
            gettext("A line with a placeholder for which there is nothing is left out."),
        )

    def get_urls(self) -> list[Any]:
        """The preview, besides Django's."""
        view = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/preview/", view, name="tickets_mailtemplate_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The mail as it would be about a ticket, in each language."""
        page = preview_page(self, request, pk)
        mail, ticket = Mail(page["original"].mail), page["ticket"]
        page["mails"] = [
            (code, str(name), _shown(example_words(mail, ticket, code, request.user)))
            for code, name in settings.LANGUAGES
            if ticket is not None
        ]
        return render(request, "admin/tickets/replytemplate/preview.html", page)


def _shown(words: Any) -> dict[str, str]:
    link = pgettext("stands for a customer’s personal link", "[link]")
    return {
        "sender": words.sender,
        "subject": words.subject,
        "body": fill_links(words.body, lambda _purpose, _nonce: link),
    }
