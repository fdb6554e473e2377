"""What people looked for, kept for each of them."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from tickets.models import RecentSearch

if TYPE_CHECKING:
    from staff.models import User

KEPT = 10


@transaction.atomic
def remember_search(user: "User", text: str) -> None:
    """Put a search on top of the user's recent ones; the oldest beyond ten is forgotten."""
    text = text.replace("\x00", "").strip()[: RecentSearch._meta.get_field("text").max_length]
    if not text:
        return
    RecentSearch.objects.update_or_create(user=user, text=text, defaults={"searched_at": timezone.now()})
    kept = RecentSearch.objects.filter(user=user).values_list("pk", flat=True)[:KEPT]
    RecentSearch.objects.filter(user=user).exclude(pk__in=list(kept)).delete()


def recent_searches(user: "User") -> list[str]:
    """The user's recent searches, the newest first."""
    return list(RecentSearch.objects.filter(user=user).values_list("text", flat=True)[:KEPT])


def forget_searches(user: "User") -> None:
    """Forget all of the user's recent searches."""
    RecentSearch.objects.filter(user=user).delete()
