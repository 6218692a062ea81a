from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "migration_planner.people"
    label = "people"
