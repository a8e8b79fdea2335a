"""The goods of the shop, as ``seed_shop`` puts them on the shelves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class VariantSeed:
    """An option: own code, own stock, and a price where it differs from the product's."""

    name: str
    sku: str
    stock: int
    price: str | None = None
    price_usd: str | None = None


@dataclass(frozen=True, kw_only=True)
class ProductSeed:
    """A product with its opening stock."""

    slug: str
    name: str
    category: str
    picture: str
    price: str
    price_usd: str | None
    description: str
    stock: int = 0
    is_preorder: bool = False
    variants: tuple[VariantSeed, ...] = ()


def decimal_or_none(text: str | None) -> Decimal | None:
    """Read a price of the seed."""
    return None if text is None else Decimal(text)


PRODUCTS = (
    ProductSeed(
        slug="harbour-mug",
        name="Harbour Mug",
        category="kitchen",
        picture="mug",
        price="14.00",
        price_usd="18.00",
        description="Stoneware, 350 ml, thrown and glazed by the quay. Keeps tea hot through a short squall.",
        variants=(
            VariantSeed(name="Navy", sku="MUG-NAVY", stock=60),
            VariantSeed(name="Cream", sku="MUG-CREAM", stock=48),
            VariantSeed(name="Coral", sku="MUG-CORAL", stock=3),
        ),
    ),
    ProductSeed(
        slug="lighthouse-print",
        name="Lighthouse Print",
        category="wall",
        picture="print",
        price="28.00",
        price_usd="36.00",
        description="Two-colour screen print on heavy cotton paper. Signed, unframed, sent flat.",
        variants=(
            VariantSeed(name="A4", sku="PRINT-A4", stock=40),
            VariantSeed(name="A3", sku="PRINT-A3", stock=25, price="42.00", price_usd="54.00"),
        ),
    ),
    ProductSeed(
        slug="tide-tee",
        name="Tide Tee",
        category="wear",
        picture="tee",
        price="26.00",
        price_usd="34.00",
        description="Organic cotton, cut straight, with the tide table of a day nobody remembers on the back.",
        variants=(
            VariantSeed(name="Small", sku="TEE-S", stock=30),
            VariantSeed(name="Medium", sku="TEE-M", stock=45),
            VariantSeed(name="Large", sku="TEE-L", stock=40),
            VariantSeed(name="Extra large", sku="TEE-XL", stock=0, price="28.00", price_usd="36.00"),
        ),
    ),
    ProductSeed(
        slug="keepers-almanac",
        name="The Keeper’s Almanac",
        category="desk",
        picture="almanac",
        price="32.00",
        price_usd="42.00",
        description="A year of weather, knots and recipes, kept by the last keeper of the North Light. "
        "Still at the printer’s: order now, and it is sent the day it arrives.",
        is_preorder=True,
    ),
    ProductSeed(
        slug="deckhand-cap",
        name="Deckhand Cap",
        category="wear",
        picture="cap",
        price="22.00",
        price_usd="29.00",
        description="Washed canvas, brass buckle, one size. Stays on in a force seven.",
        stock=55,
    ),
    ProductSeed(
        slug="rope-tote",
        name="Rope-Handle Tote",
        category="wear",
        picture="tote",
        price="24.50",
        price_usd="32.00",
        description="Sailcloth with spliced rope handles. Carries two loaves, a newspaper and a crab.",
        stock=70,
    ),
    ProductSeed(
        slug="logbook",
        name="Logbook, dotted",
        category="desk",
        picture="logbook",
        price="12.00",
        price_usd="15.50",
        description="160 pages of thread-sewn, fountain-pen-proof paper that lies flat.",
        stock=120,
    ),
    ProductSeed(
        slug="salt-cedar-candle",
        name="Salt & Cedar Candle",
        category="home",
        picture="candle",
        price="19.50",
        price_usd="25.00",
        description="Rapeseed wax, forty hours. Smells of a boathouse in August.",
        stock=64,
    ),
    ProductSeed(
        slug="gull-pin",
        name="Gull Enamel Pin",
        category="wear",
        picture="pin",
        price="7.50",
        price_usd="9.99",
        description="Hard enamel, 28 mm. Will not steal your chips.",
        stock=150,
    ),
    ProductSeed(
        slug="storm-lamp",
        name="Storm Lamp",
        category="home",
        picture="lamp",
        price="64.00",
        price_usd="82.00",
        description="Galvanised steel and hand-blown glass. Restored one at a time, so there are never many.",
        stock=1,
    ),
    ProductSeed(
        slug="knots-tea-towel",
        name="Knots Tea Towel",
        category="kitchen",
        picture="towel",
        price="11.00",
        price_usd="14.00",
        description="Nine knots on half-linen. Dries dishes, settles arguments.",
        stock=80,
    ),
    ProductSeed(
        slug="chart-of-the-bay",
        name="Chart of the Bay",
        category="wall",
        picture="chart",
        price="45.00",
        price_usd=None,
        description="Facsimile of the 1871 survey on A2. Too large for the overseas post: sold in pounds only.",
        stock=18,
    ),
    ProductSeed(
        slug="harbour-blanket",
        name="Harbour Blanket",
        category="home",
        picture="blanket",
        price="85.00",
        price_usd="110.00",
        description="Lambswool in the colours of the north pier, 130 × 180 cm.",
        stock=16,
    ),
    ProductSeed(
        slug="brass-foghorn",
        name="Brass Foghorn",
        category="home",
        picture="horn",
        price="38.00",
        price_usd="49.00",
        description="Hand-pumped. The neighbours bought all of them.",
        stock=0,
    ),
)
