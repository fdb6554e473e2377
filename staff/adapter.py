"""How allauth serves this desk: only members of staff have accounts, and managers make them."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest


class StaffAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by himself; customers need no account."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave the counting of wrong passwords to axes; two counters would contradict each other."""

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Whether this is the signed-in user's password; his address is the one on his account."""
        email = user.get_username()
        return self.authenticate(self.request, email=email, password=password) == user

    def format_email_subject(self, subject: str) -> str:
        """Leave the subject as it is; the sender's name says who writes."""
        return subject
