"""The admin's pages about mailboxes, with a button that tries their servers."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from channels.email.servers import MailServerError, try_way_in, try_way_out
from channels.forms import MailboxForm
from channels.models import FetchState, Mailbox


@admin.register(Mailbox)
class MailboxAdmin(admin.ModelAdmin):
    """The addresses of the help desk."""

    form = MailboxForm
    change_form_template = "admin/channels/mailbox/change_form.html"
    list_display = ("name", "address", "team", "language", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("team",)
    search_fields = ("name", "address")
    autocomplete_fields = ("team",)
    readonly_fields = ("fetching_state",)
    fieldsets = (
        (None, {"fields": ("name", "address", "team", "language", "is_active")}),
        (_("Way in"), {
            "fields": (
                "imap_host", ("imap_port", "imap_security"), ("imap_user", "imap_sign_in"), "imap_password",
                ("imap_folder", "poll_seconds"), "fetching_state", "takes_plus",
                "trusted_server",
            ),
        }),
        (_("OAuth 2"), {
            "classes": ("collapse",),
            "fields": (
                "oauth_token_url", ("oauth_client_id", "oauth_scope"), "oauth_client_secret",
                "oauth_refresh_token",
            ),
        }),
        (_("Way out"), {
            "fields": (
                "sender_name", "smtp_host", ("smtp_port", "smtp_security"), ("smtp_user", "smtp_sign_in"),
                "smtp_password",
            ),
        }),
    )  # fmt: skip

    @admin.display(description=_("last fetched"))
    def fetching_state(self, mailbox: Mailbox) -> str:
        """When mail was fetched last, and what is wrong since."""
        state = FetchState.objects.filter(mailbox=mailbox.pk).first()
        if state is None:
            return "–"
        at = (
            date_format(timezone.localtime(state.fetched_at), "SHORT_DATETIME_FORMAT")
            if state.fetched_at
            else "–"
        )
        passed_over = ngettext(
            "%(count)s mail could not be fetched at all: UID %(uids)s.",
            "%(count)s mails could not be fetched at all: UID %(uids)s.",
            len(state.passed_over),
        ) % {"count": len(state.passed_over), "uids": ", ".join(map(str, state.passed_over))}
        return " · ".join(filter(None, [at, state.error, passed_over if state.passed_over else ""]))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **manner: Any) -> Any:
        """Secrets are the form's own fields: Django looks for them on the model when it is told of fieldsets."""
        manner["fields"] = [
            field.name for field in Mailbox._meta.fields if field.editable and not field.primary_key
        ]
        return super().get_form(request, obj, change, **manner)

    def get_urls(self) -> list[Any]:
        tries = path(
            "<int:pk>/try/", self.admin_site.admin_view(self.try_servers), name="channels_mailbox_try"
        )
        return [tries, *super().get_urls()]

    @method_decorator(require_POST)
    def try_servers(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sign in to both servers as they are saved, and say how it went."""
        mailbox = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, mailbox):
            raise PermissionDenied
        if mailbox.imap_host:
            self._try_way_in(request, mailbox)
        else:
            messages.info(
                request, gettext("Way in: no server is named; your mail server hands over its mail.")
            )
        try:
            try_way_out(mailbox)
        except MailServerError as error:
            messages.error(request, gettext("Way out: %(error)s") % {"error": error})
        else:
            messages.success(request, gettext("Way out: the server takes mail."))
        return redirect(reverse("admin:channels_mailbox_change", args=[pk]))

    def _try_way_in(self, request: HttpRequest, mailbox: Mailbox) -> None:
        try:
            count = try_way_in(mailbox)
        except MailServerError as error:
            messages.error(request, gettext("Way in: %(error)s") % {"error": error})
            return
        said = ngettext(
            "Way in: signed in; %(count)s mail lies in the folder.",
            "Way in: signed in; %(count)s mails lie in the folder.",
            count,
        )
        messages.success(request, said % {"count": count})
