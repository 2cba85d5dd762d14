"""All tables of a session, in the order they are given out."""

from exchange.dose_tables import (
    balance_table,
    pause_table,
    rate_change_table,
    segment_table,
    vial_table,
)
from exchange.material import SessionExport
from exchange.number_tables import cuff_table, pump_table, vitals_table
from exchange.session_tables import device_table, preparation_table, session_table, signature_table
from exchange.tables import Table
from exchange.watch_tables import (
    alarm_table,
    coverage_table,
    gap_table,
    intervention_table,
    observation_table,
    score_table,
)
from infusion.report import SessionReport


def report_tables(report: SessionReport) -> tuple[Table, ...]:
    """Everything the report holds but the numbers one by one."""
    return (
        session_table(report),
        preparation_table(report),
        device_table(report),
        segment_table(report),
        rate_change_table(report),
        pause_table(report),
        observation_table(report),
        score_table(report),
        intervention_table(report),
        alarm_table(report),
        coverage_table(report),
        gap_table(report),
        vial_table(report),
        balance_table(report),
        signature_table(report),
    )


def all_tables(export: SessionExport) -> tuple[Table, ...]:
    """The report, and everything the devices told, one row a message."""
    return (
        *report_tables(export.report),
        vitals_table(export),
        cuff_table(export),
        pump_table(export),
    )
