"""URLs of customer accounts."""

from __future__ import annotations

from django.urls import path

from shop.views import accounts

app_name = "accounts"

urlpatterns = [
    path("login/", accounts.LogIn.as_view(), name="login"),
    path("logout/", accounts.LogOut.as_view(), name="logout"),
    path("signup/", accounts.SignUp.as_view(), name="signup"),
]
