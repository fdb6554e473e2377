"""All settings, read typed from the environment; a clone runs with no variable set (see docs/operators.md)."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from helpdesk.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = Environment()
# What is wrong in the environment; helpdesk.checks tells it, and the web server refuses to start.
ENVIRONMENT_PROBLEMS = env.problems

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", for_trying_out=DEBUG)
# Customers' links are derived from this key, so that they survive a change of SECRET_KEY.
LINK_KEY = env.text("LINK_KEY", default=SECRET_KEY)
# Secrets of second factors are encrypted with the first of these keys; the others still open what they closed.
SECOND_FACTOR_KEYS = env.texts("SECOND_FACTOR_KEY", default=[SECRET_KEY])
# Passwords of mailboxes are encrypted in the same manner.
MAILBOX_KEYS = env.keys("MAILBOX_KEY", default=[SECRET_KEY])
ALLOWED_HOSTS = env.texts("ALLOWED_HOSTS", default=["*"] if DEBUG else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.texts("CSRF_TRUSTED_ORIGINS", default=[])
# Where customers reach this help desk; links in mails begin with it.
PUBLIC_URL = env.site("PUBLIC_URL", "http://127.0.0.1:8000")
SITE_NAME = env.text("SITE_NAME", default="Help desk")

INSTALLED_APPS = [
    "helpdesk",
    "surveys",
    "channels",
    "tickets",
    "knowledgebase",
    "sla",
    "customers",
    "catalog",
    "staff",
    "common",
    "helpdesk.admin_site.HelpDeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_fsm",
    "django_tasks",
    "django_tasks_db",
    "django_htmx",
    "django_filters",
    "crispy_forms",
    "crispy_bootstrap5",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.compression.PageCompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tickets.desk.pulse.PulseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "staff.middleware.PersonalMannersMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Last, as axes asks: it turns a locked-out sign-in into its answer.
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "helpdesk.urls"
WSGI_APPLICATION = "helpdesk.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "helpdesk.context_processors.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database ------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'helpdesk.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Django's engine, which also keeps our triggers when a table is altered.
    DATABASES["default"]["ENGINE"] = "common.sqlite"
    # With these SQLite loses no write under contention; with Django's defaults it loses some.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {})
    DATABASES["default"]["CONN_MAX_AGE"] = env.number("DATABASE_MAX_AGE_SECONDS", default=600)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

CACHES = {
    # What must hold for all processes together: used one-time codes, tries of sign-ins. No hot page asks it.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"},
    # What each process may have for itself.
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Background work -----------------------------------------------------------------------------------------------

TASKS = {
    "default": {
        "BACKEND": env.text("TASKS_BACKEND", default="django_tasks_db.DatabaseBackend"),
        "QUEUES": ["default", "mail"],
    }
}

# --- Languages and time --------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.choice("LANGUAGE_CODE", "en", ["zh-hans", "zh-hant", "en"])
LANGUAGES = [
    ("zh-hans", _("Simplified Chinese")),
    ("zh-hant", _("Traditional Chinese")),
    ("en", _("English")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "helpdesk.formats"
# What a visitor without a time zone of his own sees.
TIME_ZONE = env.zone("TIME_ZONE", "Asia/Shanghai")

# --- People --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "staff.adapter.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
# Nobody is told by mail that he has no account: the form would send mail to any address.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Wrong passwords are counted by axes. These limit one network trying many addresses, and one-time codes per user.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "30/h/key"}
AXES_FAILURE_LIMIT = env.number("SIGN_IN_FAILURE_LIMIT", default=8, least=1)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "staff.sign_in.attempted_name"
AXES_CLIENT_IP_CALLABLE = "staff.sign_in.client_address"
AXES_LOCKOUT_CALLABLE = "staff.sign_in.answer_lockout"
# One is told when the next try is possible; a try before that must not move the time.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_SENSITIVE_PARAMETERS = ["code"]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
MFA_ADAPTER = "staff.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {"authenticate": "staff.sign_in.CodeForm", "reauthenticate": "staff.sign_in.CodeAgainForm"}
# Who types while the code changes, or whose clock is half a minute off, gets in (RFC 6238, 5.2).
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = SITE_NAME

# --- Mail ----------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", default="Help desk <support@localhost>")
# In DEBUG mail is written to files and shown at /mail/, so that a newcomer can follow every link.
MAIL_FOLDER = Path(env.text("MAIL_FOLDER", default=str(VAR_DIR / "mail")))
if DEBUG and not env.text("EMAIL_URL", default=""):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(MAIL_FOLDER)
else:
    vars().update(env.mail("EMAIL_URL", "smtp://localhost:25"))
EMAIL_TIMEOUT = 20
# What a mail carries at most; larger files go as links, which end after so many days.
MAIL_FILES_BYTES = env.number("MAIL_FILES_MB", default=10) * 1024 * 1024
FILE_LINK_DAYS = env.number("FILE_LINK_DAYS", default=30, least=1)
# Mails are kept as they came for so long, and longer while their ticket is open or they lie in the quarantine.
MAIL_KEPT_DAYS = env.number("MAIL_KEPT_DAYS", default=90, least=1)
# So long an agent may take a reply back; until then it waits.
UNDO_SECONDS = env.number("UNDO_SECONDS", default=10)
# Mail is signed where both are set: files in PEM, of the certificate (and those above it) and of its key.
SMIME_CERTIFICATE = env.text("SMIME_CERTIFICATE", default="")
SMIME_KEY = env.text("SMIME_KEY", default="")
SMIME_KEY_PASSWORD = env.text("SMIME_KEY_PASSWORD", default="")

# --- Files ---------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", default=str(VAR_DIR / "media")))
MEDIA_URL = "media/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# Maps of sources are read by developers of other products, and took half of the time of collecting.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
# One upload; a larger file is refused with a sentence that says so (common/uploads.py).
UPLOAD_LIMIT_BYTES = env.number("UPLOAD_LIMIT_MB", default=20, least=1) * 1024 * 1024
# So many forms of the portal from one address within ten minutes; 0 is no limit (channels/web/throttle.py).
FORM_LIMIT = env.number("FORM_LIMIT", default=60)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- Security ------------------------------------------------------------------------------------------------------

SECURE_SSL = env.flag("SECURE_SSL", default=not DEBUG)
SECURE_SSL_REDIRECT = SECURE_SSL
SESSION_COOKIE_SECURE = SECURE_SSL
CSRF_COOKIE_SECURE = SECURE_SSL
SECURE_HSTS_SECONDS = 31536000 if SECURE_SSL else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL
SECURE_HSTS_PRELOAD = SECURE_SSL
if env.flag("BEHIND_PROXY", default=False):
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- The API -------------------------------------------------------------------------------------------------------

# So many requests a minute from one token or one person, and refused ones from one network; 0 is no limit.
API_LIMIT = env.number("API_LIMIT", default=600)
API_STRANGER_LIMIT = env.number("API_STRANGER_LIMIT", default=60)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "staff.api_auth.TokenAuthentication",
        "staff.api_auth.BrowserSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["staff.api_auth.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["staff.api_throttle.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "common.parsers.JsonParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "common.api.ApiSchema",
    # What a route takes is said once, in the API document.
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "common.api.problem_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Help desk API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "tickets.choices.Status",
        "PriorityEnum": "catalog.choices.Priority",
        "StepEnum": "tickets.workflow.STEP_LABELS",
        "ReplyStepEnum": "tickets.api.inputs.REPLY_STEPS",
        "EventKindEnum": "tickets.choices.EventKind",
        "MessageKindEnum": "tickets.choices.MessageKind",
        "NewMessageKindEnum": "tickets.api.inputs.MESSAGE_KINDS",
        "PromiseKindEnum": "tickets.choices.PromiseKind",
        "IdentityKindEnum": "customers.models.Identity.Kind",
        "FieldKindEnum": "catalog.models.CategoryField.Kind",
        "FieldAudienceEnum": "catalog.models.CategoryField.Audience",
        "ArticleAudienceEnum": "knowledgebase.models.Article.Audience",
    },
    # Said in static/js/api_docs.js.
    "SWAGGER_UI_SETTINGS": "window.apiPage",
}

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

LOG_LEVEL = env.choice("LOG_LEVEL", "WARNING", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.choice("LOG_LEVEL", "WARNING", ["DEBUG", "INFO", "WARNING", "ERROR"]),
    },
}
