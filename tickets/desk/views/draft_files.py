"""Files that go with what one is writing: each comes by itself, and is kept until the message is sent."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.uploads import file_response
from staff.http import AgentRequest
from tickets import services
from tickets.desk.drafts import draft_file_in_words, draft_files_in_words
from tickets.desk.forms import KeepFileForm
from tickets.models import DraftFile, Ticket


@require_http_methods(["GET", "HEAD", "POST"])
def draft_files(request: AgentRequest, pk: int) -> HttpResponse:
    """The files kept with one's drafts; one that is posted is kept and answered with its line, or 422 says why not."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user).only("pk"), pk=pk)
    if request.method != "POST":
        context = {"draft_files": draft_files_in_words(request.user, ticket)}
        return render(request, "tickets/partials/_draft_files.html", context)
    form = KeepFileForm(request.POST, request.FILES)
    if "file" not in request.FILES or form.errors.keys() - {"file"}:
        return HttpResponseBadRequest()
    if not form.is_valid():
        return _refused(str(reason) for reason in form.errors["file"])
    given = form.cleaned_data
    try:
        kept = services.keep_file(ticket, given["kind"], given["file"], actor=request.user, key=given["key"])
    except ValidationError as error:
        return _refused(error.messages)
    context = {"file": draft_file_in_words(kept)}
    return render(request, "tickets/partials/_draft_file.html", context, status=201)


def _refused(reasons: Iterable[str]) -> HttpResponse:
    return HttpResponse(" ".join(reasons), status=422, content_type="text/plain; charset=utf-8")


@require_POST
def remove_file(request: AgentRequest, pk: int, file: int) -> HttpResponse:
    """Delete a kept file; one that is gone already is as good."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user).only("pk"), pk=pk)
    services.drop_files(ticket, [file], actor=request.user)
    return HttpResponse(status=204)


@require_safe
def show_file(request: AgentRequest, pk: int, file: int) -> FileResponse:
    """A kept file, for whoever keeps it and nobody else."""
    kept = get_object_or_404(
        DraftFile.objects.filter(user=request.user, ticket__in=Ticket.objects.visible_to(request.user)),
        pk=file, ticket=pk,
    )  # fmt: skip
    try:
        stored = kept.file.open()
    except FileNotFoundError as error:
        raise Http404 from error
    return file_response(stored, kept.name, kept.content_type)
