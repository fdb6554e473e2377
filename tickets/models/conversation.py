"""What is said on a ticket."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.choices import Channel
from common.file_types import is_picture
from common.links import link_path
from customers.models import Customer
from knowledgebase.models import Article
from tickets.choices import Delivery, MessageKind
from tickets.mails import SENDER_LENGTH
from tickets.models.side import SideConversation
from tickets.models.ticket import Ticket
from tickets.recipients import waiting

# What a conversation shows: of several that say the same to several colleagues the first, and what did not arrive.
IN_CONVERSATION = Q(is_copy=False) | Q(delivery=Delivery.FAILED)


class Message(models.Model):
    """One piece of the conversation; a queued one is also the order to deliver it."""

    class Purpose(models.TextChoices):
        ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
        RESOLVED = "resolved", _("Resolved")
        SURVEY = "survey", _("Survey invitation")
        SURVEY_REMINDER = "survey_reminder", _("Survey reminder")
        STAFF = "staff", _("To a colleague")
        PROGRESS = "progress", _("Progress note")
        SIDE = "side", _("Side conversation")

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", verbose_name=_("ticket"))
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind.choices)
    # Why an automatic message was written; empty for what people write.
    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose.choices, blank=True, default="")
    # The mail's subject where it is not the ticket's.
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    # The name it comes under where a manager chose one; else the mailbox decides.
    sender_name = models.CharField(
        _("sender’s name"), max_length=SENDER_LENGTH, blank=True, default="", db_default=""
    )
    body = models.TextField(_("text"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    # The reply asks the customer something, so the ticket may wait for him.
    asks_customer = models.BooleanField(_("asks the customer"), default=False)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    # The same message from the same channel is taken in once.
    source_key = models.CharField(max_length=255, unique=True, null=True, editable=False)
    # Of a mail: what stood below or around the text (quotations, signatures), its HTML made safe, who sent it.
    folded = models.TextField(_("quoted text"), blank=True, default="", db_default="", editable=False)
    html = models.TextField(blank=True, default="", db_default="", editable=False)
    # The HTML of what a colleague wrote with Markdown's marks, made safe; empty for a text without any.
    formatted = models.TextField(blank=True, default="", db_default="", editable=False)
    sender = models.CharField(
        _("sender"), max_length=254, blank=True, default="", db_default="", editable=False
    )
    # The mailbox's own server says that the mail does not come from where it says.
    is_doubtful = models.BooleanField(
        _("sender not confirmed"), default=False, db_default=False, editable=False
    )
    # Files that were not kept: a list of [name, reason].
    refused_files = models.JSONField(default=list, blank=True, editable=False)
    # The thread with a third party that it belongs to.
    side = models.ForeignKey(
        SideConversation, models.PROTECT, null=True, editable=False, related_name="messages", db_index=False,
        verbose_name=_("side conversation"),
    )  # fmt: skip
    # The ticket that was made of it.
    split_into = models.ForeignKey(
        Ticket, models.PROTECT, null=True, editable=False, related_name="+", db_index=False,
        verbose_name=_("split off into"),
    )  # fmt: skip
    # What the search reads: text cut into bigrams; with the ticket's subject on its first message.
    search_text = models.TextField(editable=False, default="")

    delivery = models.CharField(_("delivery"), max_length=10, choices=Delivery.choices, default=Delivery.NONE)
    recipient = models.CharField(_("recipient"), max_length=254, blank=True, default="")
    # Copies to others, as tickets.recipients makes them; the message is delivered when all of them are settled.
    also_to = models.JSONField(_("copies"), default=list, blank=True, editable=False)
    # Until then the customer does not see it, and its author may take it back.
    held_until = models.DateTimeField(_("held until"), null=True, editable=False)
    # How ticket and promises were before it, to be put back with it.
    undo = models.JSONField(null=True, editable=False)
    # The idempotency key of the delivery; the Message-ID is made of it.
    delivery_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, editable=False)
    delivered_at = models.DateTimeField(_("delivered"), null=True, editable=False)
    delivery_error = models.CharField(
        _("delivery error"), max_length=500, blank=True, default="", editable=False
    )
    # Another one to the same colleague, in whose mail this one goes out.
    sent_with = models.ForeignKey(
        "self", models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    # Says to a further colleague what another message says already; conversations show the first.
    is_copy = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(delivery="queued") | Q(next_attempt_at__isnull=False) & ~Q(recipient=""),
                name="a_queued_message_says_when_and_to_whom",
            ),
            models.CheckConstraint(
                condition=~Q(kind="note") | Q(delivery="none") | Q(purpose__in=["staff", "side"]),
                name="an_internal_note_is_never_sent",
            ),
        ]
        indexes = [
            # The conversation on the ticket page.
            models.Index(fields=["ticket", "id"], name="message_conversation"),
            # How often the desk has written to an address by itself.
            models.Index(fields=["recipient", "id"], name="message_recipient"),
            # The sweep for messages to deliver.
            models.Index(fields=["next_attempt_at"], name="message_queued", condition=Q(delivery="queued")),
            # A thread with a third party.
            models.Index(fields=["side", "id"], name="message_side", condition=Q(side__isnull=False)),
            # What goes out in one mail with another.
            models.Index(
                fields=["sent_with"], name="message_sent_with", condition=Q(sent_with__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def waiting_addresses(self) -> list[str]:
        """To whom it has still to be sent."""
        own = [self.recipient] if self.delivered_at is None else []
        return own + waiting(self.also_to)

    @property
    def is_held(self) -> bool:
        """Whether it may still be taken back."""
        return self.held_until is not None and self.held_until > timezone.now()

    @property
    def is_public(self) -> bool:
        """Whether the customer may read it."""
        return self.kind != MessageKind.NOTE


def attachment_path(attachment: models.Model, name: str) -> str:
    """Where the file lies: a random name, so that no path tells anything or can be guessed."""
    return f"attachments/{timezone.now():%Y/%m}/{uuid.uuid4().hex}"


class StoredFile(models.Model):
    """A file that was looked into before it was kept."""

    file = models.FileField(_("file"), upload_to=attachment_path)
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    class Meta:
        abstract = True
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """Whether a page may show it in place."""
        return is_picture(self.content_type)


class Attachment(StoredFile):
    """A file that came or went with a message; never served inline as a page."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="attachments", verbose_name=_("ticket"))
    message = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="attachments", verbose_name=_("message")
    )
    # The key of the category's extra field it was given for, if any.
    field_key = models.CharField(max_length=50, blank=True, default="", editable=False)
    # By which name the HTML of its mail shows it.
    content_id = models.CharField(max_length=255, blank=True, default="", db_default="", editable=False)
    link_nonce = models.CharField(max_length=32, editable=False)

    class Meta(StoredFile.Meta):
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def get_absolute_url(self) -> str:
        return link_path("attachment", self.link_nonce, pk=self.pk)


class TicketArticle(models.Model):
    """That an article was linked to a ticket, put into a reply, or sent as the automatic answer."""

    class Use(models.TextChoices):
        LINKED = "linked", _("Linked")
        INSERTED = "inserted", _("Inserted into a reply")
        AUTOMATIC = "automatic", _("Automatic answer")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="article_links", verbose_name=_("ticket"))
    article = models.ForeignKey(
        Article, models.CASCADE, related_name="ticket_links", verbose_name=_("article")
    )
    use = models.CharField(_("use"), max_length=10, choices=Use.choices, default=Use.LINKED)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    created_at = models.DateTimeField(_("linked"), default=timezone.now)

    class Meta:
        verbose_name = _("article on a ticket")
        verbose_name_plural = _("articles on tickets")
        constraints = [
            models.UniqueConstraint(fields=("ticket", "article"), name="an_article_is_on_a_ticket_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} – {self.article_id}"
