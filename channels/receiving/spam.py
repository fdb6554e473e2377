"""Telling spam: by the lists, else by what stood in tickets that agents cancelled as spam or answered."""

import math
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from channels.models import Reason, ReceivedMail, SenderRule, SpamLearning, SpamToken
from channels.receiving.people import Sender
from common.search import index_text
from customers.models import Identity
from tickets.choices import CancelReason, EventKind, Status
from tickets.models import Event, Ticket

# Before so many of each kind were seen nothing is called spam by what was learnt.
LEAST_LEARNT = 10
# The filter speaks only when it is this sure: a customer who waits for nothing is worse than a spam to cancel.
SURE = 0.99
MOST_TOKENS = 300
# Of a mail so many of the tokens that tell most are weighed.
TELLING = 40
# A rarely seen token tells little: as if it had been seen once more, undecided.
STRENGTH, UNDECIDED = 1.0, 0.5
EVENTS_AT_ONCE = 500
# An event that is younger may have an older one beside it that is not committed yet.
SETTLED = timedelta(minutes=1)
SPAM, HAM = "spam", "ham"


def spam_reason(sender: Sender, subject: str, text: str, learnt: SpamLearning | None) -> str:
    """The reason why a mail that begins a ticket is spam; empty when it is none."""
    if (kind := _listed(sender)) is not None:
        return Reason.DENIED if kind == SenderRule.Kind.DENY else ""
    if learnt is None or (sender.is_usable and _is_served(sender.address)):
        return ""
    return Reason.SPAM if score(tokens_of(sender.address, subject, text), learnt) >= SURE else ""


def what_was_learnt() -> SpamLearning | None:
    """What the filter speaks from; None before it has seen enough."""
    return SpamLearning.objects.filter(spam__gte=LEAST_LEARNT, ham__gte=LEAST_LEARNT).first()


def _listed(sender: Sender) -> str | None:
    """What the lists say of a sender, the address before its domain; nobody is let in by a name that is not his."""
    domain = "@" + sender.address.rpartition("@")[2]
    rules = {
        rule.sender: rule.kind for rule in SenderRule.objects.filter(sender__in=[sender.address, domain])
    }
    kind = rules.get(sender.address, rules.get(domain))
    return None if kind == SenderRule.Kind.ALLOW and sender.is_doubtful else kind


def _is_served(address: str) -> bool:
    """Whether a colleague has answered this customer before."""
    owners = Identity.objects.filter(kind="email", value=address).values("customer")
    return Ticket.objects.filter(customer__in=owners, first_response_at__isnull=False).exists()


def tokens_of(address: str, subject: str, text: str) -> list[str]:
    """What a mail is judged by: words, pairs of Chinese characters, and where it comes from."""
    words = dict.fromkeys(index_text(subject, text[:5_000]).split())
    found = [word for word in words if 2 <= len(word) <= 40][:MOST_TOKENS]
    return [*found, "@" + address.rpartition("@")[2][:70]]


def score(tokens: Iterable[str], learnt: SpamLearning) -> float:
    """How sure it is that tokens are those of spam, from 0 to 1; 0.5 when nothing in them tells.

    Robinson's way of joining probabilities (2003), as SpamBayes and Bogofilter use it.
    """
    known = SpamToken.objects.filter(token__in=list(tokens)).values_list("spam", "ham")
    chances = [_chance(spam / learnt.spam, ham / learnt.ham, spam + ham) for spam, ham in known]
    telling = sorted(chances, key=lambda chance: abs(chance - UNDECIDED))[-TELLING:]
    if not telling:
        return UNDECIDED
    looks_like_spam = 1 - _chi2(-2 * sum(math.log(1 - chance) for chance in telling), 2 * len(telling))
    looks_like_ham = 1 - _chi2(-2 * sum(math.log(chance) for chance in telling), 2 * len(telling))
    return (1 + looks_like_spam - looks_like_ham) / 2


def _chance(in_spam: float, in_ham: float, seen: int) -> float:
    raw = in_spam / (in_spam + in_ham) if in_spam + in_ham else UNDECIDED
    chance = (STRENGTH * UNDECIDED + seen * raw) / (STRENGTH + seen)
    return min(0.999, max(0.001, chance))


def _chi2(value: float, degrees: int) -> float:
    """The chance that a chi-square of so many (even) degrees is above the value."""
    half = value / 2
    term = total = math.exp(-half)
    for step in range(1, degrees // 2):
        term *= half / step
        total += term
    return min(total, 1.0)


def events_to_learn_from() -> QuerySet[Event]:
    """What happened since the last time and is settled."""
    learnt = SpamLearning.objects.first()
    return Event.objects.filter(pk__gt=learnt.last_event if learnt else 0, at__lt=timezone.now() - SETTLED)


@transaction.atomic
def learn() -> int:
    """Learn from tickets that people answered, cancelled as spam or restored; return how many mails taught."""
    learnt = SpamLearning.objects.select_for_update().first()
    if learnt is None:
        # What happened before the filter was there is left alone.
        newest = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
        learnt = SpamLearning.objects.create(last_event=newest)
        return 0
    events = list(
        events_to_learn_from().order_by("pk").values("pk", "kind", "ticket", "actor")[:EVENTS_AT_ONCE]
    )
    if not events:
        return 0
    # Only what people do teaches: else the filter would learn from itself.
    told = {
        row["ticket"] for row in events if row["actor"] and row["kind"] in (EventKind.STEP, EventKind.MESSAGE)
    }
    mails = ReceivedMail.objects.filter(message__ticket__in=told).select_related("message__ticket")
    taught = sum(_learn_from(mail, learnt) for mail in mails if _begins(mail))
    learnt.last_event = events[-1]["pk"]
    learnt.save()
    return taught


def _begins(mail: ReceivedMail) -> bool:
    message = mail.message
    return message is not None and not message.ticket.messages.filter(pk__lt=message.pk).exists()


def _learn_from(mail: ReceivedMail, learnt: SpamLearning) -> bool:
    assert mail.message is not None
    ticket = mail.message.ticket
    if ticket.status == Status.CANCELLED and ticket.cancel_reason == CancelReason.SPAM:
        verdict = SPAM
    else:
        verdict = HAM if ticket.first_response_at else ""
    if verdict == mail.learnt:
        return False
    tokens = tokens_of(mail.sender, ticket.subject, mail.message.body)
    for name, change in ((mail.learnt, -1), (verdict, 1)):
        if name:
            _count(tokens, name, change)
            setattr(learnt, name, max(0, getattr(learnt, name) + change))
    ReceivedMail.objects.filter(pk=mail.pk).update(learnt=verdict)
    return True


def _count(tokens: list[str], name: str, change: int) -> None:
    if change > 0:
        SpamToken.objects.bulk_create([SpamToken(token=token) for token in tokens], ignore_conflicts=True)
    SpamToken.objects.filter(token__in=tokens).update(**{name: F(name) + change})
