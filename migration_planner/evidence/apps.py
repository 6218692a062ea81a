from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "migration_planner.evidence"
    label = "evidence"

    def ready(self) -> None:
        from migration_planner.evidence import checks  # noqa: F401 - to be registered, once there are models
