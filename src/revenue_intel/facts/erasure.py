"""Forget a person: the names go, the opaque key and all money stay.

What remains of each name is a keyed digest, the tombstone, by which :func:`identify` knows the person again
should a replay, a backfill or a reconciliation bring the name back: it is counted under the same key, and not kept.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.encoding import force_bytes

from revenue_intel.conf import settings as conf
from revenue_intel.facts import locks
from revenue_intel.facts.models import (
    CreditNoteFact,
    Customer,
    CustomerLink,
    ErasedName,
    InvoiceFact,
    InvoicePaymentFact,
    OrderFact,
    PaymentFact,
    RefundFact,
    SubscriptionFact,
)
from revenue_intel.kit import clock

Name = tuple[CustomerLink.Kind, str]


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What may name a person elsewhere: e-mail addresses, and ids and references of what is theirs."""

    emails: frozenset[str]
    ids: frozenset[str]


def digest_of(name: Name) -> str:
    """Return the keyed digest of a name: nobody without the key can try names against it."""
    kind, value = name
    key = force_bytes(conf.ERASURE_KEY or django_settings.SECRET_KEY)
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def find_erased(names: Iterable[Name]) -> dict[Name, Customer]:
    """Return the erased customers behind those of the names that have a tombstone."""
    name_of = {digest_of(name): name for name in names}
    found = ErasedName.objects.filter(digest__in=name_of).select_related("customer")
    return {name_of[erased.digest]: erased.customer for erased in found}


def bury(name: Name, customer: Customer) -> None:
    """Leave a tombstone for the name; the same again changes nothing."""
    ErasedName.objects.get_or_create(
        digest=digest_of(name),
        defaults={"kind": name[0], "customer": customer, "recorded_at": clock.now()},
    )


def find_traces(*, canonical: UUID) -> Traces:
    """Return what may name the person of this key, as far as it is still known."""
    people = Customer.objects.filter(canonical=canonical)
    links = list(CustomerLink.objects.filter(customer__in=people).values_list("kind", "value"))
    stripe_ids = {value for kind, value in links if kind == CustomerLink.Kind.STRIPE}
    orders = OrderFact.objects.filter(customer__in=people)
    references = set(orders.values_list("reference", flat=True))
    bills = _find_bills(people)
    payments = PaymentFact.objects.filter(
        Q(order_reference__in=references) | Q(stripe_customer_id__in=stripe_ids) | Q(payment_intent__in=bills)
    )
    ids = {*references, *stripe_ids, *bills, *orders.values_list("checkout_session", flat=True)}
    for row in payments.values_list("payment_intent", "charge"):
        ids |= set(row)
    refunds = RefundFact.objects.filter(Q(order_reference__in=references) | Q(charge__in=ids - {""}))
    ids |= set(refunds.values_list("refund_id", flat=True))
    emails = {value for kind, value in links if kind == CustomerLink.Kind.EMAIL}
    emails |= {email.casefold() for email in people.values_list("email", flat=True)}
    return Traces(emails=frozenset(emails - {""}), ids=frozenset(ids - {""}))


def _find_bills(people: QuerySet[Customer]) -> set[str]:
    """Return the ids of these people's subscriptions and invoices, and of what paid and what corrected them."""
    ids = set(SubscriptionFact.objects.filter(customer__in=people).values_list("pk", flat=True))
    billed = InvoiceFact.objects.filter(Q(customer__in=people) | Q(subscription_id__in=ids))
    invoices = set(billed.values_list("pk", flat=True))
    paid = InvoicePaymentFact.objects.filter(invoice_id__in=invoices).values_list("payment", flat=True)
    corrected = CreditNoteFact.objects.filter(invoice_id__in=invoices).values_list("pk", flat=True)
    return {*ids, *invoices, *paid, *corrected}


@transaction.atomic
def erase_person(*, canonical: UUID, names: Collection[Name] = ()) -> int:
    """Forget the person of this key, and that ``names`` are theirs; return the number under which they remain.

    Safe to run again: whoever is erased keeps the number.
    """
    links = _lock_person(canonical=canonical)
    head = Customer.objects.get(key=canonical)
    number = head.erased_number or _next_number()
    for name in {*links, *names}:
        bury(name, head)
    people = Customer.objects.filter(canonical=canonical)
    stripe_ids = [value for kind, value in {*links, *names} if kind == CustomerLink.Kind.STRIPE]
    references = OrderFact.objects.filter(customer__in=people).values("reference")
    theirs = Q(stripe_customer_id__in=stripe_ids) | Q(order_reference__in=references)
    PaymentFact.objects.filter(theirs).exclude(stripe_customer_id="").update(stripe_customer_id="")
    CustomerLink.objects.filter(customer__in=people).delete()
    people.update(email="", name="", erased_number=number)
    return number


def _lock_person(*, canonical: UUID) -> list[Name]:
    """Lock the person, under all their names, and return these: nobody can make, join or complete them meanwhile."""
    links = CustomerLink.objects.filter(customer__canonical=canonical)
    names = [(CustomerLink.Kind(kind), value) for kind, value in links.values_list("kind", "value")]
    locks.lock_names(f"{kind}:{value}" for kind, value in names)
    locks.lock_customers(keys=Customer.objects.filter(canonical=canonical).values_list("key", flat=True))
    return [(CustomerLink.Kind(kind), value) for kind, value in links.values_list("kind", "value")]


def _next_number() -> int:
    locks.lock_names(["erasure"])
    return int(Customer.objects.aggregate(last=Max("erased_number", default=0))["last"]) + 1
