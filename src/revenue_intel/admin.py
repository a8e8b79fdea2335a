"""The admin shows what is stored and changes nothing: corrections are made by commands, and leave a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from revenue_intel.audit.models import AuditEvent
from revenue_intel.facts.models import (
    BalanceCursor,
    BalanceTransactionFact,
    ChargeFact,
    CheckoutSessionFact,
    CouponFact,
    CreditNoteFact,
    CreditNoteRefund,
    Customer,
    CustomerLink,
    DirtyDay,
    DiscountFact,
    DisputeFact,
    ErasedName,
    FunnelStep,
    InvoiceFact,
    InvoicePaymentFact,
    LedgerEntry,
    OrderFact,
    OrderLineFact,
    PaymentFact,
    PayoutFact,
    RefundFact,
    SubscriptionFact,
    SubscriptionState,
)
from revenue_intel.issues.models import Issue
from revenue_intel.kpis.models import DayRollup, Restatement
from revenue_intel.orders.models import RefundRequest
from revenue_intel.stock.models import StockMovement, StockReservation
from revenue_intel.webhooks.models import EventFailure, EventWatermark, StripeEvent

SCOPE = ("currency", "livemode", "account")


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[OrderLineFact, OrderFact]
else:
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class LookOnly:
    """Look, do not touch: nothing is added, changed or deleted here, whatever rights a user holds."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False


class ReadOnlyAdmin(LookOnly, ModelAdmin):
    """Lists that stay quick on large tables."""

    show_full_result_count = False
    list_per_page = 50


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    """Events. The body holds personal data: only a superuser sees it."""

    list_display = (
        "event_id",
        "type",
        "outcome",
        "reason",
        "source",
        "livemode",
        "received_at",
        "processed_at",
        "next_attempt_at",
        "dead_at",
    )
    list_filter = ("outcome", ("dead_at", admin.EmptyFieldListFilter), "livemode", "source", "type")
    search_fields = ("event_id", "waiting_for")
    date_hierarchy = "received_at"

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Leave the body out for all but superusers."""
        return [] if getattr(request.user, "is_superuser", False) else ["body"]


@admin.register(EventFailure)
class EventFailureAdmin(ReadOnlyAdmin):
    """Attempts that failed."""

    list_display = ("event", "at", "error_class", "error_message", "transient")
    list_filter = ("transient", "error_class")
    list_select_related = ("event",)
    search_fields = ("event__event_id",)


@admin.register(EventWatermark)
class EventWatermarkAdmin(ReadOnlyAdmin):
    """How far Stripe's list of events has been compared with ours."""

    list_display = ("account", "livemode", "checked_until")


@admin.register(Issue)
class IssueAdmin(ReadOnlyAdmin):
    """Issues."""

    list_display = (
        "title",
        "kind",
        "severity",
        "status",
        "subject",
        "opened_at",
        "resolved_at",
        "reopened_at",
    )
    list_filter = ("status", "severity", "kind")
    search_fields = ("subject", "title")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The audit log."""

    list_display = ("at", "actor", "action", "subject")
    list_filter = ("action",)
    search_fields = ("actor", "subject")
    date_hierarchy = "at"


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """People."""

    list_display = ("key", "canonical", "email", "name")
    search_fields = ("email", "name")


@admin.register(CustomerLink)
class CustomerLinkAdmin(ReadOnlyAdmin):
    """The names by which people are known."""

    list_display = ("value", "kind", "customer", "recorded_at")
    list_filter = ("kind",)
    search_fields = ("value",)


@admin.register(PaymentFact)
class PaymentFactAdmin(ReadOnlyAdmin):
    """Payments."""

    list_display = ("payment_intent", "status", "amount_minor", *SCOPE, "order_reference", "succeeded_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("payment_intent", "charge", "order_reference", "stripe_customer_id")


@admin.register(RefundFact)
class RefundFactAdmin(ReadOnlyAdmin):
    """Refunds."""

    list_display = (
        "refund_id",
        "status",
        "amount_minor",
        *SCOPE,
        "order_reference",
        "created_at",
        "failed_at",
    )
    list_filter = ("status", "currency", "livemode")
    search_fields = ("refund_id", "payment_intent", "charge", "order_reference")


@admin.register(ChargeFact)
class ChargeFactAdmin(ReadOnlyAdmin):
    """Charges."""

    list_display = ("charge", "status", "captured_minor", *SCOPE, "payment_intent", "created_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("charge", "payment_intent", "balance_transaction")


@admin.register(DisputeFact)
class DisputeFactAdmin(ReadOnlyAdmin):
    """Disputes."""

    list_display = ("dispute_id", "status", "amount_minor", *SCOPE, "order_reference", "created_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("dispute_id", "payment_intent", "charge", "order_reference")


@admin.register(CheckoutSessionFact)
class CheckoutSessionFactAdmin(ReadOnlyAdmin):
    """Checkout Sessions."""

    list_display = ("session_id", "status", "payment_status", "order_reference", "payment_intent")
    list_filter = ("status", "payment_status", "livemode")
    search_fields = ("session_id", "payment_intent", "order_reference")


@admin.register(BalanceTransactionFact)
class BalanceTransactionFactAdmin(ReadOnlyAdmin):
    """Balance transactions."""

    list_display = ("transaction_id", "reporting_category", "amount_minor", "fee_minor", *SCOPE, "source")
    list_filter = ("reporting_category", "currency", "livemode")
    search_fields = ("transaction_id", "source", "payout")
    date_hierarchy = "created_at"


@admin.register(BalanceCursor)
class BalanceCursorAdmin(ReadOnlyAdmin):
    """How far balance transactions have been read."""

    list_display = ("account", "livemode", "complete_since", "complete_until")
    search_fields = ("account",)


@admin.register(PayoutFact)
class PayoutFactAdmin(ReadOnlyAdmin):
    """Payouts."""

    list_display = ("payout_id", "status", "amount_minor", *SCOPE, "created_at", "arrives_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("payout_id", "balance_transaction")


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnlyAdmin):
    """Refunds that were asked for here."""

    list_display = ("key", "order_reference", "amount_minor", "actor", "asked_at", "refund_id", "refused_at")
    search_fields = ("key", "order_reference", "payment_intent", "refund_id")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """The ledger."""

    list_display = ("key", "kind", "amount_minor", *SCOPE, "occurred_at", "order_reference", "event_id")
    list_filter = ("kind", "currency", "livemode")
    search_fields = ("object_id", "order_reference", "event_id")
    date_hierarchy = "occurred_at"


class OrderLineInline(LookOnly, TabularInline):
    """An order's lines."""

    model = OrderLineFact
    extra = 0
    can_delete = False


@admin.register(OrderFact)
class OrderFactAdmin(ReadOnlyAdmin):
    """Orders."""

    list_display = (
        "reference",
        "total_minor",
        "refunded_minor",
        *SCOPE,
        "created_at",
        "paid_at",
        "canceled_at",
    )
    list_filter = ("currency", "livemode")
    search_fields = ("reference",)
    date_hierarchy = "created_at"
    inlines = (OrderLineInline,)


@admin.register(OrderLineFact)
class OrderLineFactAdmin(ReadOnlyAdmin):
    """Order lines."""

    list_display = ("product_name", "variant_key", "quantity", "amount_minor", "order")
    list_select_related = ("order",)
    search_fields = ("product_name", "product_key", "order__reference")


@admin.register(ErasedName)
class ErasedNameAdmin(ReadOnlyAdmin):
    """Names of people who were forgotten, as digests."""

    list_display = ("digest", "kind", "customer", "recorded_at")
    list_filter = ("kind",)
    search_fields = ("digest",)


@admin.register(FunnelStep)
class FunnelStepAdmin(ReadOnlyAdmin):
    """Funnel steps."""

    list_display = ("step", "subject", "customer", "at")
    list_filter = ("step",)
    search_fields = ("subject",)


@admin.register(SubscriptionFact)
class SubscriptionFactAdmin(ReadOnlyAdmin):
    """Subscriptions."""

    list_display = ("subscription_id", "status", "state_at", *SCOPE, "cancel_at_period_end", "ended_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("subscription_id",)


@admin.register(SubscriptionState)
class SubscriptionStateAdmin(ReadOnlyAdmin):
    """States of subscriptions."""

    list_display = ("subscription_id", "effective_at", "status", *SCOPE, "are_items_truncated", "event_id")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("subscription__subscription_id", "event_id")
    date_hierarchy = "effective_at"


@admin.register(CouponFact, DiscountFact)
class TermsAdmin(ReadOnlyAdmin):
    """Coupons, and the discounts that apply them."""

    list_display = ("__str__", "coupon_id")
    search_fields = ("coupon_id",)


@admin.register(InvoiceFact)
class InvoiceFactAdmin(ReadOnlyAdmin):
    """Invoices."""

    list_display = ("invoice_id", "status", "total_minor", *SCOPE, "subscription_id", "created_at", "paid_at")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("invoice_id", "subscription_id")


@admin.register(InvoicePaymentFact)
class InvoicePaymentFactAdmin(ReadOnlyAdmin):
    """What paid which invoice."""

    list_display = ("invoice_id", "payment", "amount_minor", "paid_at")
    search_fields = ("invoice_id", "payment")


@admin.register(CreditNoteFact)
class CreditNoteFactAdmin(ReadOnlyAdmin):
    """Credit notes."""

    list_display = ("credit_note_id", "invoice_id", "status", "amount_minor", *SCOPE, "out_of_band_minor")
    list_filter = ("status", "currency", "livemode")
    search_fields = ("credit_note_id", "invoice_id")


@admin.register(CreditNoteRefund)
class CreditNoteRefundAdmin(ReadOnlyAdmin):
    """Which refund paid which credit note out."""

    list_display = ("credit_note_id", "refund_id")
    search_fields = ("credit_note__credit_note_id", "refund_id")


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    """Stock movements."""

    list_display = ("kind", "model", "row", "field", "quantity", "held", "order_reference", "recorded_at")
    list_filter = ("kind", "model")
    search_fields = ("row", "order_reference", "event_id")


@admin.register(StockReservation)
class StockReservationAdmin(ReadOnlyAdmin):
    """Orders that hold stock."""

    list_display = ("order_reference", "expires_at")
    search_fields = ("order_reference",)
    date_hierarchy = "expires_at"


@admin.register(DirtyDay)
class DirtyDayAdmin(ReadOnlyAdmin):
    """Days that are to be worked out again."""

    list_display = ("at", *SCOPE, "cause", "recorded_at")
    list_filter = ("cause", "currency", "livemode")
    search_fields = ("cause",)


@admin.register(DayRollup)
class DayRollupAdmin(ReadOnlyAdmin):
    """Days worked out ahead."""

    list_display = ("day", *SCOPE, "orders", "revenue_minor", "refunds_minor", "zone", "built_at")
    list_filter = ("currency", "livemode")
    search_fields = ("account",)
    date_hierarchy = "day"


@admin.register(Restatement)
class RestatementAdmin(ReadOnlyAdmin):
    """Numbers of closed days that came out otherwise."""

    list_display = ("day", "metric", "old", "new", *SCOPE, "cause", "recorded_at")
    list_filter = ("metric", "currency", "livemode")
    search_fields = ("metric", "cause")
    date_hierarchy = "day"
