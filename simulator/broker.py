"""Where a broker is, and who a device is to it."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

DEFAULT_BROKER = "mqtt://127.0.0.1:1883"
DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BadBrokerUrl(ValueError):
    """A broker's address that cannot be used: why, and what one looks like."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is and who we are to it."""

    host: str
    port: int
    is_tls: bool = False
    user: str | None = None
    password: str | None = None
    ca_file: str | None = None

    def __str__(self) -> str:
        return f"{'mqtts' if self.is_tls else 'mqtt'}://{self.host}:{self.port}"


def parse_broker(url: str, ca_file: str | None = None) -> Broker:
    """Take `mqtt://user:password@host:port` apart. Raises BadBrokerUrl.

    `mqtts://` is checked against `ca_file`, or against what the system trusts.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise BadBrokerUrl(f"not a broker: {url!r}; write mqtt://host:port or mqtts://host:port")
    if ca_file is not None and not Path(ca_file).is_file():
        raise BadBrokerUrl(f"no file of certificates to trust at {ca_file}")
    try:
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except ValueError as error:
        raise BadBrokerUrl(f"not a port in {url!r}: {error}") from error
    return Broker(
        host=parts.hostname,
        port=port,
        is_tls=parts.scheme == "mqtts",
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        ca_file=ca_file,
    )
