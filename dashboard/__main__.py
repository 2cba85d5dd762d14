"""`python -m dashboard`: the screens and forms; and who may see them.

python -m dashboard                                   serve until told to stop
python -m dashboard account add LOGIN --role nurse --name "Nina Ott" --password-stdin
python -m dashboard account load < PEOPLE             many at once, a JSON object a line
python -m dashboard account password LOGIN --password-stdin
python -m dashboard account pin LOGIN --pin-stdin     for the second person at a screen
python -m dashboard account list | deactivate LOGIN
python -m dashboard kiosk add --ward W --label L --audience public
python -m dashboard kiosk list | revoke ID
python -m dashboard token add --by LOGIN --ward W --label L     another system that reads /fhir/
python -m dashboard token list | revoke ID
"""

import argparse
import gc
import ipaddress
import logging
import sys
from collections.abc import Sequence
from threading import Thread
from typing import Final

from config.clinic import read_clinic
from config.problems import BadConfiguration
from config.settings import Settings, read_settings
from dashboard.enrolment import Stop, add_commands, enrol
from dashboard.interface_commands import CannotBeDone, add_token_commands, run_token_command
from dashboard.passwords import WeakPassword
from record.accounts import AccountTaken
from record.store import Record, RecordUnavailable, SchemaOutdated, open_record

log = logging.getLogger(__name__)

GRACE_S: Final = 2
"""Open screens are told to come back; whoever has not gone by then is cut off."""
PING_S: Final = 10.0
MAX_MESSAGE_BYTES: Final = 4096
"""Screens say nothing on `/live`; whoever says more than this is no screen."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        return _run(chosen, settings)
    except (
        BadConfiguration,
        CannotBeDone,
        Stop,
        SchemaOutdated,
        WeakPassword,
        AccountTaken,
    ) as problem:
        print(problem, file=sys.stderr)
    except RecordUnavailable as problem:
        print(f"the record does not answer: {problem}", file=sys.stderr)
    return 1


def check_host(settings: Settings) -> None:
    """Raises Stop where the demonstration, whose passwords are known, would leave this machine."""
    if settings.demonstration and not _is_loopback(settings.http_host):
        raise Stop(
            f"the demonstration has known passwords and binds to this machine only, not to"
            f" {settings.http_host}: unset HOURGLASS_HTTP_HOST, or HOURGLASS_DEMONSTRATION"
        )


def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    logging.basicConfig(
        level=settings.log_level.value if chosen.room is None else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    if chosen.room is None:
        check_host(settings)
    record = open_record(settings.database_url, settings.database_wait_s)
    try:
        if chosen.room is None:
            _serve(settings, record)
        elif chosen.room == "token":
            clinic = read_clinic(settings.config_dir)
            print("\n".join(run_token_command(chosen, clinic, record)))
        else:
            for line in enrol(chosen, settings, record.accounts):
                print(line)
    finally:
        record.close()
    return 0


def _serve(settings: Settings, record: Record) -> None:
    """Serve until a signal ends it. One process: every screen shares one set of tiles."""
    # pages and their pictures take two seconds to load, which no other command needs
    import uvicorn  # noqa: PLC0415 - as above

    from dashboard.screens import SCREENS  # noqa: PLC0415 - as above
    from dashboard.server import create_server  # noqa: PLC0415 - as above
    from dashboard.shown import display_of, sounds_of  # noqa: PLC0415 - as above
    from dashboard.warming import warm  # noqa: PLC0415 - as above

    display_of(settings.config_dir)  # a bad file stops the start, not the first page
    sounds_of(settings.config_dir)
    server = create_server(settings, read_clinic(settings.config_dir), record, SCREENS)
    gc.collect()
    gc.freeze()  # what is loaded stays for good: looking for garbage in it made pages wait
    Thread(target=warm, args=[server.services], name="warm up", daemon=True).start()
    log.info("serving on http://%s:%d", settings.http_host, settings.http_port)
    uvicorn.run(
        server.asgi,
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        workers=1,
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dashboard",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rooms = parser.add_subparsers(dest="room", metavar="account | kiosk | token")
    add_commands(rooms)
    add_token_commands(rooms.add_parser("token", help="systems that read sessions as FHIR"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
