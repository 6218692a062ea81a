from django.apps import AppConfig


class SteeringConfig(AppConfig):
    name = "migration_planner.steering"
    label = "steering"
