"""Forget a person: the names go, the opaque key and all money stay.

What remains of each name is a keyed digest, the tombstone, by which :func:`identify` knows the person again
should a replay, a backfill or a reconciliation bring the name back: it is counted under the same key, and not kept.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings as django_settings
from django.db import connections, router, transaction
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

#: How many tombstones one statement leaves.
BATCH: Final = 1000
#: No name that is kept is longer.
LONGEST: Final = 320
#: What e-mail addresses within a text are parted by, roughly: what is no address has no tombstone.
BETWEEN_ADDRESSES: Final = re.compile(r"""[\s<>()\[\],;:"']+""")


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What may name a person elsewhere: e-mail addresses, and ids and references of what is theirs."""

    emails: frozenset[str]
    ids: frozenset[str]


def digest_of(name: Name) -> str:
    """Return the keyed digest of a name: nobody without the key can try names against it."""
    return _digest(*name)


def _digest(kind: str, value: str) -> str:
    key = force_bytes(conf.ERASURE_KEY or django_settings.SECRET_KEY)
    return hmac.digest(key, f"{kind}:{value}".encode(errors="surrogatepass"), "sha256").hex()


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


def bury_things(customer: Customer | None, things: Iterable[str]) -> None:
    """Leave tombstones for ids and references of what belongs to somebody who has been forgotten; none for the living."""
    if customer is None or customer.erased_number is None:
        return
    now, kind = clock.now(), ErasedName.THING
    ErasedName.objects.bulk_create(
        [
            ErasedName(digest=_digest(kind, thing), kind=kind, customer=customer, recorded_at=now)
            for thing in sorted(
                set(things) - {""}
            )  # one order, so that two who bury the same do not wait for each other
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )


def condition_of(texts: Iterable[str]) -> tuple[str, list[Any]]:
    """Return a condition in SQL, and its parameters, that holds where one of the texts has a tombstone.

    Ids and references are known as a whole text, e-mail addresses anywhere within one.
    """
    digests = list({_digest(kind, value) for text in texts for kind, value in _names_in(text)})
    table = f'EXISTS (SELECT 1 FROM "{ErasedName._meta.db_table}" WHERE digest'  # noqa: S608 - all values are parameters
    if connections[router.db_for_write(ErasedName)].vendor == "postgresql":
        return f"{table} = ANY(%s))", [digests]
    return f"{table} IN (SELECT value FROM json_each(%s)))", [json.dumps(digests)]  # noqa: S608


def _names_in(text: str) -> Iterable[tuple[str, str]]:
    if len(text) <= LONGEST:
        yield ErasedName.THING, text
    if text.startswith("cus_"):
        yield CustomerLink.Kind.STRIPE, text
    if "@" in text:
        yield CustomerLink.Kind.EMAIL, text.strip().casefold()
        for part in BETWEEN_ADDRESSES.split(text):
            if "@" in part:
                yield CustomerLink.Kind.EMAIL, part.strip(".").casefold()


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
def erase_person(*, canonical: UUID, names: Collection[Name] = (), things: Collection[str] = ()) -> int:
    """Forget the person of this key, and that ``names`` are theirs; return the number under which they remain.

    Safe to run again: whoever is erased keeps the number.

    Args:
        canonical: the key under which the person is counted.
        names: further names of theirs.
        things: ids and references of what is theirs, so that news of it is known as theirs.
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
    head.erased_number = number
    bury_things(head, things)
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
