"""The admin's pages about ways in and out."""

from channels.admin import mailboxes, received, senders, signatures  # noqa: F401 - they register their pages
