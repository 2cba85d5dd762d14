"""`python -m ingest`: the worker. `--from FILE` takes up recorded arrivals instead, and with
`--people FILE` what people did meanwhile. `replay SESSION` runs the rules again over the recorded
stream, and compares what they conclude with what was recorded; without SESSION of all of them.
"""

import argparse
import gc
import logging
import secrets
import signal
import sys
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeAlias

import msgspec

from config.clinic import choose_wards, read_clinic
from config.problems import BadConfiguration, Problem, shown_fault
from config.settings import MqttClient, Settings, read_settings
from infusion.configuration import ClinicConfiguration
from infusion.stream import WardGroup
from infusion.ward_state import Rules
from ingest.again import NoSuchSession, compare, compare_all
from ingest.announcements import Announcer
from ingest.health import HealthServer, Metrics, WorkerHealth
from ingest.intake import Identity, Intake
from ingest.lease import Lease
from ingest.mqtt import BrokerConnection, Session
from ingest.people_file import BadPeoplesLine, append_lines, read_people
from ingest.publish import Publisher
from ingest.recorded import take_recorded
from ingest.recovery import recover_sequencer, recover_state
from ingest.series import Series
from ingest.stream_clock import StreamClock
from ingest.watchdog import Watchdog
from ingest.worker import BatchLimits, Surroundings, Worker
from record.store import LeaseLost, Record, RecordUnavailable, SchemaOutdated, open_record
from vocabulary.ids import BootId, SessionId
from vocabulary.states import LinkState
from wire.arrivals import BadArrivalLine, read_arrivals
from wire.ingest_status import IngestStatus
from wire.published import encode
from wire.topics import device_filter, ingest_status_topic

log = logging.getLogger("ingest")

EXIT_DIFFERS = 1
EXIT_REFUSED = 2
EXIT_LEASE_LOST = 3
_TOLD = (BadArrivalLine, BadConfiguration, BadPeoplesLine, NoSuchSession, SchemaOutdated)
"""What an operator can do something about: said in a line, without a trace."""
STUCK_AFTER_S = 30.0
"""Longer than any one step may take: a connect (3 s), a commit against a dead server (some 5 s)."""


def main() -> int:
    """Run the worker, or take up a file; returns the exit code."""
    arguments = _arguments()
    try:
        return _carry_out(arguments)
    except RecordUnavailable as problem:
        print(f"the record does not answer: {problem}", file=sys.stderr)
    except OSError as problem:
        print(shown_fault(problem), file=sys.stderr)
    except _TOLD as problem:
        print(problem, file=sys.stderr)
    return EXIT_REFUSED


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ingest", description=__doc__)
    parser.add_argument("--from", dest="file", type=Path, help="recorded arrivals to take up")
    parser.add_argument("--people", type=Path, help="what people did meanwhile, with --from")
    commands = parser.add_subparsers(dest="command", metavar="replay")
    again = commands.add_parser("replay", help="run the rules again over the recorded stream")
    again.add_argument(
        "session", nargs="?", help="the session whose conclusions are compared; all if left out"
    )
    arguments = parser.parse_args()
    if arguments.people is not None and arguments.file is None:
        parser.error("--people goes with --from")
    return arguments


def _carry_out(arguments: argparse.Namespace) -> int:
    files = None if arguments.file is None else (arguments.file, arguments.people)
    settings = read_settings()
    clinic = read_clinic(settings.config_dir)
    served = _served(clinic, settings)
    logging.basicConfig(
        level=settings.log_level.value, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    is_live = files is None and arguments.command is None
    wait_ms = settings.ingest_wait_ms if is_live else settings.database_wait_ms
    with closing(open_record(settings.database_url, wait_ms / 1000)) as record:
        if arguments.command == "replay":
            return _replay(record, clinic, arguments.session)
        return _run(record, Rules(served), settings, stopped, files)


def _replay(record: Record, clinic: ClinicConfiguration, session: str | None) -> int:
    """0 if the rules conclude what was recorded, 1 if not. Raises NoSuchSession."""
    if session is None:
        compared = compare_all(record, clinic)
    else:
        compared = compare(record, clinic, SessionId(session))
    for chain in compared:
        print(chain.text)
    return EXIT_DIFFERS if any(chain.difference for chain in compared) else 0


def _served(clinic: ClinicConfiguration, settings: Settings) -> ClinicConfiguration:
    """The configuration with only the wards that this worker serves."""
    wards = choose_wards(clinic, settings.wards)
    return msgspec.structs.replace(
        clinic, wards=tuple(plan for plan in clinic.wards if plan.ward in wards)
    )


_Files: TypeAlias = tuple[Path, Path | None]
"""Recorded arrivals, and what people did meanwhile."""


def _run(
    record: Record,
    rules: Rules,
    settings: Settings,
    stopped: threading.Event,
    files: _Files | None,
) -> int:
    clock = StreamClock()
    group = WardGroup(tuple(plan.ward for plan in rules.clinic.wards))
    lease = Lease(record, group, settings.worker_id)
    if not lease.wait_until_held(stopped.is_set):
        return 0
    boot = BootId(secrets.token_hex(6))
    identity = Identity(settings.worker_id, boot, group, lease.epoch)
    state = recover_state(record, rules, group)
    intake = Intake(record, identity, rules, recover_sequencer(record, rules, state), state)
    if files is not None:
        _take_files(intake, record, files, settings.max_batch)
        lease.release()
        return 0
    clock.go_on_from(state.now)
    try:
        _serve(intake, record, settings, lease, clock, stopped)
    except LeaseLost as lost:
        log.error("%s; ending so as to stand by", lost)  # noqa: TRY400  # no fault, so no trace
        return EXIT_LEASE_LOST
    lease.release()
    return 0


def _take_files(intake: Intake, record: Record, files: _Files, max_batch: int) -> None:
    file, people = files
    lines = () if people is None else read_people(people)
    _calm_the_collector()
    count = take_recorded(
        intake, read_arrivals(file), max_batch, lines, partial(append_lines, record)
    )
    log.info("took up %d recorded arrivals of %s", count, file)


def _serve(
    intake: Intake,
    record: Record,
    settings: Settings,
    lease: Lease,
    clock: StreamClock,
    stopped: threading.Event,
) -> None:
    identity = intake.identity
    metrics, health = Metrics(), WorkerHealth()
    watchdog = Watchdog(STUCK_AFTER_S)
    connection = _connection(intake, settings, clock)
    publisher = Publisher(intake.rules.clinic, identity.worker, identity.boot)
    series = Series(record, intake.rules.clinic)
    announcer = Announcer(connection, publisher, intake, series)
    connection.on_connect = lambda _kept: announcer.say_everything(clock.now())

    def turned() -> None:
        watchdog.beat()
        lease.renew_when_due()

    around = Surroundings(identity, clock.now, turned, stopped.is_set, metrics, health)
    limits = BatchLimits(settings.max_batch, settings.window_max_ms / 1000)
    server = _health_server(settings, metrics, health, watchdog)
    _calm_the_collector()
    watchdog.start()
    try:
        Worker(connection, intake, announcer, limits, around).run()
    finally:
        watchdog.stop()
        connection.close()
        if server is not None:
            server.stop()


def _calm_the_collector() -> None:
    """Let the cycle collector look less often, for messages and states hold no cycles.

    At its defaults it takes about a fifth of a flooded worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _connection(intake: Intake, settings: Settings, clock: StreamClock) -> BrokerConnection:
    identity = intake.identity
    wards = [plan.ward for plan in intake.rules.clinic.wards]
    will = IngestStatus(state=LinkState.DOWN, worker=identity.worker, boot=identity.boot)
    return BrokerConnection(
        settings.broker,
        Session(
            client_id=f"hourglass-{identity.worker}",
            filters=tuple(device_filter(ward) for ward in (wards if settings.wards else [None])),
            will_topic=ingest_status_topic(wards[0], identity.worker),
            will_payload=encode(will),
        ),
        clock.now,
        ca_file=settings.mqtt_ca_file,
        protocol=settings.mqtt_protocol,
        is_buffered=settings.mqtt_client is MqttClient.BUFFERED,
    )


def _health_server(
    settings: Settings, metrics: Metrics, health: WorkerHealth, watchdog: Watchdog
) -> HealthServer | None:
    if settings.metrics_port == 0:
        return None

    def ailment() -> str | None:
        if watchdog.beat_age_s() > STUCK_AFTER_S / 3:
            return f"the loop has not turned for {watchdog.beat_age_s():.0f} s"
        if health.record is LinkState.DOWN:
            return f"the record is down: {health.record_detail}"
        return None

    host, port = settings.metrics_host, settings.metrics_port
    try:
        server = HealthServer((host, port), metrics, ailment)
    except OSError as error:
        reason = f"cannot listen on {host}:{port}: {error.strerror}; 0 is off"
        raise BadConfiguration([Problem("settings", "metrics_port", reason)]) from error
    server.start()
    return server


if __name__ == "__main__":
    sys.exit(main())
