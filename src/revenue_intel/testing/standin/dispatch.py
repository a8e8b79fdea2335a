"""Answer a request to the API: who asks, what for, with which parameters, and has it been asked before."""

from __future__ import annotations

import base64
import contextlib
import re
from dataclasses import dataclass, replace
from typing import Any

from revenue_intel.testing.standin.answers import Answer, Request, json_answer
from revenue_intel.testing.standin.api import ROUTES, Api
from revenue_intel.testing.standin.expansion import expand
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.forms import Form, decode
from revenue_intel.testing.standin.idempotency import Keys
from revenue_intel.testing.standin.params import array, text
from revenue_intel.testing.standin.refusal import is_live_key
from revenue_intel.testing.standin.routes import Route, find
from revenue_intel.testing.standin.state import RequestFacts, State

_ACCOUNT = re.compile(r"acct_[A-Za-z0-9]{1,64}\Z", re.ASCII)
_TEST_PREFIXES = ("sk_test_", "rk_test_")


@dataclass(frozen=True, kw_only=True)
class _Call:
    """A request that was understood."""

    route: Route
    names: tuple[str, ...]
    form: Form
    facts: RequestFacts
    account: str | None


class Dispatcher:
    """The API behind HTTP."""

    def __init__(self, *, state: State, api: Api, api_key: str) -> None:
        """Answer for ``api``, to callers with ``api_key`` or any other test key."""
        self._state = state
        self._api = api
        self._api_key = api_key
        self._keys = Keys()

    def answer(self, request: Request) -> Answer:
        """Answer a request; what Stripe would refuse is refused in Stripe's words."""
        identifier = self._state.ids.new("request")
        try:
            self._authenticate(request.headers.get("authorization", ""))
            route, names = find(ROUTES, request.method, request.path)
            form = _parameters(request)
            key = request.headers.get("idempotency-key") if request.method == "POST" else None
            facts = RequestFacts(id=identifier, idempotency_key=key)
            named = "stripe-context" if request.path.startswith("/v2/") else "stripe-account"
            account = _account(request.headers.get(named))
            call = _Call(route=route, names=names, form=form, facts=facts, account=account)
            answer = self._run(call)[0] if key is None else self._run_once(key, request, call)
        except ApiFault as fault:
            answer = json_answer(fault.status, fault.body)
        return replace(answer, headers={"Request-Id": identifier, **answer.headers})

    def _authenticate(self, authorization: str) -> None:
        key = _key_of(authorization)
        if is_live_key(key):
            raise ApiFault("A live key was sent to the Stripe stand-in. Use a test key.", status=401)
        if not (key == self._api_key or key.startswith(_TEST_PREFIXES)):
            raise ApiFault(
                "You did not provide a test API key. Send it as a bearer token (Authorization: Bearer sk_test_…), "
                "or as the user of Basic authentication, without a password.",
                status=401,
            )

    def _run_once(self, key: str, request: Request, call: _Call) -> Answer:
        kept = self._keys.begin(key, path=request.path, params=request.body)
        if kept is not None:
            return replace(kept, headers={**kept.headers, "Idempotent-Replayed": "true"})
        keep = None
        try:
            answer, replayable = self._run(call)
            keep = answer if replayable else None
        finally:
            self._keys.finish(key, path=request.path, params=request.body, answer=keep)
        return answer

    def _run(self, call: _Call) -> tuple[Answer, bool]:
        """Return the answer, and whether an idempotency key keeps it."""
        form = dict(call.form)
        try:
            paths = array(text)("expand", form.pop("expand", {}))
            values: dict[str, Any] = call.route.spec.read(form)
            with self._state.within(call.account, call.facts):
                payload = call.route.call(self._api, *call.names, **values)
                expand(self._state, payload, paths)
        except ApiFault as fault:
            return json_answer(fault.status, fault.body), fault.replayable
        return json_answer(200, payload), True


def _account(header: str | None) -> str | None:
    if header is not None and not _ACCOUNT.match(header):
        raise ApiFault(
            "The provided key does not have access to this account, or it does not exist.",
            status=403,
            code="account_invalid",
        )
    return header


def _key_of(authorization: str) -> str:
    """Return the key, sent as a bearer token or as the user of Basic authentication; nothing where there is none."""
    scheme, _, sent = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return sent.strip()
    if scheme.lower() == "basic":
        with contextlib.suppress(ValueError):
            key, colon, _ = base64.b64decode(sent.strip(), validate=True).decode().partition(":")
            return key if colon else ""
    return ""


def _parameters(request: Request) -> Form:
    if request.method in ("GET", "DELETE"):
        return decode(request.query.encode())
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.body and kind != "application/x-www-form-urlencoded":
        raise ApiFault(
            f"Invalid request: send the parameters as application/x-www-form-urlencoded, not as {kind[:100]!r}."
        )
    return decode(request.body)
