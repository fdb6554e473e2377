"""The API's customers."""

from typing import Any, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import KeyPagination
from customers import services
from customers.models import Customer, Identity
from customers.normalize import normalize_identity
from staff.models import User


class IdentitySerializer(serializers.ModelSerializer[Identity]):
    """One address of a customer."""

    class Meta:
        model = Identity
        fields = ("kind", "value")


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """A customer and how to reach him."""

    identities = IdentitySerializer(many=True, read_only=True)
    segment = serializers.SlugRelatedField("code", read_only=True, allow_null=True)  # type: ignore[var-annotated]
    organisation = serializers.SlugRelatedField("name", read_only=True, allow_null=True)  # type: ignore[var-annotated]
    merged_into = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)  # type: ignore[var-annotated]

    class Meta:
        model = Customer
        fields = (
            "id", "name", "identities", "segment", "organisation", "language", "time_zone", "merged_into", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class NewCustomerSerializer(serializers.Serializer[Any]):
    """A customer by one address; who is known already is found, not doubled."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(Identity.Kind.choices)
    value = serializers.CharField(max_length=254)
    language = serializers.ChoiceField(settings.LANGUAGES, default="zh-hans")
    time_zone = serializers.CharField(max_length=50, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            attrs["value"] = normalize_identity(attrs["kind"], attrs["value"])
        except ValueError as error:
            raise serializers.ValidationError(
                {"value": [_("This is not a valid address or number.")]}
            ) from error
        return attrs


class CustomerViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Customer]):
    """Customers: look for one, read one, make one."""

    serializer_class = CustomerSerializer
    pagination_class = KeyPagination
    filter_backends = ()
    queryset = Customer.objects.none()
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Customer]:
        found = Customer.objects.visible_to(cast(User, self.request.user)).select_related(
            "segment", "organisation"
        )
        if self.action == "list":
            found = found.current()
            if text := self.request.query_params.get("q", "").strip():
                found = found.found_by(text)
        return found.prefetch_related("identities")

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "q", str, description="A part of the name, the beginning of an address, or an order number."
            )
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Customers, newest first; merged profiles are left out."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        request=NewCustomerSerializer,
        responses={
            200: OpenApiResponse(CustomerSerializer, "The customer who has this address already"),
            201: OpenApiResponse(CustomerSerializer, "The new customer"),
        },
    )
    def create(self, request: Request) -> Response:
        """Make a customer, or find the one who has this address."""
        if not request.user.has_perm("customers.add_customer"):
            raise PermissionDenied
        form = NewCustomerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        is_known = Identity.objects.filter(kind=values["kind"], value=values["value"]).exists()
        customer = services.find_or_create_customer(**values)
        return Response(CustomerSerializer(customer).data, status=200 if is_known else 201)
