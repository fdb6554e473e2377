"""Users, teams, skills, and the tokens by which their programs sign in."""

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, Permission, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.localized import LocalizedName
from common.zones import known_zones


def validate_time_zone(name: str) -> None:
    """Refuse a name that is no time zone."""
    if name not in known_zones():
        raise ValidationError(
            _("“%(name)s” is not a time zone. Write it like Asia/Shanghai."), params={"name": name}
        )


class Role(models.TextChoices):
    """The four groups that helpdesk.roles fills with permissions."""

    AGENT = "agent", _("Agent")
    LEAD = "lead", _("Team lead")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Administrator")

    @classmethod
    def words(cls, group: Group) -> str:
        """What people call a role; a group that somebody added is called what it is named."""
        return str(dict(cls.choices).get(group.name, group.name))


class Tier(models.TextChoices):
    """How much service a ticket gets, and which a team gives."""

    SELF_SERVICE = "self_service", _("Self-service")
    PROFESSIONAL = "professional", _("Professional")
    PREMIUM = "premium", _("Premium")


class Strategy(models.TextChoices):
    """How a team shares out its new tickets among the people on duty."""

    LEAST_LOAD = "least_load", _("Least load")
    ROUND_ROBIN = "round_robin", _("In turn")
    BEST_SKILL = "best_skill", _("Best skill match")
    LAST_AGENT = "last_agent", _("Last agent of the customer")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user who signs in by e-mail; without a password he cannot sign in yet."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user who may do everything."""
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class Skill(LocalizedName):
    """Something a ticket may need and an agent may have."""

    code = models.SlugField(_("code"), unique=True)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ("code",)


class User(AbstractBaseUser, PermissionsMixin):
    """One member of staff."""

    email = models.EmailField(_("e-mail address"), unique=True)
    display_name = models.CharField(_("display name"), max_length=80, help_text=_("Customers see this name."))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Asia/Shanghai", validators=[validate_time_zone]
    )
    skills = models.ManyToManyField(Skill, blank=True, related_name="users", verbose_name=_("skills"))
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Switch off instead of deleting: past work stays readable.")
    )
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    # The switch in the desk: new tickets go only to people who are present.
    is_present = models.BooleanField(_("present"), default=False)
    capacity = models.PositiveSmallIntegerField(
        _("open tickets at once"),
        null=True,
        blank=True,
        help_text=_(
            "New tickets stop coming at this load, counted by the weight of each priority. Empty: no limit."
        ),
    )
    # Codes of staff.notices: what he does not want to be told in the page, and what he wants by mail too.
    unwanted_notices = models.JSONField(
        default=list, editable=False, db_default=models.Value([], models.JSONField())
    )
    mailed_notices = models.JSONField(
        default=list, editable=False, db_default=models.Value([], models.JSONField())
    )
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("display_name", "id")
        constraints = [models.UniqueConstraint(Lower("email"), name="a_user_email_is_unique_in_any_case")]
        permissions = [("plan_duty", "Can plan the shifts of a team")]

    def __str__(self) -> str:
        return self.display_name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    @cached_property
    def team_ids(self) -> frozenset[int]:
        """The ids of the teams this user belongs to, read once per request."""
        return frozenset(self.memberships.values_list("team_id", flat=True))

    @cached_property
    def _granted(self) -> frozenset[str]:
        # Django's backends ask apart for one's own and for those of one's roles, on every page of everybody.
        names = Permission.objects.order_by().values_list("content_type__app_label", "codename")
        granted = names.filter(user=self.pk).union(names.filter(group__user=self.pk))
        return frozenset(f"{app}.{codename}" for app, codename in granted)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether he may do it, by himself or by a role; a page of the admin asks this some hundred times."""
        if obj is not None or self.is_superuser or not self.is_active:
            return super().has_perm(perm, obj)
        return perm in self._granted

    def has_module_perms(self, app_label: str) -> bool:
        """Whether he may do anything in a room."""
        if self.is_superuser or not self.is_active:
            return super().has_module_perms(app_label)
        return any(perm.startswith(f"{app_label}.") for perm in self._granted)


class Team(LocalizedName):
    """People who share a queue."""

    name = models.CharField(_("name in English"), max_length=120, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    members = models.ManyToManyField(
        User, through="Membership", related_name="teams", blank=True, verbose_name=_("members")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    strategy = models.CharField(
        _("shares out new tickets by"),
        max_length=20,
        choices=Strategy.choices,
        default=Strategy.LEAST_LOAD,
        help_text=_(
            "Only people who are on duty, able and below their limit get any. Least load: whoever has the least "
            "open work. In turn: whoever has waited longest for a new ticket. Best skill match: whoever has the "
            "needed skills and few others. Last agent: whoever served this customer last, else the least load."
        ),
    )
    tier = models.CharField(
        _("service tier"),
        max_length=20,
        choices=Tier.choices,
        default=Tier.PROFESSIONAL,
        help_text=_(
            "Of the teams that serve a category, tickets of VIP customers and major events go to the premium one."
        ),
    )

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ("name",)


class Membership(models.Model):
    """One user in one team."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships", verbose_name=_("team"))
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("user"))
    is_lead = models.BooleanField(_("leads the team"), default=False)
    is_on_call = models.BooleanField(
        _("on call"),
        default=False,
        help_text=_("Premium tickets go to people on call first, as long as one of them is on duty."),
    )
    # Written by the assigning itself, so that turns go round and equals alternate.
    last_assigned_at = models.DateTimeField(_("last given a ticket"), null=True, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=("team", "user"), name="a_user_is_in_a_team_once")]

    def __str__(self) -> str:
        return f"{self.team} – {self.user}"


class ApiToken(models.Model):
    """A key by which a user's program acts for him; only its hash is kept."""

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Read and write")

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=80, help_text=_("What uses it, such as order import."))
    scope = models.CharField(_("scope"), max_length=10, choices=Scope.choices, default=Scope.READ)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= timezone.now()


class RequestCount(models.Model):
    """How many requests came from one source within the present window; written by `staff.counting` alone."""

    source = models.CharField(_("source"), max_length=100, primary_key=True)
    # The window's number since 1970, counted in its own length: another one begins at nothing.
    window = models.BigIntegerField(_("window"))
    requests = models.PositiveIntegerField(_("requests"))
    until = models.DateTimeField(_("counts until"), db_index=True)

    class Meta:
        verbose_name = _("request count")
        verbose_name_plural = _("request counts")

    def __str__(self) -> str:
        return f"{self.source}: {self.requests}"
