"""Audible alarms of ordinary hours, and what delay, hysteresis and the repeated cuff are worth.

Simulated patients go through the real receiver once. Then the rules run over the recorded stream
again, each time with one of the three switched off in the configuration.

`python -m tests.benchmarks.burden --patients N --seed N --keep FILE` adds to what other parts of
the same measurement left in a file, and prints the table of all of them.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

import msgspec
import yaml

from config.clinic import read_clinic
from infusion.alarms.events import AlarmChanged, AlarmRaised, AlarmReturned
from infusion.happenings import Concluded
from infusion.stream import WardGroup
from infusion.ward import advance
from infusion.ward_state import Rules, StreamState
from record.store import Record, open_record
from vocabulary.alarms import AlarmCode, AlarmKind, AlarmPriority
from vocabulary.ids import BedId

PROJECT = Path(__file__).parents[2]
NOBODY_REPEATS, SOMEBODY_REPEATS = "normal_hours", "repeated_hours"
"""Scenarios of ordinary hours, which are the names of their wards too: whether nurses repeat a cuff
that reads high."""
HOURS = 1.5
"""Of each patient: baseline, an hour of infusion, the beginning of recovery."""
AT_ONCE = 2000

Alarms = dict[str, Any]


def without_delay(alarms: Alarms) -> None:
    """Every limit is told at once."""
    for limit in (*alarms["limits"], *alarms["trends"]):
        limit["delay_s"] = 0


def without_hysteresis(alarms: Alarms) -> None:
    """An alarm is over as soon as the number is inside its limit, and the next one is another."""
    for clear in alarms["clear"].values():
        clear["by"] = clear["for_s"] = 0
    alarms["signals"]["returns_within_s"] = alarms["signals"]["sounds_again_after_s"] = 0


def without_repeat(alarms: Alarms) -> None:
    """A cuff reading over a limit counts by itself."""
    alarms["cuff"]["at_once_sys"] = alarms["cuff"]["at_once_dia"] = 1


def without_any(alarms: Alarms) -> None:
    """The bare limits."""
    for change in (without_delay, without_hysteresis, without_repeat):
        change(alarms)


VARIANTS: dict[str, Callable[[Alarms], None]] = {
    "as it is": lambda _alarms: None,
    "without delay": without_delay,
    "without hysteresis": without_hysteresis,
    "without repeating the cuff": without_repeat,
    "the bare limits": without_any,
}


class Burden(msgspec.Struct, frozen=True, kw_only=True):
    """Audible alarms per hour of each patient, and how many there were of which kind.

    `endings`: how often the end of the infusion was announced to each patient's nurse.
    `other_delivery`: what else was told of the drug and its pump.
    """

    per_h: tuple[float, ...] = ()
    by_alarm: dict[str, int] = {}
    endings: tuple[int, ...] = ()
    other_delivery: int = 0

    @property
    def median(self) -> float:
        """Of all patients."""
        return median(self.per_h)

    @property
    def p95(self) -> float:
        """That 95 % of the patients stay within."""
        return sorted(self.per_h)[min(len(self.per_h) - 1, int(0.95 * len(self.per_h)))]

    def with_more(self, other: "Burden") -> "Burden":
        """Of the patients of both."""
        return Burden(
            per_h=self.per_h + other.per_h,
            by_alarm=dict(Counter(self.by_alarm) + Counter(other.by_alarm)),
            endings=self.endings + other.endings,
            other_delivery=self.other_delivery + other.other_delivery,
        )


def measure_burden(
    patients: int,
    seed: int,
    hours: str = NOBODY_REPEATS,
    variants: Iterable[str] = tuple(VARIANTS),
) -> dict[str, Burden]:
    """The burden of so many patients for variants of the configuration, all if not named."""
    with tempfile.TemporaryDirectory(prefix="hourglass-burden-") as folder:
        taken = Path(folder)
        _take_up(patients, seed, hours, taken)
        kept = taken / "0"
        record = open_record(f"sqlite:///{kept / 'data' / 'hourglass.sqlite3'}")
        try:
            return {
                name: _burden(record, changed_config(kept / "config", VARIANTS[name]), patients)
                for name in variants
            }
        finally:
            record.close()


def _take_up(patients: int, seed: int, hours: str, folder: Path) -> None:
    command = [
        sys.executable, "-m", "simulator", "score",
        "--hours", str(patients), "--of", hours, "--seed", str(seed), "--keep", str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if not (folder / "0" / "data").exists() or done.returncode > 1:
        raise RuntimeError(done.stderr)


def changed_config(config: Path, change: Callable[[Alarms], None]) -> Path:
    changed = config.with_name("changed")
    shutil.copytree(config, changed, dirs_exist_ok=True)
    alarms = yaml.safe_load((config / "alarms.yaml").read_text())
    change(alarms)
    (changed / "alarms.yaml").write_text(yaml.safe_dump(alarms, sort_keys=False))
    return changed


def _burden(record: Record, config: Path, patients: int) -> Burden:
    audible: Counter[BedId] = Counter()
    by_alarm: Counter[str] = Counter()
    endings: Counter[BedId] = Counter()
    other_delivery = 0
    for event in concluded(record, Rules(read_clinic(config))):
        if not isinstance(event, AlarmRaised | AlarmChanged | AlarmReturned):
            continue
        if is_audible(event):
            audible[event.bed] += 1
            by_alarm[event.code.value] += 1
        if isinstance(event, AlarmRaised) and event.kind is AlarmKind.DELIVERY:
            if event.code is AlarmCode.INFUSION_ENDING:
                endings[event.bed] += 1
            else:
                other_delivery += 1
    beds = [BedId(str(number + 1)) for number in range(patients)]
    return Burden(
        per_h=tuple(audible[bed] / HOURS for bed in beds),
        by_alarm=dict(by_alarm),
        endings=tuple(endings[bed] for bed in beds),
        other_delivery=other_delivery,
    )


def concluded(record: Record, rules: Rules) -> Iterator[Concluded]:
    """All that the rules conclude from a recorded stream, from its beginning."""
    state = StreamState()
    pending = []
    wards = tuple(plan.ward for plan in rules.clinic.wards)
    for item in record.read_stream(0, WardGroup(wards)):
        pending.append(item)
        if len(pending) >= AT_ONCE:
            state, found = advance(state, pending, rules)
            yield from found
            pending = []
    yield from advance(state, pending, rules)[1]


def is_audible(event: AlarmRaised | AlarmChanged | AlarmReturned) -> bool:
    """Whether an alarm makes itself heard anew: low ones are silent, not all changes are news."""
    if event.reasons[0].priority is AlarmPriority.LOW:
        return False
    return isinstance(event, AlarmRaised) or event.sounds_again


def table(burdens: dict[str, Burden]) -> Iterator[str]:
    """The figures as a table in Markdown, and the end of the infusions in a sentence."""
    patients = len(burdens["as it is"].per_h)
    yield f"Audible alarms per patient-hour, {patients} patients of {HOURS:g} h:"
    yield ""
    yield "| limits | median | p95 | mean | all | most frequent |"
    yield "|---|---|---|---|---|---|"
    for name, found in burdens.items():
        total = sum(found.by_alarm.values())
        most = sorted(found.by_alarm.items(), key=lambda item: -item[1])[:4]
        told = ", ".join(f"{code} {count}" for code, count in most)
        yield (
            f"| {name} | {found.median:.2f} | {found.p95:.2f} | {mean(found.per_h):.2f} "
            f"| {total} | {told} |"
        )
    yield ""
    yield endings_line(burdens["as it is"])


def endings_line(found: Burden) -> str:
    """What a normal end raised."""
    once = sum(count == 1 for count in found.endings)
    return (
        f"The end of the infusion was announced once to {once} of {len(found.endings)} patients' "
        f"nurses; other alarms of drug and pump: {found.other_delivery}."
    )


def added(parts: Iterable[dict[str, Burden]]) -> dict[str, Burden]:
    """The burden of the patients of all parts."""
    total = {name: Burden() for name in VARIANTS}
    for part in parts:
        total = {name: found.with_more(part[name]) for name, found in total.items()}
    return total


def main(arguments: Sequence[str] | None = None) -> None:
    """One part of a measurement, added to those before it."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.burden", description=__doc__)
    parser.add_argument("--patients", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hours", default=NOBODY_REPEATS)
    parser.add_argument("--keep", type=Path, required=True, metavar="FILE")
    options = parser.parse_args(arguments)
    part = measure_burden(options.patients, options.seed, options.hours)
    with options.keep.open("ab") as file:
        file.write(msgspec.json.encode(part) + b"\n")
    lines = options.keep.read_bytes().splitlines()
    for line in table(added(msgspec.json.decode(kept, type=dict[str, Burden]) for kept in lines)):
        print(line)


if __name__ == "__main__":
    main()
