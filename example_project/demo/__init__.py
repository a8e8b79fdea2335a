"""The demo: two years of commerce, played through the real doors of the shop and of revenue-intel.

``story`` decides what happens, ``books`` writes the shop's own rows, ``till`` takes the payments at the
Stripe stand-in, ``postman`` delivers the events, ``afterwards`` dispatches and cancels, ``recount`` counts
everything again without the package. ``python manage.py demo`` puts them in order.
"""
