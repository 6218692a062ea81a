from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "migration_planner.api"
    label = "api"
