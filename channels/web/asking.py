"""The form by which customers ask."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from catalog.models import Category
from channels.intake import take_in_question
from channels.web.categories import branch_of, extra_fields_of, public_categories, roots_of
from channels.web.forms import PREFIX, AskForm
from channels.web.throttle import is_flooding
from common.links import link_path

FLOOD_SECONDS = 600


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def ask(request: HttpRequest) -> HttpResponse:
    """First what it is about, then the form for it; sent, it becomes a ticket."""
    categories = public_categories()
    asked = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(asked, categories)
    if request.method == "POST":
        return _take_in(request, chosen, categories)
    if chosen is None and categories:
        return render(request, "channels/choose.html", {"categories": roots_of(categories)})
    form = _form(chosen, categories, initial=_initial(request.GET))
    if request.headers.get("HX-Request"):
        return render(request, "channels/partials/_extra_fields.html", {"form": form})
    return _render(request, form)


def _take_in(request: HttpRequest, chosen: Category | None, categories: list[Category]) -> HttpResponse:
    form = _form(chosen, categories, data=request.POST, files=request.FILES)
    if not form.is_valid() or chosen is None:
        return _render(request, form)
    if is_flooding(request):
        form.add_error(
            None,
            _(
                "Too many questions came from your network within a short time. Wait ten minutes and send it again."
            ),
        )
        return _render(request, form, status=429)
    fields = ("subject", "text", "name", "email", "phone", "field_values", "time_zone", "submission_key")
    ticket = take_in_question(
        category=chosen, uploads=form.uploads, language=page_language(),
        order_number=form.cleaned_data.get("order_number", ""),
        **{name: form.cleaned_data[name] for name in fields},
    )  # fmt: skip
    return redirect(f"{link_path('ticket', ticket.link_nonce)}?sent=question")


def _form(chosen: Category | None, categories: list[Category], **given: Any) -> AskForm:
    choices = branch_of(chosen, categories) if chosen else roots_of(categories)
    extra = extra_fields_of(chosen, categories) if chosen else []
    return AskForm(category=chosen, choices=choices, extra=extra, **given)


def _chosen(asked: QueryDict, categories: list[Category]) -> Category | None:
    code = asked.get("category", "")
    return next((category for category in categories if category.code == code), None)


def _initial(asked: QueryDict) -> dict[str, Any]:
    """What a link or an earlier choice has filled in already."""
    given = {name: asked[name] for name in asked if name.startswith(PREFIX)}
    return {**given, "subject": asked.get("subject", "")[:200]}


def _render(request: HttpRequest, form: AskForm, *, status: int = 200) -> HttpResponse:
    response = render(
        request,
        "channels/ask.html",
        {
            "form": form,
            "chosen": form.chosen,
            "is_narrow": form.chosen is not None and len(form.choices) > 1,
            "limit_bytes": settings.UPLOAD_LIMIT_BYTES,
        },
        status=status,
    )
    if status == 429:
        response.headers["Retry-After"] = str(FLOOD_SECONDS)
    return response


def page_language() -> str:
    """The language of the page, as tickets keep it."""
    language = (get_language() or settings.LANGUAGE_CODE).lower()
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
