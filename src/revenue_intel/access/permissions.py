"""The rights there are. A new right is a line here and in the matrix (``contracts/rbac_matrix.json``)."""

from __future__ import annotations

from enum import Enum


class Permission(Enum):
    """A right: its value is what ``user.has_perm`` takes."""

    VIEW_ANALYTICS = "revenue_intel.view_analytics"
    EXPORT_ANALYTICS = "revenue_intel.export_analytics"
    VIEW_ISSUES = "revenue_intel.view_issues"
    OPERATE_ORDERS = "revenue_intel.operate_orders"

    @property
    def codename(self) -> str:
        """The part after the dot."""
        return self.value.partition(".")[2]

    @property
    def label(self) -> str:
        """What the admin shows."""
        return LABELS[self.value]


LABELS = {
    "revenue_intel.view_analytics": "Can see KPIs and the dashboard",
    "revenue_intel.export_analytics": "Can download exports",
    "revenue_intel.view_issues": "Can see open issues",
    "revenue_intel.operate_orders": "Can cancel, fulfil and refund orders",
}
