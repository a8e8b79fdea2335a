"""The hosted checkout page: what the visitor buys, and a button for each thing to do.

Everything from outside is escaped; the page runs no script and loads nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from revenue_intel.kit.money import to_major
from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.urls import after_payment

_STYLE = """
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #fff; --ink: #1a1f36; --soft: #5b6275;
  --line: #dfe3e8; --go: #1f6f4a; --go-ink: #fff; --warn: #a3200d; --warn-ground: #fdecea; --note: #fff6d6; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171f; --card: #1d212b; --ink: #eceff5;
  --soft: #a6adbd; --line: #343a48; --go: #57c08d; --go-ink: #07170f; --warn: #ffb4a8;
  --warn-ground: #3c1b17; --note: #3a3316; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem 1rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 28rem; margin: 0 auto; padding: 1.5rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .25rem; font-size: 1.25rem; }
.note { margin: 0 0 1.25rem; padding: .5rem .75rem; background: var(--note); border-radius: .5rem; }
.warning { padding: .5rem .75rem; background: var(--warn-ground); color: var(--warn); border-radius: .5rem; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .5rem 0; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td:last-child, th:last-child { text-align: right; padding-left: 1rem; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
tfoot th, tfoot td { border-bottom: 0; font-weight: 700; font-size: 1.1rem; }
label { display: block; margin-bottom: .25rem; color: var(--soft); }
input { width: 100%; margin-bottom: 1rem; }
input, button { font: inherit; padding: .7rem .9rem; border-radius: .5rem; border: 1px solid var(--line);
  background: var(--card); color: var(--ink); }
button { display: block; width: 100%; margin-bottom: .75rem; cursor: pointer; font-weight: 600; }
button.pay { background: var(--go); border-color: var(--go); color: var(--go-ink); }
a { color: inherit; }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
"""

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<p class="note"><strong>Test stand-in.</strong> This is not Stripe, and no money moves.</p>
{content}
</main>
</body>
</html>
"""


def money(amount_minor: int, currency: str) -> str:
    """Return an amount as people read it, for example ``19.99 GBP``."""
    return f"{to_major(amount_minor, currency):,} {currency.upper()}"


def checkout_page(session: Payload, line_items: Sequence[Payload], *, problem: str = "") -> str:
    """Render an open session; ``problem`` says why the last attempt failed."""
    warning = f'<p class="warning" role="alert">{escape(problem)}</p>' if problem else ""
    total = money(session["amount_total"], session["currency"])
    content = f"""<h1>Pay {escape(total)}</h1>
{warning}
{_table(line_items, total)}
<form method="post">
{_email_field(session)}
<button class="pay" name="action" value="pay">Pay {escape(total)}</button>
<button name="action" value="later">Pay later: by bank debit, which arrives after some days</button>
<button name="action" value="bounce">Pay later: by bank debit, which the bank returns</button>
<button name="action" value="decline">Decline: let the bank refuse the card</button>
<button name="action" value="abandon" formnovalidate>Abandon: let the checkout expire</button>
</form>
{_way_back(session)}"""
    return _FRAME.format(title="Checkout (test stand-in)", style=_STYLE, content=content)


def ended_page(session: Payload) -> str:
    """Render a session that is complete or has expired: nothing can be paid any more."""
    complete = session["status"] == "complete"
    title, more = "Already paid", "The payment went through; there is nothing left to pay."
    if not complete:
        title, more = "This checkout has expired", "Nothing was charged."
    elif session["payment_status"] == "unpaid":
        title, more = "Payment under way", "The bank has not answered yet."
    onward = _link(after_payment(session["success_url"], session["id"])) if complete else ""
    content = f"<h1>{title}</h1>\n<p>{more}</p>\n{onward or _way_back(session)}"
    return _FRAME.format(title=f"{title} (test stand-in)", style=_STYLE, content=content)


def notice_page(title: str, message: str) -> str:
    """Render a page that only says something."""
    content = f"<h1>{escape(title)}</h1>\n<p>{escape(message)}</p>"
    return _FRAME.format(title=escape(title), style=_STYLE, content=content)


def _table(line_items: Sequence[Payload], total: str) -> str:
    rows = "\n".join(
        f"<tr><td>{row['quantity']} × {escape(row['description'])}</td>"
        f"<td>{escape(money(row['amount_total'], row['currency']))}</td></tr>"
        for row in line_items
    )
    return f"""<table>
<thead><tr><th scope="col">Item</th><th scope="col">Price</th></tr></thead>
<tbody>
{rows}
</tbody>
<tfoot><tr><th scope="row">Total</th><td>{escape(total)}</td></tr></tfoot>
</table>"""


def _email_field(session: Payload) -> str:
    details = session["customer_details"] or {}
    if details.get("email"):
        return f"<p>Receipt to <strong>{escape(details['email'])}</strong></p>"
    return (
        '<label for="email">E-mail</label>\n'
        '<input id="email" name="email" type="email" autocomplete="email" required maxlength="254">'
    )


def _way_back(session: Payload) -> str:
    return _link(session["cancel_url"]) if session["cancel_url"] else ""


def _link(address: str) -> str:
    return f'<p><a href="{escape(address)}">Back to the shop</a></p>'
