"""The admin's pages about received mails: what became of each, and the way out of the quarantine."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from channels.models import MailContent, ReceivedMail
from channels.receiving.taking_in import try_again
from common.admin_parts import ReadOnlyAdmin

_MAY_RELEASE = "channels.change_receivedmail"


@admin.register(ReceivedMail)
class ReceivedMailAdmin(ReadOnlyAdmin):
    """Every mail that came, as it came."""

    change_form_template = "admin/channels/receivedmail/change_form.html"
    list_display = ("label", "state", "reason", "sender", "ticket_link", "received_at")
    list_filter = ("state", "reason", "mailbox", "source")
    list_select_related = ("mailbox", "message__ticket")
    search_fields = ("sender", "subject", "identifier")
    fieldsets = (
        (None, {"fields": ("state", "reason", "error", "ticket_link", "sender", "subject", "identifier")}),
        (_("How it came"), {"fields": ("mailbox", "source", "recipient", "received_at", "size", "raw_link")}),
    )
    readonly_fields = ("ticket_link", "raw_link")

    @admin.display(description=_("subject"))
    def label(self, mail: ReceivedMail) -> str:
        return str(mail)

    @admin.display(description=_("ticket"))
    def ticket_link(self, mail: ReceivedMail) -> str:
        """The ticket that it made or that it is about."""
        if mail.message is None:
            return "–"
        ticket = mail.message.ticket
        return format_html('<a href="{}">{}</a>', ticket.get_absolute_url(), ticket.number)

    @admin.display(description=_("as it came"))
    def raw_link(self, mail: ReceivedMail) -> str:
        """The bytes, as a file for a mail program."""
        if not MailContent.objects.filter(pk=mail.pk).exists():
            return gettext(
                "Not kept any more: mails are kept for %(days)s days, and while their ticket is open."
            ) % {"days": settings.MAIL_KEPT_DAYS}
        url = reverse("admin:channels_receivedmail_raw", args=[mail.pk])
        return format_html('<a href="{}">{}</a>', url, _("Download"))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/again/", view(self.again), name="channels_receivedmail_again"),
            path("<int:pk>/release/", view(self.release), name="channels_receivedmail_release"),
            path("<int:pk>/raw/", view(self.raw), name="channels_receivedmail_raw"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "may_release": request.user.has_perm(_MAY_RELEASE)}
        return super().change_view(request, object_id, form_url, context)

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have it read anew."""
        return self._leave_quarantine(request, pk, is_released=False)

    @method_decorator(require_POST)
    def release(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a ticket of it, as from a stranger."""
        return self._leave_quarantine(request, pk, is_released=True)

    def _leave_quarantine(self, request: HttpRequest, pk: int, *, is_released: bool) -> HttpResponse:
        if not request.user.has_perm(_MAY_RELEASE):
            raise PermissionDenied
        mail = get_object_or_404(self.get_queryset(request), pk=pk)
        if try_again(mail, is_released=is_released):
            messages.success(request, gettext("The mail is read again in a moment."))
        else:
            messages.warning(request, gettext("The mail is not in the quarantine any more."))
        return redirect(reverse("admin:channels_receivedmail_change", args=[pk]))

    def raw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The bytes, never shown by a browser."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kept = self.get_queryset(request).filter(content__isnull=False)
        mail = get_object_or_404(kept.select_related("content"), pk=pk)
        response = HttpResponse(bytes(mail.content.raw), content_type="application/octet-stream")
        response.headers["Content-Disposition"] = f'attachment; filename="mail-{mail.pk}.eml"'
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
