"""The admin's pages about customers."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin_parts import ZonedAdmin
from common.wording import breakable
from customers import services
from customers.models import Customer, CustomerNote, Identity, Order, Organisation, Segment
from customers.services import MergeRefused
from staff.http import AgentRequest


class IdentityInline(admin.TabularInline[Identity, Customer]):
    model = Identity
    extra = 0


class OrderInline(admin.TabularInline[Order, Customer]):
    model = Order
    extra = 0
    autocomplete_fields = ("product",)


class NoteInline(admin.TabularInline[CustomerNote, Customer]):
    """Notes are added to, not rewritten."""

    model = CustomerNote
    extra = 0
    readonly_fields = ("author", "created_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MergedFilter(admin.SimpleListFilter):
    """Merged profiles stay, but nobody works with them."""

    title = _("profile")
    parameter_name = "profile"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("merged", _("Merged into another")), ("all", _("All"))]

    def choices(self, changelist: Any) -> Any:
        current, *others = super().choices(changelist)
        yield {**current, "display": _("In use")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "all":
            return queryset
        return queryset.filter(merged_into__isnull=self.value() != "merged")


@admin.register(Customer)
class CustomerAdmin(ZonedAdmin):
    """Who asks."""

    list_display = ("name", "addresses", "segment", "organisation", "language", "created_at", "merged_link")
    list_filter = (MergedFilter, "segment", "language")
    list_select_related = ("segment", "organisation", "merged_into")
    search_fields = ("name",)
    search_help_text = _(
        "A part of the name, the beginning of an e-mail address or phone number, or an order number."
    )
    autocomplete_fields = ("organisation",)
    readonly_fields = ("merged_link", "created_at")
    show_full_result_count = False
    inlines = (IdentityInline, OrderInline, NoteInline)
    actions = ("merge",)
    fields = (("name", "segment", "organisation"), ("language", "time_zone"), "created_at", "merged_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return super().get_queryset(request).prefetch_related("identities")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Customer], bool]:
        return (queryset.found_by(search_term) if search_term else queryset), False

    @admin.display(description=_("addresses"))
    def addresses(self, customer: Customer) -> str:
        """How to reach the customer."""
        return ", ".join(identity.value for identity in customer.identities.all()) or "–"

    @admin.display(description=_("merged into"))
    def merged_link(self, customer: Customer) -> str:
        """Where the profile went."""
        if customer.merged_into is None:
            return "–"
        return format_html('<a href="../{}/change/">{}</a>', customer.merged_into_id, customer.merged_into)

    def save_formset(self, request: AgentRequest, form: Any, formset: Any, change: bool) -> None:  # type: ignore[override]
        """Notes carry the name of who wrote them."""
        if formset.model is CustomerNote:
            for note in formset.save(commit=False):
                services.add_note(form.instance, note.text, actor=request.user)
            for note in formset.deleted_objects:
                note.delete()
            return
        super().save_formset(request, form, formset, change)

    @admin.action(description=_("Merge two customers into one"), permissions=["change"])
    def merge(self, request: AgentRequest, queryset: QuerySet[Customer]) -> HttpResponse | None:
        """Show the two beside each other, and merge when the one to keep is named."""
        pair = list(queryset.select_related("segment", "organisation").order_by("pk")[:3])
        if len(pair) != 2:
            messages.warning(request, _("Choose exactly two customers to merge."))
            return None
        kept = next((one for one in pair if str(one.pk) == request.POST.get("keep")), None)
        if kept is None:
            return self._ask_which_to_keep(request, pair)
        lost = next(one for one in pair if one is not kept)
        try:
            services.merge_customers(kept, lost, actor=request.user)
        except MergeRefused as refusal:
            messages.warning(request, str(refusal))
            return None
        self.log_change(request, kept, f"Merged with {lost.pk}.")
        messages.success(
            request, _("%(lost)s is now part of %(kept)s.") % {"lost": lost.name, "kept": kept.name}
        )
        return None

    def _ask_which_to_keep(self, request: HttpRequest, pair: list[Customer]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two customers into one"),
            "opts": self.model._meta,
            "pair": [
                (
                    one,
                    [(row.get_kind_display(), breakable(row.value)) for row in one.identities.all()],
                    one.orders.all()[:10],
                    one.notes.select_related("author")[:5],
                )
                for one in pair
            ],
            "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/customers/customer/merge.html", context)


@admin.register(Segment)
class SegmentAdmin(admin.ModelAdmin[Segment]):
    """Kinds of customers."""

    list_display = ("label", "code", "is_default")
    readonly_fields = ("is_default",)
    actions = ("make_default",)

    @admin.display(description=_("name"))
    def label(self, segment: Segment) -> str:
        """The name in the reader's language."""
        return segment.label

    @admin.action(description=_("Give it to new customers"), permissions=["change"])
    def make_default(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        """There is one segment for new customers: choosing another moves the mark."""
        if len(chosen := queryset[:2]) != 1:
            messages.warning(request, _("Choose exactly one segment for new customers."))
            return
        services.make_default_segment(chosen[0])
        messages.success(request, _("New customers are now “%(name)s”.") % {"name": chosen[0].label})


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin[Organisation]):
    """Companies that customers belong to."""

    list_display = ("name",)
    search_fields = ("name",)


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin[Order]):
    """What customers bought."""

    list_display = ("number", "customer", "product", "bought_on", "amount", "currency")
    list_select_related = ("customer", "product")
    search_fields = ("number",)
    search_help_text = _("Order number, or a part of it.")
    autocomplete_fields = ("customer", "product")
    date_hierarchy = "bought_on"
    show_full_result_count = False
