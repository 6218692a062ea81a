"""Settings for the build alone: collecting static files and checking types. They know no database and serve nobody."""

import os

os.environ.update(
    LOCAL_MODE="false",
    SECRET_KEY="of the build, where nothing is signed: it is never used again",  # noqa: S106 - serves nobody, see below
    TOKEN_PEPPER="of the build, where no token is ever shown to anybody",  # noqa: S106 - the same
    DATABASE_URL="postgresql://nobody@/nothing?host=/nowhere",
    CELERY_BROKER_URL="memory://",
    EMAIL_URL="smtp://build.invalid",
    MAIL_FROM="nobody@build.invalid",
    BASE_URL="https://build.invalid",
    ALLOWED_HOSTS="build.invalid",
)

from migration_planner.config.settings import *  # noqa: F403 - after the environment is set

ALLOWED_HOSTS = []  # every request is refused
ROOT_URLCONF = "migration_planner.config.build"
urlpatterns: list[object] = []
