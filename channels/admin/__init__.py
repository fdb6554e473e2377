"""The admin's pages about ways in and out."""

from channels.admin import (
    mailboxes,  # noqa: F401 - it registers its pages
    received,  # noqa: F401 - it registers its pages
    signatures,  # noqa: F401 - it registers its pages
)
