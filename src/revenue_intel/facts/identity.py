"""Who is who: many names, one person (KPI contract K8).

A person is known by the host's user id, else by a Stripe customer id, else by the e-mail
address (trimmed, casefolded). A name that comes to belong to a known person joins what was
counted under it to that person, also for the past. Two different host users are never
joined, even where they share an address. Whoever has been forgotten is known by tombstones: counted under
the same key, and neither named again nor joined to anybody.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from itertools import chain

from django.db import router

from revenue_intel.facts import dirty, erasure, locks
from revenue_intel.facts.erasure import Name
from revenue_intel.facts.models import Customer, CustomerLink, CustomerVersion, ErasedName
from revenue_intel.kit import clock
from revenue_intel.kit.inserts import insert_later
from revenue_intel.kit.rows import ask_rows


def identify(
    *, user_id: str = "", stripe_customer_id: str = "", email: str = "", name: str = ""
) -> Customer | None:
    """Return the customer behind these names, making or joining customers as needed; None without any name."""
    return ask_identity(user_id=user_id, stripe_customer_id=stripe_customer_id, email=email, name=name)()


def ask_identity(
    *, user_id: str = "", stripe_customer_id: str = "", email: str = "", name: str = ""
) -> Callable[[], Customer | None]:
    """Look these names up with the next statement; return what returns the customer behind them. See :func:`identify`."""
    names = names_of(user_id=user_id, stripe_customer_id=stripe_customer_id, email=email)
    if not names:
        return lambda: None
    are_locked = locks.lock_unknown(names)
    asked = _ask_customers(names)

    def find() -> Customer:
        known = asked()
        if len(known) < len(names) and not are_locked():  # one was let go of between the two
            locks.lock_names(f"{kind}:{value}" for kind, value in names)
            known = _ask_customers(names)()
        return _identify(names, known, email=email, name=name)

    return find


def _identify(names: list[Name], known: dict[Name, Customer], *, email: str, name: str) -> Customer:
    """Return the customer behind these names, of which ``known`` are: the others are locked."""
    if any(_is_erased(customer) for customer in known.values()):
        email = name = ""
    customer = _choose(names, known) or _create(email=email, name=name)
    customer.is_new = not known
    new = [name_ for name_ in names if name_ not in known]
    if _is_erased(customer):
        for name_ in new:
            erasure.bury(name_, customer)
    elif new:
        now = clock.now()
        insert_later(  # nobody else can: the names are locked
            [CustomerLink(kind=kind, value=value, customer=customer, recorded_at=now) for kind, value in new]
        )
    for other in known.values():
        customer = _join(customer, other)
    _complete(customer, email=email, name=name)
    return customer


def normalize_email(email: str) -> str:
    """Return the address as people are told apart by it: trimmed and casefolded.

    >>> normalize_email("  Ada@Example.COM ")
    'ada@example.com'
    """
    return email.strip().casefold()[:320]


def names_of(*, user_id: str = "", stripe_customer_id: str = "", email: str = "") -> list[Name]:
    """Return the names that are given, strongest first, as they are kept."""
    given = (
        (CustomerLink.Kind.HOST, user_id),
        (CustomerLink.Kind.STRIPE, stripe_customer_id),
        (CustomerLink.Kind.EMAIL, normalize_email(email)),
    )
    return [(kind, value) for kind, value in given if value]


def find_person(names: list[Name]) -> Customer | None:
    """Return the customer of the strongest of these names that is known, erased or not; None where none is."""
    names = [name for name in names if "\x00" not in name[1]]  # no text of PostgreSQL's can hold it
    known = _ask_customers(names)() if names else {}
    return next((known[name] for name in names if name in known), None)


def _ask_customers(names: Collection[Name]) -> Callable[[], dict[Name, Customer]]:
    """Ask for the customers behind those of the names that are known, or have a tombstone; return what returns them."""
    digests = [erasure.digest_of(name) for name in names]
    name_of = {(kind.value, value): (kind, value) for kind, value in names}
    name_of |= {("", digest): name for digest, name in zip(digests, names, strict=True)}
    linked = " OR ".join(["kind = %s AND value = %s"] * len(names))
    buried = ", ".join(["%s"] * len(names))
    links, tombstones = CustomerLink._meta.db_table, ErasedName._meta.db_table
    named = (
        f'SELECT kind, value, customer_id FROM "{links}" WHERE {linked} '  # noqa: S608 - all values are parameters
        f"UNION ALL SELECT '', digest, customer_id FROM \"{tombstones}\" WHERE digest IN ({buried})"
    )
    asked = ask_rows(
        Customer,
        f'JOIN ({named}) n ON n.customer_id = t."key"',
        [*chain.from_iterable((kind.value, value) for kind, value in names), *digests],
        extra=("n.kind", "n.value"),
        using=router.db_for_write(Customer),
    )

    def find() -> dict[Name, Customer]:
        found = sorted(asked(), key=lambda row: bool(row[1][0]))  # a link counts, whatever is buried
        return {name_of[kind, value]: customer for customer, (kind, value) in found}

    return find


def _choose(names: list[Name], known: dict[Name, Customer]) -> Customer | None:
    """Return the customer of the strongest known name, unless it is another host user's."""
    found = next((known[name] for name in names if name in known), None)
    is_new_host_user = names[0][0] == CustomerLink.Kind.HOST and names[0] not in known
    if found is None or not is_new_host_user:
        return found
    # Two new users may find the same guest: one of them becomes it.
    locks.lock_customers(keys=[found.canonical])
    found.refresh_from_db(fields=["canonical"])
    return None if _is_host_user(found) else found


def _create(*, email: str, name: str) -> Customer:
    customer = Customer(email=email.strip()[:320], name=name.strip()[:255])
    customer.canonical = customer.key
    insert_later([customer])
    return customer


def _join(customer: Customer, other: Customer) -> Customer:
    """Count ``other`` under ``customer`` from now on, and for the past; not where both are host users, or one erased."""
    if _is_erased(customer) or _is_erased(other):
        return customer
    if _are_two_users(customer, other):
        return customer
    held: set[uuid.UUID] = set()
    while other.canonical != customer.canonical:
        # Who holds both heads may join the two; while we waited for them, others may have joined either elsewhere.
        wanted = {customer.canonical, other.canonical}
        if wanted <= held:
            if not (_are_two_users(customer, other) or _is_erased(customer) or _is_erased(other)):
                dirty.mark_people(wanted)
                joining = Customer.objects.filter(canonical=other.canonical)
                _keep_versions(joining)
                joining.update(canonical=customer.canonical)
            break
        locks.lock_customers(keys=wanted)
        held |= wanted
        customer.refresh_from_db(fields=["canonical", "erased_number"])
        other.refresh_from_db(fields=["canonical", "erased_number"])
    return customer


def _keep_versions(joining: Iterable[Customer]) -> None:
    """Keep under which key these customers were counted until now."""
    now = clock.now()
    CustomerVersion.objects.bulk_create(
        CustomerVersion(customer_key=customer.key, canonical=customer.canonical, superseded_at=now)
        for customer in joining
    )


def _are_two_users(customer: Customer, other: Customer) -> bool:
    return other.canonical != customer.canonical and _is_host_user(customer) and _is_host_user(other)


def _is_host_user(customer: Customer) -> bool:
    named = {"kind": CustomerLink.Kind.HOST, "customer__canonical": customer.canonical}
    if _is_erased(customer):
        return ErasedName.objects.filter(**named).exists()
    return CustomerLink.objects.filter(**named).exists()


def _is_erased(customer: Customer) -> bool:
    return customer.erased_number is not None


def _complete(customer: Customer, *, email: str, name: str) -> None:
    """Fill in what was not known; what is known stays."""
    missing = {
        field: value
        for field, value in (("email", email.strip()[:320]), ("name", name.strip()[:255]))
        if value and not getattr(customer, field)
    }
    if missing:
        Customer.objects.filter(pk=customer.pk, erased_number__isnull=True).update(**missing)
