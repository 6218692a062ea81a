from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "migration_planner.web"
    label = "web"
