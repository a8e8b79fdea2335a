"""URLs of the shop."""

from __future__ import annotations

from django.urls import path

from shop.views import cart, catalogue, orders, staff, wishlist

app_name = "shop"

urlpatterns = [
    path("", catalogue.catalogue, name="catalogue"),
    path("products/<slug:slug>/", catalogue.product, name="product"),
    path("products/<slug:slug>/add/", catalogue.add_to_cart, name="add-to-cart"),
    path("currency/", catalogue.currency, name="currency"),
    path("wishlist/", wishlist.wishlist, name="wishlist"),
    path("wishlist/<slug:slug>/add/", wishlist.add_to_wishlist, name="add-to-wishlist"),
    path("wishlist/<slug:slug>/remove/", wishlist.remove_from_wishlist, name="remove-from-wishlist"),
    path("cart/", cart.cart, name="cart"),
    path("cart/<int:key>/", cart.change_line, name="change-line"),
    path("cart/<int:key>/remove/", cart.remove_line, name="remove-line"),
    path("checkout/", orders.checkout, name="checkout"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:reference>/", orders.order, name="order"),
    path("orders/<slug:reference>/status/", orders.order_status, name="order-status"),
    path("staff/orders/", staff.staff_orders, name="staff-orders"),
    path("staff/orders/<slug:reference>/", staff.staff_order, name="staff-order"),
    path("staff/orders/<slug:reference>/cancel/", staff.cancel_order, name="cancel-order"),
    path("staff/orders/<slug:reference>/fulfil/", staff.fulfil_order, name="fulfil-order"),
    path("staff/orders/<slug:reference>/refund/", staff.refund_order, name="refund-order"),
]
