from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "migration_planner.planning"
    label = "planning"
