"""SQL for the people and orders that are counted once each in a window, however many rows of theirs there are."""

from __future__ import annotations

from typing import Final

#: The kind of a part that is a person, named by the opaque key.
CUSTOMER: Final = "customer"

_BOUGHT: Final = """
  SELECT c.canonical, MAX(o.paid_at) AS at, COUNT(*) AS orders
  FROM {orders} o JOIN {people} c ON c.key = o.customer_id WHERE {scope} AND {within} GROUP BY c.canonical
"""
_PERSON: Final = f"SELECT '{CUSTOMER}', CAST(b.canonical AS text), b.at, '', CAST(1 AS bigint)"
#: Who of them paid before the window, in any currency.
_BEFORE: Final = """
  SELECT DISTINCT c.canonical FROM {orders} o JOIN {people} c ON c.key = o.customer_id
  WHERE {mode} AND o.paid_at < %(start)s AND c.canonical IN (SELECT canonical FROM bought)
"""

#: Who paid in a window.
BUYERS: Final = f"{_PERSON} FROM ({_BOUGHT}) b"
#: Who paid at least two orders in a window.
REPEAT_BUYERS: Final = f"{_PERSON} FROM ({_BOUGHT}) b WHERE b.orders > 1"
#: Who paid in a window and before it.
RETURNING_BUYERS: Final = (
    f"SELECT * FROM (WITH bought AS ({_BOUGHT}), past AS ({_BEFORE})"  # noqa: S608
    f" {_PERSON} FROM bought b JOIN past ON past.canonical = b.canonical) returning_buyers"
)
#: Who paid for the first time, in any currency, in a window.
NEW_BUYERS: Final = (
    f"SELECT * FROM (WITH bought AS ({_BOUGHT}), past AS ({_BEFORE})"  # noqa: S608
    f" {_PERSON} FROM bought b LEFT JOIN past ON past.canonical = b.canonical"
    " WHERE past.canonical IS NULL) new_buyers"
)
#: Who put something on a wishlist in a window; a wish has no currency or mode.
WISHERS: Final = f"""
  {_PERSON} FROM (
    SELECT c.canonical, MAX(s.at) AS at FROM {{steps}} s JOIN {{people}} c ON c.key = s.customer_id
    WHERE s.step = 'wishlisted' AND {{within_steps}} GROUP BY c.canonical
  ) b
"""  # noqa: S608
#: The orders to which money went back in a window.
REFUNDED_ORDERS: Final = """
  SELECT 'order', e.order_reference, MAX(e.occurred_at), e.order_reference, CAST(1 AS bigint) FROM {ledger} e
  WHERE e.kind IN ('refund', 'refund_reversal') AND e.order_reference <> '' AND {of_entries}
    AND {within_entries}
  GROUP BY e.order_reference HAVING SUM(e.amount_minor) < 0
"""
