"""How often a wrong password may be tried, for each login name and each address."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

WINDOW_S: Final = 300.0
PER_LOGIN: Final = 10
"""A person mistypes three or four times; ten in five minutes leave a guesser 2,880 a day."""
PER_ADDRESS: Final = 30
"""A ward's PCs may share one address behind a proxy, so an address is given more."""
_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries to log in, and from where."""

    login: str
    address: str


class Attempts:
    """Failures of the last minutes, in memory. `now_s` is monotonic seconds."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, attempt: Attempt, now_s: float) -> float:
        """How long, in seconds, until this may be tried again; 0 if it may be now."""
        return max(self._wait_s(key, limit, now_s) for key, limit in _keys_and_limits(attempt))

    def failed(self, attempt: Attempt, now_s: float) -> None:
        """Note a wrong password; also before it is checked, see `succeeded`."""
        for key, limit in _keys_and_limits(attempt):
            times = self._failures.setdefault(key, deque(maxlen=limit))
            times.append(now_s)
            self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, attempt: Attempt) -> None:
        """Forget the failures of a login that got in, and the note taken for this attempt."""
        (login_key, _), (address_key, _) = _keys_and_limits(attempt)
        self._failures.pop(login_key, None)
        times = self._failures.get(address_key)
        if times:
            times.pop()

    def _wait_s(self, key: str, limit: int, now_s: float) -> float:
        times = self._failures.get(key)
        if times is None or len(times) < limit:
            return 0.0
        return max(0.0, times[0] + WINDOW_S - now_s)


def _keys_and_limits(attempt: Attempt) -> tuple[tuple[str, int], tuple[str, int]]:
    return (
        (f"login {attempt.login.casefold()}", PER_LOGIN),
        (f"address {attempt.address}", PER_ADDRESS),
    )
