from django.apps import AppConfig


class LocalConfig(AppConfig):
    name = "migration_planner.local"
    label = "local"
