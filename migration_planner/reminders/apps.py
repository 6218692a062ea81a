from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "migration_planner.reminders"
    label = "reminders"
