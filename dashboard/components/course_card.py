"""Where a course of treatment stands: position, last, next window, warnings, review."""

from datetime import datetime, tzinfo

import htpy as h

from dashboard.components.facts import facts_view
from dashboard.local_time import days_ago, moment_text
from dashboard.words import INDICATION_WORDS
from infusion.course import Course
from infusion.patient import Indication


def course_card(indication: Indication, course: Course, zone: tzinfo, now: datetime) -> h.Element:
    """The card of one course."""
    words = INDICATION_WORDS[indication]
    lines: list[tuple[str, h.Node]] = [
        ("Next infusion", f"{course.position}, {course.part.value}"),
        ("Given", str(course.given)),
    ]
    if course.last_started_at is not None and course.days_since_last is not None:
        last = moment_text(course.last_started_at, zone, now)
        lines.append(("Last", f"{days_ago(course.days_since_last)} ({last})"))
    window = course.next_window
    if window is not None:
        begins = moment_text(window.target_from, zone, now)
        ends = moment_text(window.target_to, zone, now)
        shown = begins if window.target_from == window.target_to else f"{begins} to {ends}"
        lines.append(("Next window", shown))
        if now < window.not_before:
            lines.append(("Not before", moment_text(window.not_before, zone, now)))
    review = course.review_due_after
    return h.section(".card", aria_label=f"course for {words}")[
        h.h2[words],
        facts_view(lines),
        h.ul(".warnings")[
            (
                h.li(data_warning=w.kind.value)[
                    h.strong["Must not start: " if w.blocks else "Note: "], w.text
                ]
                for w in course.warnings
            ),
            h.li(data_warning="review")[
                h.strong["Review due "], f"after infusion {review}: by a prescriber"
            ]
            if review is not None
            else None,
        ]
        if course.warnings or review is not None
        else None,
    ]
