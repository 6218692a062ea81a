"""What the clock wakes here. The task may run twice; the second finds nothing to do."""

from celery import shared_task
from django.utils import timezone

from migration_planner.steering import backtests, forecasting


@shared_task
def forecast() -> None:
    """Forecast what a new day was kept of, and once a day look back at how good the forecasts were."""
    now = timezone.now()
    if forecasting.forecast_all(now=now):
        backtests.look_back(now=now)
