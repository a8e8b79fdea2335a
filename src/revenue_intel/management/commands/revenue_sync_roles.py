"""``revenue_sync_roles``: make the groups that are our roles and give them their rights."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from revenue_intel.access.matrix import render_matrix
from revenue_intel.access.roles import RIGHTS, sync_roles


class Command(BaseCommand):
    """Make the roles, or print what they may do."""

    help = "Make the groups Revenue admin, Revenue ops and Revenue analyst and give each exactly its rights."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether only to print."""
        parser.add_argument(
            "--print-matrix", action="store_true", help="print docs/rbac_matrix.md and change nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sync the roles; safe to run again."""
        if options["print_matrix"]:
            self.stdout.write(render_matrix(), ending="")
            return
        try:
            groups = sync_roles()
        except KeyError as error:
            raise CommandError("Our permissions are not there yet. Type: python manage.py migrate") from error
        for role, group in groups.items():
            self.stdout.write(f"{group.name}: {', '.join(right.codename for right in RIGHTS[role])}")
