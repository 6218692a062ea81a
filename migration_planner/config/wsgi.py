"""Entry point of the web server. It never starts anything embedded: settings come from the environment."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "migration_planner.config.settings")
application = get_wsgi_application()
