from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "migration_planner.evidence"
    label = "evidence"
