"""The API's routes for tickets. Each begins with the tickets that the caller may see and ends in a service."""

import hashlib
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import AnyAccept, KeyPagination, Problem
from common.uploads import file_response
from customers.models import Customer
from customers.services import add_identity, find_or_create_customer
from staff.models import User
from tickets import services
from tickets.api import inputs, serializers
from tickets.api.filters import TicketFilter
from tickets.choices import CancelReason
from tickets.desk.macros import offered_macros
from tickets.models import Attachment, Event, Message, Ticket
from tickets.models.conversation import IN_CONVERSATION
from tickets.services import StaleTicket, StepRefused

CONFLICT = OpenApiResponse(
    serializers.ConflictSerializer,
    "Refused: “step_refused” with the reasons, or “stale” with the ticket as it is now.",
)
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="The same key again gives the ticket that it made, so that a repeated request makes no second one.",
)  # fmt: skip
ROWS = ("customer", "category", "team", "assignee")


class TicketsView(GenericAPIView[Any]):
    """What all routes for tickets share."""

    filter_backends: Any = ()
    pagination_class: Any = None
    queryset = Ticket.objects.none()

    @property
    def user(self) -> User:
        """Who asks."""
        return self.request.user  # type: ignore[return-value]

    def tickets(self) -> QuerySet[Ticket]:
        """The tickets that the caller may see, with what an answer shows of them."""
        return Ticket.objects.visible_to(self.user).select_related(*ROWS).prefetch_related("tags")

    def ticket(self, pk: int) -> Ticket:
        """The ticket of the address, if the caller may see it."""
        return get_object_or_404(Ticket.objects.visible_to(self.user).select_related(*ROWS), pk=pk)

    def ticket_to_work_on(self, pk: int) -> Ticket:
        """The ticket of the address, if the caller may see it and change it."""
        ticket = self.ticket(pk)
        self.check_works_on_tickets()
        return ticket

    def check_works_on_tickets(self) -> None:
        """Raise unless the caller may do more than read."""
        if not self.user.has_perm("tickets.work_on_ticket"):
            raise PermissionDenied

    def checked(self, form: type[inputs.serializers.Serializer], **manner: Any) -> dict[str, Any]:
        """What was sent, checked."""
        sent = form(data=self.request.data, context=self.get_serializer_context(), **manner)
        sent.is_valid(raise_exception=True)
        return sent.validated_data

    def page_of(self, rows: QuerySet[Any], serializer: type[inputs.serializers.Serializer]) -> Response:
        """One page of a list."""
        page = self.paginate_queryset(rows)
        shown = serializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(shown.data)

    def shown(self, ticket: Ticket) -> dict[str, Any]:
        """The ticket as an answer, read anew."""
        fresh = Ticket.objects.select_related(*ROWS).prefetch_related("tags", "promises").get(pk=ticket.pk)
        return serializers.WholeTicketSerializer(fresh, context=self.get_serializer_context()).data

    def handle_exception(self, error: Exception) -> Response:
        if isinstance(error, StepRefused):
            error = Problem(code="step_refused", reasons=error.reasons)
        elif isinstance(error, StaleTicket):
            newer = serializers.TicketSerializer(error.ticket, context=self.get_serializer_context())
            error = Problem(str(error), code="stale", ticket=newer.data)
        return super().handle_exception(error)


class ActivityPagination(KeyPagination):
    """Newest activity first."""

    ordering = ("-last_message_at", "-id")


class TicketList(TicketsView):
    """Tickets: look through them, take one in."""

    pagination_class = ActivityPagination
    filter_backends = (DjangoFilterBackend,)
    filterset_class = TicketFilter
    serializer_class = serializers.TicketSerializer

    @extend_schema(operation_id="tickets_list", responses=serializers.TicketSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The tickets one may see, newest activity first."""
        return self.page_of(self.filter_queryset(self.tickets()), serializers.TicketSerializer)

    @extend_schema(
        operation_id="tickets_create",
        parameters=[IDEMPOTENCY],
        request={"application/json": inputs.NewTicketInput, "multipart/form-data": inputs.NewTicketForm},
        responses={
            200: OpenApiResponse(serializers.WholeTicketSerializer, "The ticket that this key made before"),
            201: OpenApiResponse(serializers.WholeTicketSerializer, "The new ticket"),
        },
    )
    def post(self, request: Request) -> Response:
        """Take a request in: it is classified, promised, assigned and acknowledged as from any channel."""
        self.check_works_on_tickets()
        key = submission_key(request)
        if key and (known := Ticket.objects.filter(submission_key=key).first()):
            return Response(self.shown(known))
        values = self.checked(inputs.NewTicketForm if request.FILES else inputs.NewTicketInput)
        with transaction.atomic():
            customer = self._customer(values)
            ticket = services.create_ticket(
                customer=customer,
                actor=self.user,
                attachments=values.pop("files", ()),
                submission_key=key,
                **values,
            )
        return Response(self.shown(ticket), status.HTTP_201_CREATED)

    def _customer(self, values: dict[str, Any]) -> Customer:
        name, email, phone = (values.pop(field, "") for field in ("customer_name", "email", "phone"))
        if customer := values.pop("customer", None):
            return customer.merged_into or customer
        if not self.user.has_perm("customers.add_customer"):
            raise PermissionDenied
        began_at = timezone.now()
        kind, value = ("email", email) if email else ("phone", phone)
        language = values.get("language", "")
        customer = find_or_create_customer(name=name, kind=kind, value=value, language=language)
        if email and phone and customer.created_at >= began_at:
            add_identity(customer, "phone", phone)
        return customer


def submission_key(request: Request) -> str | None:
    """The key of the header, made one's own, so that nobody comes upon another's ticket by it."""
    sent = request.headers.get("Idempotency-Key", "")
    return hashlib.sha256(f"api:{request.user.pk}:{sent}".encode()).hexdigest() if sent else None


class TicketDetail(TicketsView):
    """One ticket."""

    serializer_class = serializers.WholeTicketSerializer

    @extend_schema(operation_id="tickets_retrieve", responses=serializers.WholeTicketSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A ticket with its promises."""
        ticket = get_object_or_404(self.tickets().prefetch_related("promises"), pk=pk)
        return Response(serializers.WholeTicketSerializer(ticket, context=self.get_serializer_context()).data)

    @extend_schema(
        operation_id="tickets_partial_update",
        request=inputs.TicketChangesInput,
        responses={200: serializers.WholeTicketSerializer, 409: CONFLICT},
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is known about a ticket, or none of it when somebody was quicker."""
        ticket = self.ticket_to_work_on(pk)
        values = self.checked(inputs.TicketChangesInput, instance=ticket)
        version, tags = values.pop("version", None), values.pop("tags", None)
        with transaction.atomic():
            services.change_ticket(ticket, actor=self.user, expected_version=version, **values)
            if tags is not None:
                services.set_tags(ticket, tags, actor=self.user)
        return Response(self.shown(ticket))


class MessageList(TicketsView):
    """The conversation of a ticket."""

    pagination_class = KeyPagination
    serializer_class = serializers.MessageSerializer

    @extend_schema(operation_id="tickets_messages_list", responses=serializers.MessageSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """What was said on a ticket, newest first, internal notes too."""
        rows = (
            Message.objects.filter(IN_CONVERSATION, ticket=self.ticket(pk))
            .select_related("author")
            .defer("search_text")
        )
        return self.page_of(rows.prefetch_related("attachments"), serializers.MessageSerializer)

    @extend_schema(
        operation_id="tickets_messages_create",
        request={"application/json": inputs.NewMessageInput, "multipart/form-data": inputs.NewMessageForm},
        responses={201: serializers.MessageSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Answer the customer, or write a note that only colleagues read; files as parts of a form."""
        ticket = self.ticket_to_work_on(pk)
        values = self.checked(inputs.NewMessageForm if request.FILES else inputs.NewMessageInput)
        files = values.get("files", ())
        if values["kind"] == "note":
            message = services.add_note(ticket, values["body"], actor=self.user, attachments=files)
        else:
            message = services.add_reply(
                ticket, values["body"], actor=self.user, attachments=files, step=values.get("step", ""),
                cc=values.get("cc", ()), bcc=values.get("bcc", ()),
                expected_version=values.get("version"),
            )  # fmt: skip
        return Response(serializers.MessageSerializer(message).data, status.HTTP_201_CREATED)


class AttachmentList(TicketsView):
    """The files of a ticket."""

    pagination_class = KeyPagination
    serializer_class = serializers.AttachmentSerializer

    @extend_schema(
        operation_id="tickets_attachments_list", responses=serializers.AttachmentSerializer(many=True)
    )
    def get(self, request: Request, pk: int) -> Response:
        """Every file that came or went with the messages of a ticket, newest first; sent by posting a message."""
        return self.page_of(
            Attachment.objects.filter(ticket=self.ticket(pk)), serializers.AttachmentSerializer
        )


class AttachmentFile(TicketsView):
    """One file."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        operation_id="tickets_attachments_retrieve",
        responses={(200, kind): OpenApiTypes.BINARY for kind in (
            "application/octet-stream", "image/png", "image/jpeg", "image/gif", "image/webp",
        )},
    )  # fmt: skip
    def get(self, request: Request, pk: int, attachment: int) -> FileResponse:
        """The bytes of a file; only pictures are called by their type."""
        found = get_object_or_404(Attachment, ticket=self.ticket(pk), pk=attachment)
        try:
            file = found.file.open()
        except FileNotFoundError as error:
            raise NotFound(_("This file is not kept any more.")) from error
        return file_response(file, found.name, found.content_type)


class StepList(TicketsView):
    """What can be done with a ticket now, and doing it."""

    @extend_schema(operation_id="tickets_steps_retrieve", responses=serializers.StepsSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The caller's steps: those that are possible now, and the others with the reasons."""
        ticket = self.ticket(pk)
        steps = [
            {
                "name": step.name,
                "label": str(step.label),
                "is_possible": not reasons,
                "reasons": reasons,
                "takes": ["note", "reply", *inputs.DETAILS.get(step.name, ())],
            }
            for step, reasons in services.possible_steps(ticket, self.user)
        ]
        return Response({"status": ticket.status, "version": ticket.version, "steps": steps})

    @extend_schema(
        operation_id="tickets_steps_create",
        request=inputs.StepInput,
        responses={200: serializers.WholeTicketSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take a step. One that cannot be taken is refused with all the reasons, and nothing is changed."""
        ticket = self.ticket_to_work_on(pk)
        values = self.checked(inputs.StepInput)
        return Response(self.shown(take_step(ticket, values, actor=self.user)))


class MacroList(TicketsView):
    """The macros for a ticket."""

    serializer_class = serializers.MacroSerializer

    @extend_schema(operation_id="tickets_macros_list", responses=serializers.MacroSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The macros that the caller may use on the ticket, first those that its state lets him use now."""
        rows = offered_macros(self.ticket(pk), self.user)
        shown = [{**row, "is_possible": not row["obstacle"]} for row in rows]
        return Response(serializers.MacroSerializer(shown, many=True).data)


class MacroUse(TicketsView):
    """Using a macro."""

    @extend_schema(
        operation_id="tickets_macros_create",
        request=inputs.MacroInput,
        responses={200: serializers.WholeTicketSerializer, 409: CONFLICT},
    )
    def post(self, request: Request, pk: int, macro: int) -> Response:
        """Do all that the macro says, or nothing: a refusal says which action is not possible, and why."""
        ticket = self.ticket_to_work_on(pk)
        found = next((row for row in services.macros_for(self.user, ticket) if row.pk == macro), None)
        if found is None:
            raise NotFound
        values = self.checked(inputs.MacroInput)
        used = services.run_macro(
            ticket, found, actor=self.user, body=values.get("reply"), expected_version=values.get("version")
        )
        return Response(self.shown(used))


def take_step(ticket: Ticket, values: dict[str, Any], *, actor: User) -> Ticket:
    """Take the step that was asked for, by the service that does it in the desk too."""
    details = inputs.StepInput.details(values)
    manner: dict[str, Any] = {
        "actor": actor, "note": values.get("note", ""), "expected_version": values.get("version"),
    }  # fmt: skip
    if "team" in details:
        return services.assign_to_team(ticket, details["team"], **manner)
    if details.get("cancel_reason") == CancelReason.MERGED and "merged_into" in details:
        manner["other_customer"] = values.get("other_customer", False)
        return services.merge_tickets(ticket, details["merged_into"], **manner).source
    return services.take_step(ticket, values["step"], reply=values.get("reply", ""), **manner, **details)


class PromiseList(TicketsView):
    """What was promised for a ticket, and why it is due when it is."""

    serializer_class = serializers.AccountSerializer

    @extend_schema(operation_id="tickets_promises_list", responses=serializers.AccountSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Every promise of a ticket with its account, line by line: codes, moments and seconds."""
        promises = list(services.promises_to_explain(self.ticket(pk)))
        for promise in promises:
            promise.account = services.explain(promise)  # type: ignore[attr-defined]
        return Response(serializers.AccountSerializer(promises, many=True).data)


class EventList(TicketsView):
    """The history of a ticket."""

    pagination_class = KeyPagination
    serializer_class = serializers.EventSerializer

    @extend_schema(operation_id="tickets_events_list", responses=serializers.EventSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """What happened to a ticket, newest first; written once and never changed."""
        rows = Event.objects.filter(ticket=self.ticket(pk)).select_related("actor")
        return self.page_of(rows, serializers.EventSerializer)
