"""`python -m simulator score`: every story, or ordinary hours, through the real receiver."""

import argparse
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from simulator.faults import MS_PER_MIN
from simulator.scenario import live_stories, packaged_stories, read_scenario
from simulator.score.live import Plan, watch_live
from simulator.score.live_report import broken_live_promises, live_lines
from simulator.score.matching import Outcome, judge
from simulator.score.raised import Onset
from simulator.score.receiver import Receiver, Run
from simulator.score.report import (
    MEDIAN_PER_H,
    P95_PER_H,
    broken_promises,
    burden_of,
    report_lines,
    scores_of,
)
from simulator.score.rooms import PROJECT
from simulator.score.watched import ALLOWANCE
from simulator.truth import truth_of

START: Final = datetime(2026, 11, 22, 8, tzinfo=UTC)
HOURS: Final = "normal_hours"
"""The scenario of ordinary hours."""
BEDS_AT_ONCE: Final = 50
"""So many patients are taken up in one go, which keeps files small."""
MISSED: Final = 1

Say = Callable[[str], None]


def add_score(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to those of the simulator."""
    score = commands.add_parser("score", help="judge Hourglass by stories of known truth")
    score.add_argument("story", nargs="*", help="stories by name or path; all if left out")
    score.add_argument("--hours", type=int, help="so many ordinary hours instead: the burden")
    score.add_argument("--of", default=HOURS, help="the scenario of ordinary hours")
    score.add_argument("--live", action="store_true", help="in real time, judged at screens")
    score.add_argument(
        "--lead-s", type=float, help="with --live: how long to make and take up the past in"
    )
    score.add_argument(
        "--allow-s", type=float, default=ALLOWANCE.total_seconds(),
        help="with --live: how long after it was due an alarm may be on its screen",
    )  # fmt: skip
    score.add_argument("--seed", type=int, default=1, help="what everything random comes from")
    score.add_argument("--config", type=Path, default=PROJECT / "config", help="of the receiver")
    score.add_argument("--keep", type=Path, help="a folder in which everything is left")
    score.add_argument("--json", type=Path, help="write the figures here, too")
    score.set_defaults(command=score_command)


def score_command(options: argparse.Namespace, say: Say = print) -> int:
    """Score as asked; 1 if a promise is not kept. Raises ReceiverFailed."""
    if options.live:
        return _score_live(options, say)
    if options.hours is not None:
        return _score_hours(options, say)
    return _score_stories(options, say)


def _score_stories(options: argparse.Namespace, say: Say) -> int:
    names = options.story or packaged_stories()
    run = Run(names, [read_scenario(name) for name in names], START, options.seed)
    with _folder(options.keep) as folder:
        onsets = Receiver(folder, options.config).take(run)
    outcomes = _outcomes(run, onsets)
    for line in report_lines(outcomes, START):
        say(line)
    broken = broken_promises(outcomes)
    _write_figures(options.json, outcomes, broken)
    return _told(broken, say)


def _score_live(options: argparse.Namespace, say: Say) -> int:
    names = options.story or live_stories()
    plan = Plan(
        stories=[(name, read_scenario(name)) for name in names],
        seed=options.seed,
        lead_s=options.lead_s,
        allowance=timedelta(seconds=options.allow_s),
    )
    with _folder(options.keep) as folder, _ended_by_signals():
        seen = watch_live(folder, options.config, plan)
    for line in live_lines(seen, plan.allowance):
        say(line)
    broken = broken_live_promises(seen)
    _write_figures(options.json, [one.outcome for one in seen], broken)
    return _told(broken, say)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Ctrl-C and SIGTERM end it with all that it started, even if its parent ignores Ctrl-C."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _write_figures(path: Path | None, outcomes: list[Outcome], broken: list[str]) -> None:
    if path is not None:
        figures = {"scores": scores_of(outcomes), "broken": broken}
        path.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2))


def _told(broken: list[str], say: Say) -> int:
    for promise in broken:
        say(f"NOT KEPT: {promise}")
    return MISSED if broken else 0


def _outcomes(run: Run, onsets: list[Onset]) -> list[Outcome]:
    found = []
    for scenario in run.scenarios:
        end_ms = run.start_ms + round(scenario.history_min * MS_PER_MIN)
        truth = list(truth_of(scenario, scenario.ward, run.start_ms, end_ms))
        own = [onset for onset in onsets if onset.ward == scenario.ward]
        ends_at = datetime.fromtimestamp(end_ms / 1000, UTC)
        found.append(judge(scenario.name, truth, own, ends_at))
    return found


def _score_hours(options: argparse.Namespace, say: Say) -> int:
    onsets: list[Onset] = []
    beds: list[tuple[str, str]] = []
    hours = 0.0
    for first in range(0, options.hours, BEDS_AT_ONCE):
        count = min(BEDS_AT_ONCE, options.hours - first)
        scenario = read_scenario(options.of, beds=count)
        hours = scenario.history_min / 60
        run = Run([options.of], [scenario], START, options.seed + first, beds=count)
        keep = None if options.keep is None else options.keep / str(first)
        with _folder(keep) as folder:
            taken = Receiver(folder, options.config).take(run)
        # beds have the same names in every go
        onsets += [msgspec.structs.replace(o, ward=f"{o.ward}-{first}") for o in taken]
        beds += [(f"{scenario.ward}-{first}", bed.bed) for bed in scenario.beds]
    burden = burden_of(onsets, beds, hours)
    say(
        f"{burden.patients} patients of {hours:.2f} h: audible alarms per patient-hour: median "
        f"{burden.median_per_h:.2f}, p95 {burden.p95_per_h:.2f}"
    )
    for alarm, number in burden.by_alarm.items():
        say(f"  {alarm}: {number}")
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(burden), indent=2))
    is_kept = burden.median_per_h <= MEDIAN_PER_H and burden.p95_per_h <= P95_PER_H
    if not is_kept:
        say(f"NOT KEPT: at most {MEDIAN_PER_H:g} in the median and {P95_PER_H:g} at p95")
    return 0 if is_kept else MISSED


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where the receiver's files go: a folder that stays, or one that goes."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="hourglass-score-") as folder:
        yield Path(folder)
