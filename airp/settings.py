"""Every setting of airp, in the order an operator asks for them.

Values that differ between installations come from the environment. A missing or malformed one stops the
process with the name of the variable. `X_FILE` may name a file that holds the value of `X`, for secrets.
Each variable is explained in docs/configuration.md.
"""

from pathlib import Path

from airp.env import choice, database, days, env, secret

BASE_DIR = Path(__file__).resolve().parent.parent

# --- What this installation is -------------------------------------------------------------------------
# "local" is the demo and the developer's machine: http, no forced second factor, a banner on each page.
DEPLOYMENT = choice("AIRP_DEPLOYMENT", ("production", "local"), default="production")
IS_LOCAL = DEPLOYMENT == "local"
STATE_DIR = Path(env.str("AIRP_STATE_DIR", default=str(BASE_DIR / ".state")))

SECRET_KEY = secret("AIRP_SECRET_KEY")
# Newest first. The first encrypts, all decrypt; `manage.py rotate_secrets` moves values to the first.
FIELD_KEYS = secret("AIRP_FIELD_KEYS").split(",")
# Tells complainants apart without storing them. A new key makes everybody a new person, so it has a life of its own.
PERSON_KEY = env.str("AIRP_PERSON_KEY", default="") or f"persons/{SECRET_KEY}"
DEBUG = False

# --- Site ----------------------------------------------------------------------------------------------
BASE_URL = env.str("AIRP_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("AIRP_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SITE_NAME = "airp"
ORGANISATION = env.str("AIRP_ORGANISATION", default="Your organisation")
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- Database and broker -------------------------------------------------------------------------------
DATABASES = {"default": database("DATABASE_URL")}
DATABASES["default"]["OPTIONS"] = {
    "pool": {"min_size": 1, "max_size": env.int("AIRP_DATABASE_POOL", default=8), "timeout": 5},
    "options": "-c statement_timeout=30000 -c idle_in_transaction_session_timeout=15000 -c lock_timeout=5000",
}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The role that web, worker and beat connect as where migrations run as another; grants keep it honest.
DATABASE_APP_ROLE = env.str("AIRP_DATABASE_APP_ROLE", default="airp_app")
# Empty means: no broker. `manage.py run_loops` then does the duties of worker and beat.
REDIS_URL = env.str("REDIS_URL", default="")
# Rate limits and used sign-in codes live here: losing Redis neither opens nor shuts a gate.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "airp_cache"},
}

# --- Applications --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django_filters",
    "pgtrigger",
    "pghistory",
    "django_structlog",
    "airp.accounts",
    "airp.audit",
    "airp.outbound",
    "airp.web",
    "airp.local",
    "incidents",
    "reviews",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Before the files, so that they carry these headers too
    "airp.web.headers.HeadersMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "airp.web.outage.OutageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "airp.web.local_time.LocalTimeMiddleware",
    "airp.accounts.access.AccessMiddleware",
    "airp.accounts.history.HistoryMiddleware",
]

ROOT_URLCONF = "airp.urls"
WSGI_APPLICATION = "airp.wsgi.application"
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
                "airp.web.context.page_frame",
                "airp.accounts.start.start_page",
            ],
            "builtins": ["airp.web.templatetags.airp"],
        },
    },
]
FORM_RENDERER = "airp.web.forms.Renderer"

# --- Named pages of the product that the core reads by name, as Django reads ROOT_URLCONF ---------------
# URL name -> capability and object rule; the middleware refuses what is not declared there.
PERMISSION_REGISTRY = "airp.permissions.REGISTRY"
# Timeline kind -> functions to run after the commit.
TIMELINE_REACTIONS = "airp.reactions.REACTIONS"
# Functions to run when a burst of facts is drawn.
AFTERWARDS = "airp.reactions.AFTERWARDS"
# Verb of an incident -> functions that may hold it back, each with its own sentence.
GATES = "airp.reactions.GATES"
MERGERS = "airp.reactions.MERGERS"
# Type of a CloudEvent -> function that takes the data of such events, where that is not detection itself.
EVENT_TAKERS = "airp.reactions.EVENT_TAKERS"
# Kind of a delivery -> function that says why it must not leave any more.
DELIVERY_CHECKS = "airp.reactions.DELIVERY_CHECKS"
# What makes this installation ready to serve, besides its database: functions that report to /health/ready.
READINESS = "airp.reactions.READINESS"
# The repeated duties, and the Celery application whose workers are woken for them.
SCHEDULE = "airp.schedule.JOBS"
TASK_APP = "airp.celery.app"
# Parts that other packages add to the page of an incident.
INCIDENT_BANNERS = "airp.reactions.INCIDENT_BANNERS"
INCIDENT_PANELS = "airp.reactions.INCIDENT_PANELS"
INCIDENT_PRESENCE = "airp.reactions.INCIDENT_PRESENCE"
# How much work of a lane is left, counted by other packages for each row of the panel of lanes.
LANE_TASKS = "airp.reactions.LANE_TASKS"
MY_WORK = "airp.reactions.MY_WORK"
# What is due first of lanes, handoffs, sign-offs and reviews, for the rows of the board.
BOARD_CLOCKS = "airp.reactions.BOARD_CLOCKS"
# What a person holds and a shift passes on, and the lines that packages put into the packet of a handoff.
HOLDINGS = "airp.reactions.HOLDINGS"
PACKET_LINES = "airp.reactions.PACKET_LINES"
# The same for the page of a breach.
BREACH_PANELS = "airp.reactions.BREACH_PANELS"
# Name -> who offers texts that can become harm samples.
SAMPLE_PROVIDERS = "airp.reactions.SAMPLE_PROVIDERS"
# Functions that return incidents whose evidence is kept whatever its term.
EVIDENCE_HOLDS = "airp.reactions.EVIDENCE_HOLDS"
# What waits for triage: one object for each kind (incidents/triage/queue.py).
INBOX = "airp.reactions.INBOX"
# Functions that give the numbers and warnings of the page frame (navigation counts, failed deliveries).
PAGE_FRAME = "airp.reactions.PAGE_FRAME"
# The side navigation and the one action of the top bar.
NAVIGATION = "airp.navigation.ITEMS"
MAIN_ACTION = "airp.navigation.MAIN_ACTION"
# A module with LOGINS (job, email) and PASSWORD for the demo's sign-in page; empty elsewhere.
SIGN_IN_HINTS = "airp.local.logins" if IS_LOCAL else ""

# --- Sign-in and security ------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "airp.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/15m/ip,5/15m/key"}
ACCOUNT_PREVENT_ENUMERATION = True

SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not IS_LOCAL
SESSION_COOKIE_NAME = "airp_session" if IS_LOCAL else "__Host-sessionid"
CSRF_COOKIE_SECURE = not IS_LOCAL
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "airp_csrf" if IS_LOCAL else "__Host-csrftoken"
CSRF_FAILURE_VIEW = "airp.web.errors.csrf_failure"
SECURE_SSL_REDIRECT = False  # the proxy in front terminates TLS; see docs/operating.md
SECURE_PROXY_SSL_HEADER = None if IS_LOCAL else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if IS_LOCAL else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = not IS_LOCAL
SECURE_HSTS_PRELOAD = not IS_LOCAL
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
}
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # addresses are unique whatever their case, by constraint instead of unique=True
    "security.W008",  # SECURE_SSL_REDIRECT: the proxy redirects
]

# --- Outbound: mail and webhooks -----------------------------------------------------------------------
# "paused" sends nothing and loses nothing: rows wait. Start like this after a restore.
OUTBOUND = choice("AIRP_OUTBOUND", ("running", "paused"), default="running")
# How long a sender owns a delivery; longer than any single try. After it, another sender takes over.
OUTBOUND_LEASE_SECONDS = env.int("AIRP_OUTBOUND_LEASE_SECONDS", default=30)
# Only tests and the demo may reach receivers on this machine.
OUTBOUND_LOOPBACK = choice("AIRP_OUTBOUND_LOOPBACK", ("refused", "allowed"), default="refused")
MAIL_FROM = env.str("AIRP_MAIL_FROM", default="airp <airp@localhost>")
DEFAULT_FROM_EMAIL = MAIL_FROM
SERVER_EMAIL = MAIL_FROM
SMTP_SECURITY = choice("AIRP_SMTP_SECURITY", ("none", "starttls", "tls"), default="none" if IS_LOCAL else "starttls")
MAILERS = {
    # All mail of Django and its libraries becomes a delivery, so it is retried and visible.
    "default": {"BACKEND": "airp.outbound.mail.OutboxBackend"},
    "smtp": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.str("AIRP_SMTP_HOST", default="127.0.0.1"),
            "port": env.int("AIRP_SMTP_PORT", default=25),
            "username": env.str("AIRP_SMTP_USER", default=""),
            "password": env.str("AIRP_SMTP_PASSWORD", default=""),
            "use_tls": SMTP_SECURITY == "starttls",
            "use_ssl": SMTP_SECURITY == "tls",
            "timeout": 10,
        },
    },
}

# --- Tasks ---------------------------------------------------------------------------------------------
# Celery wakes; rows remember. See docs/architecture.md for why each of these is set.
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
# Slow receivers must not delay thresholds, nor the other way round; everything else goes to "default".
CELERY_TASK_ROUTES = {
    "outbound.*": {"queue": "outbound"},
    "incidents.check_thresholds": {"queue": "detection"},
    "incidents.check_decisions": {"queue": "detection"},
    "incidents.judge_late": {"queue": "detection"},
    "incidents.keep_signals": {"queue": "detection"},
    "incidents.watch_sources": {"queue": "detection"},
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
    # A request that wakes a worker must not wait for a broker that is away (airp/web/wake.py).
    "max_retries": 1,
    "interval_start": 0,
    "connect_retries_timeout": 1,
}
CELERY_TIMEZONE = "UTC"

# --- Static files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = STATE_DIR / "static"
WHITENOISE_USE_FINDERS = IS_LOCAL
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Outside the web root; nothing serves it but the page that asks who may.
    "attachments": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("AIRP_ATTACHMENTS_DIR", default=str(STATE_DIR / "attachments")),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if IS_LOCAL
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# --- Logging -------------------------------------------------------------------------------------------
LOG_LEVEL = choice("AIRP_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), default="INFO")
LOGGING_CONFIG = "airp.logs.configure"
LOGGING = {"level": LOG_LEVEL, "form": "readable" if IS_LOCAL else "json"}
DJANGO_STRUCTLOG_CELERY_ENABLED = False

# --- History of configuration --------------------------------------------------------------------------
PGHISTORY_APPEND_ONLY = True
# Reading changes nothing, so it needs no who and why in front of each query.
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
PGHISTORY_ADMIN_ALL_EVENTS = False

# --- Complaints ----------------------------------------------------------------------------------------
# How many complaints one network address may send by the public form within an hour, in each web process.
COMPLAINTS_PER_HOUR = env.int("AIRP_COMPLAINTS_PER_HOUR", default=10)
# How many proxies of ours stand in front: the visitor's address is that many places from the end of X-Forwarded-For.
TRUSTED_PROXIES = env.int("AIRP_TRUSTED_PROXIES", default=0 if IS_LOCAL else 1)

# --- Triage --------------------------------------------------------------------------------------------
# By when triage must have looked at complaints and reports, and at urgent ones.
TRIAGE_HOURS = env.int("AIRP_TRIAGE_HOURS", default=24)
TRIAGE_URGENT_MINUTES = env.int("AIRP_TRIAGE_URGENT_MINUTES", default=60)

# --- Links between incidents ---------------------------------------------------------------------------
# How long whoever merged an incident may take that back as a slip, without a reason.
MERGE_UNDO_MINUTES = env.int("AIRP_MERGE_UNDO_MINUTES", default=10)

# --- Harm samples --------------------------------------------------------------------------------------
# How long the words as they came are kept, counted from when they were; those of an open incident stay.
SAMPLES_KEPT = days("AIRP_SAMPLES_KEPT_DAYS", default=90, least=1)
# How many originals one person may read within an hour.
REVEALS_PER_HOUR = env.int("AIRP_REVEALS_PER_HOUR", default=30)

# --- Attachments ---------------------------------------------------------------------------------------
# How long files are kept, counted from when they were attached; those of an open incident stay.
ATTACHMENTS_KEPT = days("AIRP_ATTACHMENTS_KEPT_DAYS", default=400, least=30)
# A function (bytes) -> finding in words or "", by its dotted name: the malware scanner of this installation.
ATTACHMENT_SCANNER = env.str("AIRP_ATTACHMENT_SCANNER", default="")

# --- Signals -------------------------------------------------------------------------------------------
# How long the words of ended alerts of other systems are kept. Their breaches stay for good.
ALERTS_KEPT = days("AIRP_ALERTS_KEPT_DAYS", default=400, least=7)
# How long the changes stay that other systems told about.
CHANGES_KEPT = days("AIRP_CHANGES_KEPT_DAYS", default=400, least=7)

# --- Product constants ---------------------------------------------------------------------------------
READY_OLDEST_DUE_SECONDS = 60
READY_TICK_AGE_SECONDS = 180
BOARD_POLL_SECONDS = 4
