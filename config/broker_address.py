"""Where a broker is and how to log in to it, from the setting `mqtt_url`."""

from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

_DEFAULT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class BrokerAddress(NamedTuple):
    """Where a broker is and how to log in to it."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool

    def __repr__(self) -> str:
        """Without the password, so that it reaches no log."""
        scheme = "mqtts" if self.tls else "mqtt"
        login = f"{self.user}@" if self.user else ""
        return f"{scheme}://{login}{self.host}:{self.port}"


def parse_mqtt_url(url: str) -> BrokerAddress:
    """Take `mqtt://user:password@host:port` (`mqtts` for TLS) apart.

    Ports default to 1883 and 8883; user and password may be percent-encoded.
    Raises ValueError, without repeating the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"is not a URL: {error}") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("must begin with mqtt:// or mqtts://")
    if not parts.hostname:
        raise ValueError("names no host: mqtt://HOST:PORT")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("ends with the port: mqtt://HOST:PORT")
    return BrokerAddress(
        host=parts.hostname,
        port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        tls=parts.scheme == "mqtts",
    )
