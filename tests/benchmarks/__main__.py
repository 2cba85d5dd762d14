"""`python -m tests.benchmarks [NAME ...]`: all of them but the soak, or those named."""

import argparse
import os
import platform
import sys
from collections.abc import Callable

from tests.benchmarks.alarm_paint import measure_painted_alarms
from tests.benchmarks.alarms import measure_engine, measure_stream
from tests.benchmarks.bed_page import measure_bed_page, measure_crowd
from tests.benchmarks.burden import (
    NOBODY_REPEATS,
    PROJECT,
    SOMEBODY_REPEATS,
    added,
    measure_burden,
)
from tests.benchmarks.burden import table as burden_table
from tests.benchmarks.chairs import measure_chairs
from tests.benchmarks.checks import (
    count_burden,
    count_taps,
    measure_opening,
    measure_schedules,
)
from tests.benchmarks.exchange import measure_export
from tests.benchmarks.ingest import measure_drain, measure_latency
from tests.benchmarks.pixel import Load, measure_pixel
from tests.benchmarks.recordings import table as recordings_table
from tests.benchmarks.saving import measure_saving
from tests.benchmarks.sign_off import measure_sign_off
from tests.benchmarks.soak import soak
from tests.benchmarks.verify import measure_verify


def drain() -> None:
    found = measure_drain(40_000)
    print(f"durable ingest, one worker, drained queue, ours:  {found.ours_per_s:8.0f} messages/s")
    print(f"the same with stock paho:                         {found.stock_per_s:8.0f} messages/s")
    print(f"aiomqtt + aiosqlite, a row a message:             {found.peer_per_s:8.0f} messages/s")
    print(f"ratio ours / plain: {found.ours_per_s / found.peer_per_s:.1f}")


def chairs() -> None:
    found = measure_chairs(24)
    print(
        f"durable ingest, drained queue of {found.messages} messages of {found.beds} beds with "
        f"sessions that infuse: {found.per_s:.0f} messages/s"
    )


def latency() -> None:
    for rate_per_s in (100, 5000):
        print(f"publish to durable at {rate_per_s}/s: {measure_latency(rate_per_s, 10)}")


def pixel() -> None:
    print(f"publish to pixel, 24 beds, 5 screens: {measure_pixel(Load(24, 60))}")


def ward40() -> None:
    print(f"publish to pixel, 40 beds x 10 values: {measure_pixel(Load(40, 60, has_pumps=True))}")


def verify() -> None:
    found = measure_verify(5)
    print(f"storing a row: {found.store_us:.1f} us, pinning it: {found.pin_us:.1f} us")
    print(
        f"the whole record, {found.sessions} sessions of an hour, {found.rows} rows, "
        f"{found.megabytes:.0f} MB of which digests of the ward {found.digest_megabytes:.1f} MB: "
        f"proven in {found.all_s:.1f} s, {found.sessions / found.all_s * 60:.0f} sessions a minute"
    )
    print(f"one session among them: {found.one_s:.2f} s")


def checks() -> None:
    print(f"schedules of 24 sessions from nothing, CPU time: {measure_schedules(200)}")
    print(f"opening a form, 24 sessions in the record: {measure_opening(200)}")
    for form, taps in count_taps():
        print(f"{form.label}: {taps} taps, {form.nurse_s:.0f} s of a nurse")
    for profile, burden in count_burden().items():
        print(
            f"an hour of 8 chairs, {profile}: {burden.check_times:.0f} check times, "
            f"{burden.forms:.0f} of them with a form, {burden.taps:.0f} taps, "
            f"{burden.nurse_min:.0f} nurse-minutes"
        )


def saving() -> None:
    found = measure_saving()
    print("24 sessions that run, real broker, ingest, dashboard and two walls in Chromium:")
    print(f"  opening a form of observations:        {found.opening}")
    print(f"  from sending a set to its answer:      {found.durable}")
    print(f"  from sending it to next on both walls: {found.seen}; {found.never_seen} never seen")


def exchange() -> None:
    found = measure_export(100)
    print(
        f"a session with its report: {found.load_s * 1000:.0f} ms, on paper: "
        f"{found.pdf_s * 1000:.0f} ms; {found.sessions} sessions to Parquet: "
        f"{found.parquet_s:.0f} s ({found.parquet_cpu_s:.0f} s of one core), "
        f"{found.megabytes:.0f} MB"
    )


def signoff() -> None:
    found = measure_sign_off()
    print(f"sign-off page of a full session, {found.kilobytes:.0f} kB, until its last byte:")
    print(f"  first open, report prepared:  {found.prepared}")
    print(f"  first open, nothing kept:     {found.first}")
    print(f"    of a core:                  {found.first_cpu}")
    print(f"  after a form of the session:  {found.after_a_form}")
    print(f"  opened again:                 {found.again}")
    print(f"    of a core:                  {found.again_cpu}")
    ratio = found.first_cpu.percentile_ms(50) / found.again_cpu.percentile_ms(50)
    print(f"  what is kept saves:           {ratio:.1f} times the work")
    print(f"PDF, nothing kept:              {found.pdf}")


def bed() -> None:
    found = measure_bed_page()
    print("bed page, an hour at 1 Hz of 10 numbers, the ward live; the server's part:")
    print(f"  first open after a start:       {found.first_open}")
    print(f"  page with the figure:           {found.page}")
    print(f"  the figure again (each minute): {found.trend}")
    print(f"  its news (every 5 s):           {found.news}")
    print(f"until it is drawn, empty cache:   {found.drawn_cold}")
    print(f"until it is drawn, scripts kept:  {found.drawn_warm} (after two openings)")
    print(
        f"live, of a core: the page's main thread {100 * found.main_thread:.1f} %, "
        f"CPU time of its whole process {100 * found.all_threads:.1f} %"
    )


def crowd() -> None:
    found = measure_crowd()
    ratio = found.many.percentile_ms(50) / found.few.percentile_ms(50)
    print(f"trend of one session among {found.few_sessions}, CPU time:   {found.few}")
    print(f"trend of one session among {found.many_sessions}, CPU time: {found.many}")
    print(f"ratio of the medians: {ratio:.2f} (record of {found.megabytes:.0f} MB)")
    print(f"its bed page among {found.few_sessions}:   {found.few_page}")
    print(f"its bed page among {found.many_sessions}: {found.many_page}")


def alarms() -> None:
    for told, is_troubled in (("quiet numbers", False), ("numbers round their limits", True)):
        found = measure_engine(600, is_troubled=is_troubled)
        print(
            f"alarms of 24 beds, {told}: {found.one_by_one_per_s:8.0f} samples/s one by one, "
            f"{found.in_batches_per_s:8.0f} in batches of ten seconds ({found.transitions} "
            "transitions; a sample is a set of six numerics, or a pump reading with its dose)"
        )
    step = measure_stream(1200)
    print(f"the whole step of the stream: {step.with_sessions_per_s:8.0f} messages/s of sessions,")
    print(f"                              {step.with_lone_devices_per_s:8.0f} of lone devices")


def alarm_paint() -> None:
    print(f"sample to painted alarm, 24 beds, 5 screens: {measure_painted_alarms(24, 90)}")


def burden() -> None:
    for hours, patients in ((NOBODY_REPEATS, 200), (SOMEBODY_REPEATS, 60)):
        print(f"{hours}:")
        parts = (measure_burden(20, first, hours) for first in range(1, patients + 1, 20))
        for line in burden_table(added(parts)):
            print(line)


def recordings() -> None:
    for line in recordings_table(PROJECT.parent / "shared" / "data", PROJECT / "config"):
        print(line)


BENCHMARKS: dict[str, Callable[[], None]] = {
    "alarms": alarms,
    "alarm_paint": alarm_paint,
    "drain": drain,
    "chairs": chairs,
    "latency": latency,
    "pixel": pixel,
    "ward40": ward40,
    "verify": verify,
    "checks": checks,
    "saving": saving,
    "exchange": exchange,
    "signoff": signoff,
    "bed": bed,
    "crowd": crowd,
    "burden": burden,
    "recordings": recordings,
}


def main() -> None:
    """Run the benchmarks that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join([*BENCHMARKS, "soak"]))
    names = parser.parse_args().names or list(BENCHMARKS)
    if names == ["soak"]:
        sys.exit(0 if soak() else 1)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.platform()}")
    for name in names:
        print(f"\n== {name}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
