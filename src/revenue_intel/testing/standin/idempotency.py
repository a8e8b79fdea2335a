"""Idempotency keys: the first answer of a key is kept and given again."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from revenue_intel.testing.standin.answers import Answer
from revenue_intel.testing.standin.faults import ApiFault

_LONGEST_KEY = 255


@dataclass(frozen=True, kw_only=True)
class _Kept:
    path: str
    params: bytes
    answer: Answer


class Keys:
    """The keys in use."""

    def __init__(self) -> None:
        """Start without any."""
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._kept: dict[str, _Kept] = {}

    def begin(self, key: str, *, path: str, params: bytes) -> Answer | None:
        """Take a key for a request, or return the answer it had the first time.

        Raises:
            ApiFault: the key is too long, used by a request under way, or was used for another one.
        """
        if not key or len(key) > _LONGEST_KEY:
            raise ApiFault(f"Idempotency keys have 1 to {_LONGEST_KEY} characters.", kind="idempotency_error")
        with self._lock:
            if key in self._busy:
                raise ApiFault(
                    f"There is currently another in-progress request using this Idempotent Key: {key}.",
                    status=409,
                    kind="idempotency_error",
                    code="idempotency_key_in_use",
                )
            kept = self._kept.get(key)
            if kept is None:
                self._busy.add(key)
                return None
        same_place = kept.path == path
        if same_place and kept.params == params:
            return kept.answer
        rule = "the same parameters" if same_place else f"the same endpoint ({kept.path})"
        raise ApiFault(
            f"Keys for idempotent requests can only be used with {rule} they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )

    def finish(self, key: str, *, path: str, params: bytes, answer: Answer | None) -> None:
        """Give a key back, and keep its answer if there is one to keep."""
        with self._lock:
            self._busy.discard(key)
            if answer is not None:
                self._kept[key] = _Kept(path=path, params=params, answer=answer)
