"""What is driven from outside and no Stripe has: the clock, mischief and outages, at ``/_standin/…``."""

from __future__ import annotations

from typing import ClassVar

from revenue_intel.testing.events import Payload
from revenue_intel.testing.standin.desk import Desk
from revenue_intel.testing.standin.faults import ApiFault
from revenue_intel.testing.standin.mischief import Mischief, Troublemaker
from revenue_intel.testing.standin.outages import KINDS, Kind, Outage, Outages
from revenue_intel.testing.standin.params import between, boolean, integer, one_of, text
from revenue_intel.testing.standin.routes import Routes, get, post

_LONGEST = 100 * 366 * 24 * 60 * 60


def _share(param: str, raw: object) -> float:
    """Read a share, from 0 to 1."""
    try:
        value = float(str(raw))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ApiFault(f"Invalid {param}: must be from 0 to 1", param=param)
    return value


class ControlDesk(Desk):
    """The controls of the stand-in."""

    outages: Outages

    def get_clock(self) -> Payload:
        """Tell the time."""
        return {"object": "standin.clock", "now": self._state.now()}

    def advance(self, *, seconds: int) -> Payload:
        """Move the clock forward; what is due on the way happens, each at its own time."""
        if not 0 <= seconds <= _LONGEST:
            raise ApiFault("The clock moves forward only, and not by more than a century.", param="seconds")
        self._state.advance(seconds)
        return self.get_clock()

    def disturb(
        self,
        *,
        duplicate: float = 0.0,
        drop: float = 0.0,
        delay: float = 0.0,
        delay_seconds: int = 60,
        reorder: bool = False,
        seed: int = 0,
    ) -> Payload:
        """Disturb deliveries from now on; without parameters, no longer."""
        mischief = Mischief(
            duplicate=duplicate,
            drop=drop,
            delay=delay,
            delay_seconds=delay_seconds,
            reorder=reorder,
            seed=seed,
        )
        with self._state.turn():
            self._state.troublemaker = Troublemaker(mischief)
        return {"object": "standin.mischief", **vars(mischief)}

    def fail_next(
        self,
        kind: Kind,
        *,
        times: int = 1,
        path: str = "/v1/",
        method: str = "",
        after_work: bool = False,
        seconds: int = 1,
    ) -> Payload:
        """Let the next requests that match fail; see :class:`~revenue_intel.testing.standin.outages.Outage`."""
        if times < 1 or not 0 <= seconds <= 3600:
            raise ApiFault("times is at least 1, seconds at most 3600.", param="times")
        outage = Outage(
            kind=kind, times=times, path=path, method=method, after_work=after_work, seconds=seconds
        )
        self.outages.add(outage)
        return {"object": "standin.outage", **vars(outage)}

    def _deliver_late(self, event: str) -> None:
        self._state.deliver(event, self._state.events[event])

    ROUTES: ClassVar[Routes] = (
        get("/_standin/clock", get_clock),
        post("/_standin/clock", advance, {"seconds": integer}, required=("seconds",)),
        post(
            "/_standin/mischief",
            disturb,
            {
                "delay": _share,
                "delay_seconds": between(0, _LONGEST),
                "drop": _share,
                "duplicate": _share,
                "reorder": boolean,
                "seed": integer,
            },
        ),
        post(
            "/_standin/outages",
            fail_next,
            {
                "after_work": boolean,
                "kind": one_of(*KINDS),
                "method": one_of("GET", "POST", "DELETE"),
                "path": text,
                "seconds": integer,
                "times": integer,
            },
            required=("kind",),
        ),
    )
