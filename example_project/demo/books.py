"""Write the story's rows as the shop itself would have written them, with the dates of the story.

In bulk, because two years are many rows. The shelves are filled with what the story sells on top of what
lies there, so that the shop looks afterwards as it did before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from shop import funnel
from shop.models import CartLine, Order, OrderLine, Product, Variant, WishlistItem

from demo.cast import Person
from demo.story import PlannedOrder, Story

MINUTE = 60
STEPS_A_TRANSACTION = 500


def instant(seconds: int) -> datetime:
    """Turn Unix seconds into an instant."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def write_rows(story: Story) -> None:
    """Write customers, wishlists, orders and stock. The caller's transaction holds it together."""
    users = _write_users(story)
    _write_wishlists(story, users)
    _write_orders(story, users)
    _fill_shelves(story)


def _write_users(story: Story) -> dict[str, User]:
    joined: dict[str, int] = {}
    moments = [*((order.person, order.placed_at) for order in story.orders),
               *((wish.person, wish.at) for wish in story.wishes)]  # fmt: skip
    for person, at in moments:
        joined[person.username] = min(at, joined.get(person.username, at))
    nobodys_password = make_password(None)
    User.objects.bulk_create(
        (
            User(
                username=person.username,
                email=person.email,
                first_name=person.first_name,
                last_name=person.last_name,
                password=nobodys_password,
                date_joined=instant(joined.get(person.username, story.orders[0].placed_at))
                - timedelta(hours=1),
            )
            for person in story.people
        ),
        ignore_conflicts=True,  # the demo's own customer is there already
    )
    return find_users(story.people)


def find_users(people: Iterable[Person]) -> dict[str, User]:
    """Return the people's accounts by user name."""
    wanted = {person.username for person in people}
    return {user.username: user for user in User.objects.all() if user.username in wanted}


def _write_wishlists(story: Story, users: dict[str, User]) -> None:
    WishlistItem.objects.bulk_create(
        (
            WishlistItem(
                user=users[wish.person.username], product_id=wish.product_id, added_at=instant(wish.at)
            )
            for wish in story.wishes
            if not wish.carted
        ),
        ignore_conflicts=True,
    )


def _write_orders(story: Story, users: dict[str, User]) -> None:
    orders = Order.objects.bulk_create(
        [_order_row(order, users[order.person.username]) for order in story.orders], batch_size=500
    )
    OrderLine.objects.bulk_create(
        [
            OrderLine(
                order=row,
                product_id=line.article.product_id,
                variant_id=line.article.variant_id,
                name=line.article.name,
                variant_name=line.article.variant_name,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount=line.amount,
            )
            for row, planned in zip(orders, story.orders, strict=True)
            for line in planned.lines
        ],
        batch_size=500,
    )


def _order_row(order: PlannedOrder, user: User) -> Order:
    person = order.person
    return Order(
        reference=order.reference,
        user=user,
        email=person.email,
        currency=order.currency,
        subtotal=order.subtotal,
        shipping=order.shipping,
        total=order.total,
        name=person.name,
        address=person.address,
        city=person.town,
        postcode=person.postcode,
        country=person.country,
        created_at=instant(order.placed_at),
    )


def _fill_shelves(story: Story) -> None:
    sold: Counter[tuple[type[Any], int]] = Counter()
    for order in story.orders:
        for line in order.lines if order.fortune.paid_at is not None else ():
            article = line.article
            if not article.is_preorder:
                row = (Variant, article.variant_id) if article.variant_id else (Product, article.product_id)
                sold[row] += line.quantity
    for (model, key), pieces in sold.items():
        model.objects.filter(pk=key).update(stock=F("stock") + pieces)


def list_steps(story: Story) -> list[Callable[[], object]]:
    """Return every step towards a purchase as a call of the shop's own funnel, oldest first.

    A step told twice changes nothing, so the telling can be broken off and begun again.
    """
    users = find_users(story.people)
    orders = Order.objects.select_related("user").in_bulk(
        [order.reference for order in story.orders], field_name="reference"
    )
    steps: list[tuple[int, Callable[[], object]]] = []
    for wish in story.wishes:
        user, wished_at = users[wish.person.username], instant(wish.at)
        if wish.carted:
            steps.append((wish.at, _carting(user, wish.product_id, wished_at)))
        else:
            item = WishlistItem(user=user, product_id=wish.product_id, added_at=wished_at)
            steps.append((wish.at, partial(funnel.wishlisted, item)))
    for planned in story.orders:
        row = orders[planned.reference]
        for number, line in enumerate(planned.lines, start=1):
            at = planned.placed_at - MINUTE * (1 + len(planned.lines) - number)
            steps.append((at, _carting(row.user, line.article.product_id, instant(at))))
        steps.append((planned.placed_at, partial(funnel.checkout_started, row)))
    return [tell for _, tell in sorted(steps, key=lambda step: step[0])]


def tell(steps: Sequence[Callable[[], object]], *, progress: Callable[[int], None]) -> None:
    """Tell the package the steps, many in a transaction."""
    for begins in range(0, len(steps), STEPS_A_TRANSACTION):
        batch = steps[begins : begins + STEPS_A_TRANSACTION]
        with transaction.atomic():
            for step in batch:
                step()
        progress(begins + len(batch))


def _carting(user: User, product_id: int, at: datetime) -> Callable[[], object]:
    return partial(funnel.carted, CartLine(product_id=product_id, added_at=at), user=user)
