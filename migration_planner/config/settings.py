"""All settings, from the environment. There are no defaults for secrets and addresses: what is missing stops the start."""

from datetime import timedelta
from pathlib import Path

from celery.schedules import schedule
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from migration_planner.lib import env, logs, sockets
from migration_planner.lib.mail_hours import MailHours

ROOT = Path(__file__).resolve().parents[2]

#: Set by `manage.py` alone, when it started the embedded services (see local/environment.py).
LOCAL_MODE = env.flag("LOCAL_MODE")
DEBUG = False
# In local mode a person sits at the terminal, who wants to read what a command answers.
LOGGING = logs.configure(json=not LOCAL_MODE, level="WARNING" if LOCAL_MODE else "INFO")
SECRET_KEY = env.text("SECRET_KEY")
#: Who may read the numbers at /metrics; without one there is no such page.
METRICS_TOKEN = env.text("METRICS_TOKEN", " ").strip()
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", ",")
#: What tokens of programs are kept under (lib/tokens.py): the first signs, the others still verify.
TOKEN_PEPPER = env.text("TOKEN_PEPPER")
TOKEN_PEPPER_FALLBACKS = env.words("TOKEN_PEPPER_FALLBACKS", ",")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
#: Where people reach us; links in mail begin with it.
BASE_URL = env.text("BASE_URL").rstrip("/")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
if not BASE_URL.startswith("https://") and not LOCAL_MODE:
    raise ImproperlyConfigured("BASE_URL must begin with https://: people sign in through it.")
if len(SECRET_KEY) < 40 or len(set(SECRET_KEY)) < 5:
    raise ImproperlyConfigured("SECRET_KEY is too short or too simple; use at least 40 random characters.")
if len(TOKEN_PEPPER) < 40 or len(set(TOKEN_PEPPER)) < 5:
    raise ImproperlyConfigured("TOKEN_PEPPER is too short or too simple; use at least 40 random characters.")
if TOKEN_PEPPER == SECRET_KEY:
    raise ImproperlyConfigured("TOKEN_PEPPER is the same as SECRET_KEY; one that gets out must not open the other.")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is “*”, which is any name a stranger makes up; write the names people use."
    )

INSTALLED_APPS = [
    "migration_planner.people",
    "migration_planner.planning",
    "migration_planner.steering",
    "migration_planner.reminders",
    "migration_planner.evidence",
    "migration_planner.web",
    "migration_planner.api",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",  # its templates, beneath ours
    "template_partials",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
]
if LOCAL_MODE:
    INSTALLED_APPS.append("migration_planner.local")
    LOCAL_MAIL = ROOT / ".local" / "mail"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "migration_planner.web.middleware.TextMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "migration_planner.web.middleware.ReaderMiddleware",
    "migration_planner.web.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "migration_planner.config.urls"
WSGI_APPLICATION = "migration_planner.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"i18n": "migration_planner.web.templatetags.quick_i18n"},
            "builtins": ["migration_planner.web.templatetags.quick_urls"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "migration_planner.web.context.everywhere",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # forms look as templates/django/forms/ says

#: The data folders of the databases embedded in this checkout: that of `manage.py` and that of the tests.
EMBEDDED = [ROOT / ".local" / part / "postgres" for part in (".", "tests", "bench", "chaos", "chaos-servers")]
DATABASES = {"default": {**env.database("DATABASE_URL"), "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}}
if LOCAL_MODE:  # in which anybody may step in as anybody: never over a real database
    env.require_host(DATABASES["default"], {str(sockets.folder(data)) for data in EMBEDDED})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# What all web processes count together, such as failed sign-ins. An entry lives for minutes; ended ones make room first.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},  # what each process may know for itself
}

# People sign in with their address; accounts come from the roster, so nobody signs up.
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# One address, one person: a partial unique key holds that, since people without an address are known too. And the library
# `i18n` is quick_i18n on purpose.
SILENCED_SYSTEM_CHECKS = ["auth.W004", "templates.W003"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "migration_planner.web.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to addresses outside of the roster
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
_forms = "migration_planner.web.forms.accounts."
ACCOUNT_FORMS = {
    "login": f"{_forms}LoginForm",
    "reauthenticate": f"{_forms}ReauthenticateForm",
    "reset_password": f"{_forms}ResetPasswordForm",
    "reset_password_from_key": f"{_forms}ResetPasswordKeyForm",
    "change_password": f"{_forms}ChangePasswordForm",
    "set_password": f"{_forms}SetPasswordForm",
}
# A whole office signs in through one address on the day of an announcement, so what is counted by address alone is wide.
# What stops guessing is counted by person: docs/decisions/0012-who-is-kept-from-signing-in.md.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "60/m/ip,5/5m/key",  # of one person from one network
    "login_failed_anywhere": "100/h/key",  # of one person from everywhere
    "reset_password": "300/m/ip,5/m/key",
    "reset_password_from_key": "300/m/ip",
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "migration_planner.web.views.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not LOCAL_MODE:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [
        r"^livez$",
        r"^readyz$",
        r"^healthz$",
        r"^metrics$",
    ]  # load balancers ask inside, without TLS
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    if env.flag("BEHIND_PROXY"):  # only where the proxy sets this header itself and drops what the client sent
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        # Whose sign-ins are counted: what comes before our own proxies' entries in X-Forwarded-For is the client's word.
        ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 1, least=1)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

STATIC_URL = "static/"
# Local mode serves the files as they stand in the source, never those of an earlier build.
STATIC_ROOT = None if LOCAL_MODE else ROOT / "build" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL_MODE
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = LOCAL_MODE
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # of all but files; these go to the disk, up to a limit of their own
FILE_UPLOAD_HANDLERS = [
    "migration_planner.web.uploads.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

#: Facts of playbooks that were last checked more days ago than this are shown as "check again".
PLAYBOOK_FACTS_DAYS = env.number("PLAYBOOK_FACTS_DAYS", 120, least=1)

#: So many days signals of use are kept; older ones are deleted every night.
SIGNALS_KEEP_DAYS = env.number("SIGNALS_KEEP_DAYS", 90, least=1)

#: In so many working days before a cutoff, what a ban says, asks by when and of whom takes two owners. 0: never.
SECOND_OWNER_DAYS = env.number("SECOND_OWNER_DAYS", 3)

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = "migration_planner.config.formats"
LANGUAGE_COOKIE_SAMESITE = "Lax"

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
_mail = env.mail_server("EMAIL_URL")
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_USER"], _mail["EMAIL_HOST_PASSWORD"]
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail["EMAIL_USE_SSL"], _mail["EMAIL_USE_TLS"]
EMAIL_TIMEOUT = _mail["EMAIL_TIMEOUT"]
if LOCAL_MODE and EMAIL_HOST not in {"127.0.0.1", "localhost", "::1"}:
    raise ImproperlyConfigured("EMAIL_URL leads away from this machine, but LOCAL_MODE is set. Unset LOCAL_MODE.")
#: What becomes of a mail that may have arrived: one more identical copy, or never one (docs/decisions).
MAIL_AFTER_SILENCE = env.choice("MAIL_AFTER_SILENCE", ["retry", "hold"])
#: So long a deferred mail waits at first; each time twice as long, an hour at most.
MAIL_RETRY_AFTER = timedelta(seconds=env.number("MAIL_RETRY_AFTER", 60, least=1))
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Migration Planner <planner@localhost>" if LOCAL_MODE else None)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
#: How many mails may go in a minute: over the account, and to single domains ("gmail.com=20,*=600"). 0 is no limit.
MAIL_PER_MINUTE = env.number("MAIL_PER_MINUTE", 0)
MAIL_DOMAIN_LIMITS = env.numbers("MAIL_DOMAIN_LIMITS")
#: How many mails may go in any 24 hours, all in all. 0 is no limit.
MAIL_PER_DAY = env.number("MAIL_PER_DAY", 0)
#: How many mails one person gets in seven of their days; what must go goes all the same, and counts. 0 is no limit.
MAIL_PER_WEEK = env.number("MAIL_PER_WEEK", 5)
#: Between which hours of the reader's clock mail may come; their own reminder hour is moved into them.
MAIL_HOURS = MailHours(*env.hours("MAIL_HOURS", "7-20"))

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # LOGGING holds for workers too
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker that stays away for an hour is waited for
CELERY_TASK_DEFAULT_QUEUE = "migration_planner"
CELERY_BEAT_SCHEDULE = {
    # A tick that waited longer than its own interval is worthless: the next one does all of its work.
    "tick": {"task": "migration_planner.reminders.tasks.tick", "schedule": schedule(60), "options": {"expires": 55}},
    "roster": {"task": "migration_planner.planning.tasks.roster", "schedule": schedule(3), "options": {"expires": 3}},
    # Looks once a day after the hour; asked for every hour, so that a beat that stood still at night misses nothing.
    "check": {
        "task": "migration_planner.reminders.tasks.check",
        "schedule": schedule(60 * 60),
        "options": {"expires": 600},
    },
    # Forecasts the bans of which a new day has been kept, once a day each, soon after midnight (UTC); and whose cutoff has moved.
    "forecast": {
        "task": "migration_planner.steering.tasks.forecast",
        "schedule": schedule(10 * 60),
        "options": {"expires": 500},
    },
    # Soon after it was written, a line of history can no more be changed unnoticed.
    "seal": {"task": "migration_planner.evidence.tasks.seal", "schedule": schedule(60), "options": {"expires": 55}},
    "packs": {"task": "migration_planner.evidence.tasks.build", "schedule": schedule(5), "options": {"expires": 5}},
    "signals": {"task": "migration_planner.planning.tasks.look_at_signals", "schedule": schedule(60 * 60)},
    "forget": {"task": "migration_planner.planning.tasks.forget_rosters", "schedule": schedule(60 * 60)},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["migration_planner.api.parsers.FlatJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "migration_planner.api.describing.Schema",
    "EXCEPTION_HANDLER": "migration_planner.api.errors.handle",
    # Requests of one token, or of one person who is signed in; and tokens from one address that open nothing.
    "DEFAULT_THROTTLE_RATES": {"reader": "300/min", "stranger": "60/min"},
    "NUM_PROXIES": env.number("TRUSTED_PROXIES", 1, least=1) if env.flag("BEHIND_PROXY") and not LOCAL_MODE else 0,
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter like any other, and there is none of that name
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Migration Planner",
    "DESCRIPTION": (
        "Everything that the pages can do, for programs. The same rules hold: what you may not see is 404, what you may not "
        "do is 403, what the product refuses is 409 with a sentence. Lists come in pages by a cursor; a parameter that is "
        "not in the list of an operation is 400. Instants are in UTC. docs/api.md says how to begin."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "TAGS": [
        {"name": "me", "description": "Yourself: who you are here, your preferences, your tokens."},
        {"name": "people and teams", "description": "Whom and which teams you may see."},
        {"name": "bans", "description": "Bans, from the draft to the end."},
        {"name": "drafting", "description": "The parts of a draft; some change in force, too, with a reason."},
        {"name": "changes", "description": "Changes to a ban in force, and its end."},
        {"name": "progress", "description": "How far everybody is."},
        {"name": "forecast", "description": "Will we make it, what decides it, and what if."},
        {"name": "teams", "description": "A team's move under one ban."},
        {"name": "checklists", "description": "One person's part in one ban."},
        {"name": "waivers", "description": "Permission to go on until a date."},
        {"name": "waves", "description": "Teams that move together by an earlier date."},
        {"name": "gaps", "description": "What the replacement cannot do yet."},
        {"name": "mail", "description": "What became of every reminder."},
        {"name": "use", "description": "Signals of use and what they say; who has acknowledged the scope statement."},
        {"name": "scans", "description": "Reports of scans."},
        {"name": "history", "description": "Who did what, when, and why."},
        {"name": "evidence", "description": "The chain over the history, and packs."},
        {"name": "playbooks", "description": "What bans are drafted from."},
        {"name": "tools", "description": "May I use it?"},
        {"name": "integrations", "description": "Rooms in chat services and calendars of sites, for administrators."},
        {"name": "roster", "description": "Bringing in who works in which team."},
    ],
    "ENUM_NAME_OVERRIDES": {
        "BanState": "migration_planner.planning.models.Ban.State",
        "BanStateAsked": "migration_planner.api.bans.STATES",
        "MarkState": "migration_planner.planning.models.Mark.State",
        "MarkStanding": "migration_planner.planning.models.Mark.Standing",
        "ChecklistState": "migration_planner.planning.models.Checklist.State",
        "ChecklistStateAsked": "migration_planner.api.figures.STATES",
        "GapState": "migration_planner.planning.models.Gap.State",
        "WaiverState": "migration_planner.planning.models.Waiver.State",
        "WaiverVerdictAsked": "migration_planner.api.waivers.VERDICTS",
        "WaiverVerdictSaid": "migration_planner.planning.models.WaiverDecision.Verdict",
        "ImportState": "migration_planner.people.models.RosterImport.State",
        "ProposalState": "migration_planner.planning.models.Proposal.State",
        "PackState": "migration_planner.evidence.models.Pack.State",
        "MailState": "migration_planner.reminders.models.Mail.State",
        "RoomMessageState": "migration_planner.reminders.models.RoomMessage.State",
        "ReminderState": "migration_planner.reminders.models.Reminder.State",
        "ReminderKind": "migration_planner.reminders.models.Reminder.Kind",
        "QuestionKind": "migration_planner.planning.models.Contradiction.Kind",
        "AudienceStanding": "migration_planner.api.drafts.STANDINGS",
        "RungAudience": "migration_planner.reminders.models.Rung.Audience",
    },
}
