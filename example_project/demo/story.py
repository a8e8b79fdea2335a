"""What happens in the demo, decided beforehand: the same script always gives the same story."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from shop.models.orders import REFERENCE_ALPHABET
from shop.pricing import SHIPPING

from demo.cast import Cast, Person
from demo.fortunes import Fortune, choose_fortune
from demo.goods import Article
from demo.season import choose_instants

DAY = 86_400
PREORDERS_SINCE = 90 * DAY


@dataclass(frozen=True, kw_only=True)
class Script:
    """What a story follows from. ``anchor`` is the story's last instant."""

    seed: int
    orders: int
    days: int
    anchor: datetime

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "seed": self.seed,
            "orders": self.orders,
            "days": self.days,
            "anchor": int(self.anchor.timestamp()),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Script:
        """Read it from plain values."""
        anchor = datetime.fromtimestamp(values["anchor"], tz=UTC)
        return cls(seed=values["seed"], orders=values["orders"], days=values["days"], anchor=anchor)


@dataclass(frozen=True, kw_only=True)
class PlannedLine:
    """So many of one article."""

    article: Article
    quantity: int
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        """What the line costs."""
        return self.unit_price * self.quantity


@dataclass(frozen=True, kw_only=True)
class PlannedOrder:
    """An order and all that becomes of it. Instants are Unix seconds."""

    reference: str
    person: Person
    currency: str
    lines: tuple[PlannedLine, ...]
    shipping: Decimal
    placed_at: int
    fortune: Fortune

    @property
    def subtotal(self) -> Decimal:
        """What the goods cost."""
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.subtotal + self.shipping

    @property
    def total_minor(self) -> int:
        """The total in pence or cents."""
        return int(self.total * 100)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Somebody wants a product; ``carted`` where it went into a cart that was never paid."""

    person: Person
    product_id: int
    at: int
    carted: bool = False


@dataclass(frozen=True, kw_only=True)
class Story:
    """Everybody and everything, oldest first."""

    script: Script
    people: tuple[Person, ...]
    orders: tuple[PlannedOrder, ...]
    wishes: tuple[Wish, ...]


def write_story(script: Script, *, articles: Sequence[Article], zone: ZoneInfo) -> Story:
    """Decide everything from the script's seed and the goods on the shelves."""
    rng = random.Random(script.seed)
    ends = int(script.anchor.timestamp())
    cast = Cast(rng)
    instants = choose_instants(rng, anchor=script.anchor, days=script.days, count=script.orders, zone=zone)
    references: dict[str, None] = {}
    while len(references) < len(instants):
        references[_write_reference(rng)] = None
    orders = tuple(
        _plan_order(rng, reference=reference, cast=cast, articles=articles, at=at, ends=ends)
        for reference, at in zip(references, instants, strict=True)
    )
    return Story(
        script=script,
        people=tuple(cast.people),
        orders=orders,
        wishes=tuple(_dream(rng, orders=orders, articles=articles)),
    )


def _write_reference(rng: random.Random) -> str:
    letters = "".join(rng.choices(REFERENCE_ALPHABET, k=10))
    return f"HG-{letters[:5]}-{letters[5:]}"


def _plan_order(
    rng: random.Random, *, reference: str, cast: Cast, articles: Sequence[Article], at: int, ends: int
) -> PlannedOrder:
    person = cast.next_buyer()
    currency = person.currency if rng.random() < 0.97 else "GBP"
    lines = _fill_basket(rng, articles=articles, currency=currency, is_recent=at > ends - PREORDERS_SINCE)
    subtotal = sum((line.amount for line in lines), Decimal("0.00"))
    rate = SHIPPING[currency]  # type: ignore[index]  # its keys are strings too
    shipping = rate.fee if subtotal < rate.free_from else Decimal("0.00")
    return PlannedOrder(
        reference=reference,
        person=person,
        currency=currency,
        lines=lines,
        shipping=shipping,
        placed_at=at,
        fortune=choose_fortune(rng, placed_at=at, total_minor=int((subtotal + shipping) * 100), ends=ends),
    )


def _fill_basket(
    rng: random.Random, *, articles: Sequence[Article], currency: str, is_recent: bool
) -> tuple[PlannedLine, ...]:
    sold = [
        article for article in articles if article.prices[currency] and (is_recent or not article.is_preorder)
    ]
    wanted = rng.choices((1, 2, 3, 4), (62, 26, 9, 3))[0]
    basket: dict[tuple[int, int | None], PlannedLine] = {}
    for article in rng.choices(sold, [article.popularity for article in sold], k=wanted):
        basket.setdefault(
            (article.product_id, article.variant_id),
            PlannedLine(
                article=article,
                quantity=rng.choices((1, 2, 3), (84, 13, 3))[0],
                unit_price=article.prices[currency] or Decimal(0),
            ),
        )
    return tuple(basket.values())


def _dream(rng: random.Random, *, orders: Sequence[PlannedOrder], articles: Sequence[Article]) -> list[Wish]:
    """Let people wish: for what they buy later, for what they never buy, and into carts they leave."""
    wishes: dict[tuple[str, int], Wish] = {}
    abandoned = []
    for order in orders:
        if rng.random() < 0.16:
            product = order.lines[0].article.product_id
            at = order.placed_at - rng.randrange(3600, 20 * DAY)
            wishes.setdefault(
                (order.person.username, product), Wish(person=order.person, product_id=product, at=at)
            )
        if rng.random() < 0.1:
            product = rng.choice(articles).product_id
            at = order.placed_at - rng.randrange(60, 3600)
            wishes.setdefault(
                (order.person.username, product), Wish(person=order.person, product_id=product, at=at)
            )
        if rng.random() < 0.12:
            product = rng.choice(articles).product_id
            at = order.placed_at - rng.randrange(3600, 10 * DAY)
            abandoned.append(Wish(person=order.person, product_id=product, at=at, carted=True))
    return sorted([*wishes.values(), *abandoned], key=lambda wish: (wish.at, wish.person.username))
