"""The page of the self-test: what it does, how the last one went, and those before it. Blocks."""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import htpy as h

from dashboard.alarm_pages.now_page import alarm_menu
from dashboard.components.one_button import one_button
from dashboard.context import Services
from dashboard.document import Document, page_document
from dashboard.local_time import clinic_zone, moment_text
from dashboard.self_test_state import SelfTest
from infusion.configuration import WardPlan
from infusion.station_events import SelfTestFinished, SelfTestHeard, SelfTestLeg
from record.faults import RecordUnavailable

HISTORY: Final = timedelta(days=30)
MOST_SHOWN: Final = 10
REFRESH_MS: Final = 1000
LEG_WORDS: Final = {
    SelfTestLeg.BROKER: "device to broker",
    SelfTestLeg.INGEST: "through ingest and its rules",
    SelfTestLeg.SCREEN: "painted on a screen",
    SelfTestLeg.SPEAKER: "played by a speaker",
}
FAILED_WORDS: Final = {
    SelfTestLeg.BROKER: "the broker did not take it: see the strip of the ward screen",
    SelfTestLeg.INGEST: "it did not come back from ingest: see the strip of the ward screen",
    SelfTestLeg.SCREEN: "no screen painted it: open the ward screen at the station",
    SelfTestLeg.SPEAKER: "no screen played it: press a key at the station's screen, and check "
    "that it is no quiet room",
}


def self_test_page(parts: Services, plan: WardPlan, done: h.Node) -> Document:
    """The page; the result is fetched again every second."""
    base = f"/ward/{quote(plan.ward)}/alarms/self-test"
    return page_document(
        f"Self-test, {plan.label}",
        [
            alarm_menu(plan),
            done,
            h.p[
                f"At {plan.beds[0].label} a test alarm of high priority shows and sounds on every "
                "screen of the ward, named SELF-TEST, for a few seconds. Do it at the start of a "
                "shift, with the ward screen open at the station. It is no alarm of the patient "
                "and not in the log."
            ],
            one_button("self-test", base, "Start the self-test", {}),
            h.div(data_refresh=f"{base}/result", data_every=str(REFRESH_MS))[
                result_part(parts, plan)
            ],
        ],
    )


def result_part(parts: Services, plan: WardPlan) -> h.Element:
    """How the last test goes or went, and the ones before."""
    test = parts.self_tests.last.get(plan.ward)
    return h.div(".refreshed")[
        None if test is None else _running(plan, test),
        h.h2["Earlier tests"],
        _history(parts, plan),
    ]


def _running(plan: WardPlan, test: SelfTest) -> h.Element:
    state = "running" if not test.is_over else "failed" if test.failed else "passed"
    return h.section(".card", data_self_test=state)[
        h.h2[{"running": "Running…", "failed": "FAILED", "passed": "Passed"}[state]],
        h.ul[
            (
                h.li[
                    f"{'✓' if leg in test.reached else '·'} {words}",
                    f", after {_took(test.reached[leg])}" if leg in test.reached else None,
                ]
                for leg, words in LEG_WORDS.items()
            )
        ],
        h.p[
            f"Painted on {len(test.painted)} screen{'' if len(test.painted) == 1 else 's'} "
            f"of the ward, played by {len(test.sounded)}."
        ],
        h.p(".urgent")[h.strong[FAILED_WORDS[test.failed]]] if test.failed else None,
        _ask_whether_heard(plan, test) if test.is_over and test.sounded else None,
    ]


def _ask_whether_heard(plan: WardPlan, test: SelfTest) -> h.Element:
    base = f"/ward/{quote(plan.ward)}/alarms/self-test/heard"
    return h.div(".buttons")[
        h.span["Did you hear it?"],
        one_button("heard", base, "Yes", {"test": test.name, "heard": "yes"}),
        one_button("not-heard", base, "No", {"test": test.name, "heard": "no"}),
    ]


def _history(parts: Services, plan: WardPlan) -> h.Node:
    now, zone = datetime.now(UTC), clinic_zone()
    kinds = (SelfTestFinished, SelfTestHeard)
    try:
        found = parts.record.chains.across(kinds, now - HISTORY, now + timedelta(hours=1))
    except RecordUnavailable:
        return h.p["The record does not answer."]
    events = [item.event for item in found]
    heard = {e.test: e for e in events if isinstance(e, SelfTestHeard)}
    tests = [e for e in events if isinstance(e, SelfTestFinished) and e.ward == plan.ward]
    if not tests:
        return h.p(".soft")["None in the last 30 days."]
    return h.ul(".tests")[
        (
            h.li(data_test=test.test)[
                f"{moment_text(test.began_at, zone, now)}: {_outcome(test)}, "
                f"{test.by.printed_name}{_heard(heard.get(test.test))}"
            ]
            for test in tests[::-1][:MOST_SHOWN]
        )
    ]


def _outcome(test: SelfTestFinished) -> str:
    last = test.reached[-1] if test.reached else None
    took = "" if last is None else f" in {_took(last.after_s)}"
    return f"passed{took}" if test.failed is None else f"FAILED at {LEG_WORDS[test.failed]}"


def _took(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _heard(said: SelfTestHeard | None) -> str:
    if said is None:
        return ""
    return f", {'heard' if said.heard else 'NOT HEARD'} by {said.by.printed_name}"
