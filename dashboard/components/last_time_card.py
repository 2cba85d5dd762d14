"""The "last time" card: what happened in the patient's session before this one."""

from datetime import datetime, tzinfo

import htpy as h

from dashboard.components.facts import facts_view
from dashboard.local_time import days_ago, moment_text
from infusion.summary import LastTime, SessionSummary


def last_time_card(last: LastTime | None, zone: tzinfo, now: datetime) -> h.Element:
    """Peak BP, worst dissociation, tolerated rate, rescue drugs, what helped."""
    if last is None:
        return h.section(".card", aria_label="last time", data_last_time="none")[
            h.h2["Last time"], h.p["No session with drug before this one."]
        ]
    return h.section(".card", aria_label="last time", data_last_time=last.last.session)[
        h.h2[f"Last time, {days_ago(last.days_ago)}"],
        facts_view(summary_lines(last.last, zone, now)),
    ]


def summary_lines(summary: SessionSummary, zone: tzinfo, now: datetime) -> list[tuple[str, h.Node]]:
    """What is kept in mind of a session, each with its name."""
    peak, rate = summary.peak, summary.tolerated_rate_mg_kg_h
    lines: list[tuple[str, h.Node]] = [
        (
            "Highest BP",
            "not recorded"
            if peak is None
            else f"{peak.sys:.0f}/{peak.dia:.0f} mmHg at "
            f"{moment_text(peak.observed_at, zone, now)}",
        ),
        ("Worst dissociation", _or_unknown(summary.worst_dissociation, "of 10")),
        ("Tolerated rate", "not known" if rate is None else f"{rate:.2f} mg/kg/h"),
        ("Dose", dose_text(summary)),
        ("Rescue drugs", ", ".join(summary.rescue_drugs) or "none"),
        ("Pauses", str(summary.pauses)),
    ]
    if summary.recalculated is not None:
        lines.insert(4, ("As signed", since_signed_text(summary)))
    if summary.what_helped:
        lines.append(("What helped", summary.what_helped))
    if summary.ended_early:
        lines.append(("Ended early", summary.ended_early))
    return lines


def dose_text(summary: SessionSummary) -> str:
    """`33.83 mg (0.48 mg/kg)`."""
    if summary.dose_mg is None:
        return "not known"
    per_kg = "" if summary.dose_mg_per_kg is None else f" ({summary.dose_mg_per_kg:.2f} mg/kg)"
    return f"{summary.dose_mg:.2f} mg{per_kg}"


def since_signed_text(summary: SessionSummary) -> str:
    """`signed 33.83 mg, recalculated since`; empty where what was signed still stands."""
    found = summary.recalculated
    if found is None:
        return ""
    signed = "not known" if found.sealed_mg is None else f"{found.sealed_mg:.2f} mg"
    return f"signed {signed}, recalculated since{'' if found.is_covered else ', no addendum yet'}"


def _or_unknown(value: int | None, unit: str) -> str:
    return "not recorded" if value is None else f"{value} {unit}"
