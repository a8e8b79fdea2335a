"""``revenue_doctor``: is this installation fit to take a payment, and if not, what to type."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.quality.doctor import examine
from revenue_intel.quality.report import choose_marks


class Command(BaseCommand):
    """Examine the installation and print what is missing."""

    help = "Say what is missing in this installation and what to type. Exit 1 when something essential is missing."
    requires_system_checks = ()  # the doctor reports them; they must not keep the doctor out

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each thing that was looked at."""
        healthy, unhealthy = choose_marks(getattr(self.stdout, "encoding", None))
        missing = 0
        for diagnosis in examine():
            self.stdout.write(f"{healthy if diagnosis.healthy else unhealthy}  {diagnosis.says}")
            if not diagnosis.healthy and diagnosis.remedy:
                self.stdout.write(f"   -> {diagnosis.remedy}")
            missing += diagnosis.essential and not diagnosis.healthy
        if missing:
            raise CommandError(f"Essential and not in order: {missing}.")
