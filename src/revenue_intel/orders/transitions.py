"""What each command makes of an order in each state: the one table, and the page that is printed from it.

``python -m revenue_intel.orders.transitions`` prints ``docs/reference/order-states.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from revenue_intel.shop.records import OrderState

PENDING, PAID, SHORT, PARTLY, REFUNDED, DISPUTED, CANCELED, FULFILLED = (
    OrderState.PENDING,
    OrderState.PAID,
    OrderState.PAID_UNFULFILLABLE,
    OrderState.PARTIALLY_REFUNDED,
    OrderState.REFUNDED,
    OrderState.DISPUTED,
    OrderState.CANCELED,
    OrderState.FULFILLED,
)

#: Command → state → the states in which it may leave the order. A missing state: the command is refused.
TRANSITIONS: Final[Mapping[str, Mapping[OrderState, tuple[OrderState, ...]]]] = {
    "start_payment": {PENDING: (PENDING, PAID)},
    "settle_payment": {
        PENDING: (PAID, SHORT, PARTLY, REFUNDED, DISPUTED),
        CANCELED: (SHORT, PARTLY, REFUNDED, DISPUTED),
        PAID: (PAID,),
        SHORT: (SHORT,),
        PARTLY: (PARTLY,),
        REFUNDED: (REFUNDED,),
        DISPUTED: (DISPUTED,),
        FULFILLED: (FULFILLED,),
    },
    "record_refund": {
        PENDING: (PENDING,),
        CANCELED: (CANCELED,),
        PAID: (PAID, PARTLY, REFUNDED),
        SHORT: (SHORT, PARTLY, REFUNDED),
        FULFILLED: (FULFILLED, PARTLY, REFUNDED),
        PARTLY: (PARTLY, REFUNDED, PAID),
        REFUNDED: (REFUNDED, PAID),
        DISPUTED: (DISPUTED, REFUNDED),
    },
    "record_dispute": {
        PENDING: (PENDING,),
        CANCELED: (CANCELED,),
        PAID: (PAID, DISPUTED),
        SHORT: (SHORT, DISPUTED),
        FULFILLED: (FULFILLED, DISPUTED),
        PARTLY: (PARTLY, DISPUTED),
        REFUNDED: (REFUNDED,),
        DISPUTED: (DISPUTED, PAID),
    },
    "refund": {
        PAID: (PARTLY, REFUNDED),
        SHORT: (PARTLY, REFUNDED),
        FULFILLED: (PARTLY, REFUNDED),
        PARTLY: (PARTLY, REFUNDED),
    },
    "cancel": {PENDING: (CANCELED,), CANCELED: (CANCELED,)},
    "fulfil": {PAID: (FULFILLED,), FULFILLED: (FULFILLED,), PARTLY: (PARTLY,)},
    "expire_checkout": {state: (state,) for state in OrderState},
}

INTRODUCTION: Final = """\
# The states of an order

Printed by `python -m revenue_intel.orders.transitions` from the table that the commands obey; a test compares the two,
and another tries every command on every state.

The state is never stored by us: it follows from what is known of the order (paid, refunded, disputed, canceled,
sent), so that the order in which news arrives does not matter. News (`settle_payment`, `record_refund`,
`record_dispute`) is never refused; a command of a person is, where its cell is empty. The same call again changes
nothing.
"""

NOTES: Final = """
- `start_payment` settles an order that costs nothing at once: it is `paid`, and Stripe is not asked.
- `settle_payment` on an order that is paid is the same news again, or a second payment: that is kept apart, with an
  issue. An order whose refund came before its payment is refunded as soon as it is paid.
- `record_refund` before the payment waits for it. A refund that fails or is canceled leads back to the state before:
  one that was `paid`, `paid_unfulfillable` or `fulfilled` before is that again.
- `record_dispute` before the payment waits for it. While a dispute stands the shop does not have the money: nothing is
  sent or refunded. One that is won leads back to the state before; an inquiry changes no state.
- A `partially_refunded` order may have been sent, and can be; one that could not be filled cannot (`fulfil` is
  refused).
- `expire_checkout` gives the reserved stock of an order back; its state stays.
"""


def render_page() -> str:
    """Return the page in Markdown: a picture and the table."""
    return "\n".join([INTRODUCTION, "## Picture", "", *_picture(), "", "## Table", "", *_table(), NOTES])


def _picture() -> list[str]:
    arrows: dict[tuple[OrderState, OrderState], list[str]] = {}
    for command, cells in TRANSITIONS.items():
        for state, results in cells.items():
            for result in results:
                if result is not state:
                    arrows.setdefault((state, result), []).append(command)
    lines = [f"    {state} --> {result}: {', '.join(names)}" for (state, result), names in arrows.items()]
    return ["```mermaid", "stateDiagram-v2", f"    [*] --> {PENDING}", *lines, "```"]


def _table() -> list[str]:
    head = ["state", *(f"`{command}`" for command in TRANSITIONS)]
    rows = [
        [
            f"`{state}`",
            *(
                ", ".join(f"`{result}`" for result in cells.get(state, ())) or "–"
                for cells in TRANSITIONS.values()
            ),
        ]
        for state in OrderState
    ]
    return [f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows]]


if __name__ == "__main__":
    print(render_page(), end="")  # noqa: T201 - that is what it is for
