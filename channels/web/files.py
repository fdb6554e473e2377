"""Fetching files that came or went with a message."""

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from channels.models import FileLink
from channels.web.following import keep_private
from common.links import hash_token, is_token_of
from common.uploads import file_response
from tickets.models import Attachment


@require_safe
@login_not_required
def attachment(request: HttpRequest, pk: int, token: str) -> HttpResponse | FileResponse:
    """One file; those of internal notes only for staff who see the ticket."""
    found = Attachment.objects.select_related("ticket", "message").filter(pk=pk).first()
    # The same work for a key that nobody has, so that nobody can count the files.
    if not is_token_of(token, "attachment", found.link_nonce if found else "") or found is None:
        raise Http404
    if not _is_public(found):
        user = request.user
        if not user.is_authenticated or not found.ticket.is_visible_to(user):
            raise Http404
    return _answer(found)


def _answer(found: Attachment) -> FileResponse:
    try:
        file = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = file_response(file, found.name, found.content_type)
    caching = response.headers["Cache-Control"]
    keep_private(response)
    response.headers["Cache-Control"] = caching
    return response


@require_safe
@login_not_required
def linked_file(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    """A file that was too large for a mail; when its link has ended, what to do instead."""
    links = FileLink.objects.select_related("attachment__message", "attachment__ticket")
    found = get_object_or_404(links, token_hash=hash_token(token))
    if not (_is_public(found.attachment) or _went_to_third_party(found.attachment)):
        raise Http404
    if found.is_expired:
        answer = render(request, "channels/file_expired.html", {"name": found.attachment.name}, status=410)
        keep_private(answer)
        return answer
    return _answer(found.attachment)


def _went_to_third_party(found: Attachment) -> bool:
    return found.message is not None and found.message.side_id is not None


def _is_public(found: Attachment) -> bool:
    return found.message is not None and found.message.is_public
