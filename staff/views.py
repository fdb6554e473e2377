"""The profile page of a member of staff, his tokens and his presence."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from staff import services
from staff.forms import NoticesForm, ProfileForm, TokenForm
from staff.http import AgentRequest


def render_profile(
    request: AgentRequest,
    *,
    form: ProfileForm | None = None,
    token_form: TokenForm | None = None,
    new_token: str = "",
) -> HttpResponse:
    """The profile page, with the form that was not valid or the token just made."""
    refused = (form and form.errors) or (token_form and token_form.errors)
    context = {
        "form": form or ProfileForm(instance=request.user),
        "notices_form": NoticesForm.of(request.user),
        "token_form": token_form or TokenForm(),
        "tokens": request.user.api_tokens.filter(revoked_at=None),
        "new_token": new_token,
    }
    return render(request, "staff/profile.html", context, status=422 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: AgentRequest) -> HttpResponse:
    """Show and change one's own name, language and time zone."""
    if request.method != "POST":
        return render_profile(request)
    form = ProfileForm(request.POST, instance=request.user)
    if not form.is_valid():
        # The page names the user as he is, not as the refused form has him.
        request.user.refresh_from_db()
        return render_profile(request, form=form)
    user = form.save()
    with translation.override(user.language):
        messages.success(request, _("Your profile is saved."))
    return redirect("staff:profile")


@require_POST
def choose_notices(request: AgentRequest) -> HttpResponse:
    """Choose what one is told about tickets, and how."""
    form = NoticesForm(request.POST)
    if form.is_valid():
        form.save(request.user)
        messages.success(request, _("Your choice is kept."))
    return redirect("staff:profile")


@require_POST
def switch_presence(request: AgentRequest) -> HttpResponse:
    """Say that one is present or away, and go back to the page one was on."""
    services.switch_presence(request.user, is_present=request.POST.get("present") == "1")
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "home")


@require_POST
def switch_language(request: AgentRequest) -> HttpResponse:
    """Read everything in another language from now on, beginning with the page one was on."""
    services.switch_language(request.user, request.POST.get("language", ""))
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "home")


@require_POST
@never_cache
def issue_token(request: AgentRequest) -> HttpResponse:
    """Make a token and show it this once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render_profile(request, token_form=form)
    raw = services.issue_token(request.user, **form.cleaned_data)[1]
    return render_profile(request, new_token=raw)


@require_POST
def revoke_token(request: AgentRequest, pk: int) -> HttpResponse:
    """End one of one's own tokens."""
    token = get_object_or_404(request.user.api_tokens, pk=pk)
    services.revoke_token(token)
    messages.success(
        request, _("The token “%(name)s” is revoked; nothing can use it any more.") % {"name": token.name}
    )
    return redirect("staff:profile")
