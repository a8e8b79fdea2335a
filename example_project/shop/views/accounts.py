"""Customer accounts: sign up, log in, log out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import LoginView, LogoutView, RedirectURLMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.generic import FormView

from shop.forms import LogInForm, SignUpForm


class LogIn(LoginView):
    """Log in and go where one wanted to go."""

    template_name = "shop/log_in.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True


class LogOut(LogoutView):
    """Log out; by POST only."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session and say so."""
        response: HttpResponse = super().post(request, *args, **kwargs)
        messages.success(request, "You are logged out.")
        return response


class SignUp(RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """Open an account and be logged in."""

    template_name = "shop/sign_up.html"
    form_class = SignUpForm
    next_page = "shop:catalogue"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nobody who is logged in needs a second account."""
        if request.user.is_authenticated:
            return redirect(resolve_url(self.next_page))
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[assignment]
        return response

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        """Create the account and log in."""
        user = form.save()
        login(self.request, user)
        messages.success(self.request, f"Welcome, {user.first_name}.")
        return redirect(self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Carry the wanted page through the form."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["next"] = self.get_redirect_url()
        return context
