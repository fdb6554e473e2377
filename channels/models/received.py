"""Mail as it arrived, kept before anybody reads it, and what became of it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.models.mailbox import Mailbox
from tickets.models import Message


class Source(models.TextChoices):
    """Which way a mail came."""

    PIPE = "pipe", _("Handed over by the mail server (receive_mail)")
    LMTP = "lmtp", _("Handed over by the mail server (LMTP)")
    IMAP = "imap", _("Fetched by IMAP")


class MailState(models.TextChoices):
    """Where a received mail stands."""

    RECEIVED = "received", _("To be read")
    TICKET = "ticket", _("On a ticket")
    QUARANTINED = "quarantined", _("Quarantined")
    IGNORED = "ignored", _("Without a ticket")


class Reason(models.TextChoices):
    """Why a mail stands where it does, where that is not plain."""

    TIME = "time", _("Reading it took too long")
    MEMORY = "memory", _("Reading it took too much memory")
    CRASH = "crash", _("Reading it ended the reading process")
    TOO_LARGE = "too-large", _("It is larger than 64 MB")
    ERROR = "error", _("It could not be made into a ticket")
    SEVERAL_FROM_LINES = "several-from-lines", _("It has several senders’ lines")
    NO_SENDER = "no-sender", _("It names no sender")
    SEVERAL_SENDERS = "several-senders", _("It names several senders")
    ENCODED_ADDRESS = "encoded-address", _("The sender’s address is disguised")
    ADDRESS_IN_NAME = "address-in-name", _("The sender’s name shows another address than his own")
    GROUP_SENDER = "group-sender", _("The sender is a group")
    FROM_OURSELVES = "from-ourselves", _("The sender is one of our own addresses")
    DUPLICATE = "duplicate", _("The same mail came before")
    OWN = "own", _("It is a mail of ours that came back")
    BOUNCE = "bounce", _("A mail of ours could not be delivered")
    DELAY = "delay", _("A mail of ours is delayed")
    FEEDBACK = "feedback", _("A complaint about a mail of ours, from a mail provider")
    AUTOMATIC = "automatic", _("An automatic answer")
    LIST = "list", _("From a mailing list")
    SPAM = "spam", _("Spam, by what was learnt")
    DENIED = "denied", _("Spam, by the list of senders")


class ReceivedMail(models.Model):
    """One mail that came; nothing of it is ever thrown away because of what it says."""

    mailbox = models.ForeignKey(Mailbox, models.PROTECT, related_name="mails", verbose_name=_("mailbox"))
    source = models.CharField(_("way in"), max_length=10, choices=Source.choices)
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    # To whom the mail server had it, where it says so.
    recipient = models.CharField(_("recipient"), max_length=254, blank=True, default="")
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)

    state = models.CharField(_("state"), max_length=12, choices=MailState.choices, default=MailState.RECEIVED)
    reason = models.CharField(_("reason"), max_length=24, choices=Reason.choices, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(null=True, default=timezone.now)
    # Somebody has looked at it in the quarantine and wants a ticket.
    is_released = models.BooleanField(_("released"), default=False)
    error = models.CharField(_("error"), max_length=500, blank=True, default="")
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, blank=True, related_name="mails", verbose_name=_("message")
    )

    # What was read; empty before.
    identifier = models.CharField("Message-ID", max_length=500, blank=True, default="")
    # Of what the sender wrote, without what servers add on the way.
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    sender = models.CharField(_("sender"), max_length=254, blank=True, default="")
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    # What the spam filter has learnt from it: spam, ham, or nothing yet.
    learnt = models.CharField(max_length=4, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("received mail")
        verbose_name_plural = _("received mails")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("mailbox", "sha256"), name="the_same_bytes_are_kept_once_in_a_mailbox"
            ),
            models.CheckConstraint(
                condition=Q(state="received", next_attempt_at__isnull=False)
                | ~Q(state="received") & Q(next_attempt_at__isnull=True),
                name="a_mail_to_be_read_and_no_other_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="ticket") | Q(message__isnull=False),
                name="a_mail_on_a_ticket_names_its_message",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["quarantined", "ignored"]) | ~Q(reason=""),
                name="a_mail_without_a_ticket_says_why",
            ),
            # Also when two workers take in the same mail, come by two ways, at the same moment: the second has to try
            # again, and then finds the first.
            models.UniqueConstraint(
                fields=["mailbox", "fingerprint"],
                name="the_same_mail_is_taken_in_once",
                condition=Q(state="ticket") & ~Q(fingerprint=""),
            ),
        ]
        indexes = [
            # The sweep for mails to read.
            models.Index(fields=["next_attempt_at"], name="mail_to_read", condition=Q(state="received")),
            # The quarantine, and how many lie in it.
            models.Index(fields=["-id"], name="mail_quarantined", condition=Q(state="quarantined")),
        ]

    def __str__(self) -> str:
        return self.subject or self.identifier or f"#{self.pk}"


class MailContent(models.Model):
    """The bytes of a mail, apart from it so that no list reads them."""

    mail = models.OneToOneField(ReceivedMail, models.CASCADE, primary_key=True, related_name="content")
    raw = models.BinaryField()

    class Meta:
        verbose_name = _("content of a mail")
        verbose_name_plural = _("contents of mails")

    def __str__(self) -> str:
        return str(self.mail_id)
