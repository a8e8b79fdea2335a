"""The webhook endpoint. It answers as ``docs/reference/webhook.md`` says and tells strangers nothing."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from revenue_intel.conf import settings as conf
from revenue_intel.exceptions import MalformedEventError, SignatureError
from revenue_intel.webhooks import handover, intake, processing
from revenue_intel.webhooks.endpoints import find_endpoint

logger = logging.getLogger(__name__)


@csrf_exempt
@transaction.non_atomic_requests
@require_POST
def webhook(request: HttpRequest, name: str = "") -> HttpResponse:
    """Take one delivery: 200 once it is stored and settled, 4xx for strangers, 503 to be sent it again.

    ``name`` is the endpoint's; the default one has none.
    """
    endpoint = find_endpoint(name)
    if endpoint is None:
        raise Http404
    if request.content_type != "application/json":
        return _answer("unsupported_media_type", status=415)
    body = _read_body(request)
    if body is None:
        return _answer("too_large", status=413)
    try:
        signature = request.META.get("HTTP_STRIPE_SIGNATURE", "")
        receipt = intake.receive(body=body, signature=signature, endpoint=endpoint)
    except SignatureError:
        return _answer("invalid_signature", status=400)
    except MalformedEventError as error:
        logger.warning("A verified webhook was refused: %s", error)
        return _answer("malformed_event", status=400)
    except (OperationalError, InterfaceError):
        logger.exception("A webhook could not be stored.")
        return _answer("try_again", status=503)
    if receipt.is_settled:
        return _answer("duplicate") if receipt.deliveries > 1 else _answer(receipt.outcome)
    if conf.EVENT_PROCESSING == "deferred":
        handover.hand_on(receipt.pk)
        return _answer("stored")
    processed = processing.process(receipt.pk, new=receipt.new)
    return _answer("try_again", status=503) if processed.transient else _answer(processed.outcome)


def _read_body(request: HttpRequest) -> bytes | None:
    """Return the raw body, or None where it is larger than we take."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > conf.STRIPE_WEBHOOK_MAX_BYTES:
            return None
        return request.body
    except (ValueError, RequestDataTooBig, RawPostDataException, UnreadablePostError):
        return None


def _answer(outcome: str, *, status: int = 200) -> HttpResponse:
    content = b'{"outcome": "%s"}' % outcome.encode()  # a word of ours
    headers = {"Cache-Control": "no-store", "Content-Length": str(len(content))}
    return HttpResponse(content, content_type="application/json", status=status, headers=headers)
