"""The API's survey responses, to be read."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers

from common.api import KeyPagination, RowSerializer
from surveys.models import Answer, Response
from tickets.models import Ticket


class AnswerSerializer(RowSerializer):
    """The answer to one question."""

    question_label = serializers.CharField(source="question.label", read_only=True)
    kind = serializers.CharField(source="question.kind", read_only=True)

    class Meta:
        model = Answer
        fields = ("question", "question_label", "kind", "number", "choice", "text")
        read_only_fields = fields


class ResponseSerializer(RowSerializer):
    """A customer's answers to one invitation; the score is the main question's."""

    ticket = serializers.IntegerField(source="invitation.ticket_id", read_only=True)
    customer = serializers.IntegerField(source="invitation.customer_id", read_only=True)
    survey = serializers.IntegerField(source="invitation.survey_id", read_only=True)
    answers = AnswerSerializer(many=True, read_only=True)

    class Meta:
        model = Response
        fields = ("id", "ticket", "customer", "survey", "score", "is_low", "created_at", "answers")
        read_only_fields = fields


class ResponseList(generics.ListAPIView[Any]):
    """Responses about the tickets one may see, newest first."""

    serializer_class = ResponseSerializer
    pagination_class = KeyPagination
    filter_backends = ()
    queryset = Response.objects.none()

    def get_queryset(self) -> QuerySet[Response]:
        user = self.request.user
        if not user.has_perm("surveys.view_response"):
            return Response.objects.none()
        seen = Ticket.objects.visible_to(user).order_by().values("pk")  # type: ignore[arg-type]
        rows = Response.objects.filter(invitation__ticket__in=seen).select_related("invitation")
        return rows.prefetch_related("answers__question")
