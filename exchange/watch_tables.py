"""What was seen and done at a session as tables: observations, scores, alarms, completeness."""

from exchange.session_rows import AT, BY, table_of
from exchange.tables import Cell, Column, Kind, Table
from infusion.report import SessionReport
from infusion.report.rows import AmendmentLine


def observation_table(report: SessionReport) -> Table:
    """Observations, one row an item."""
    columns = (
        Column("check", Kind.TEXT, "the check"),
        Column("label", Kind.TEXT, "what it is called"),
        Column("state", Kind.TEXT, "done, partial, late or missed"),
        Column("due_at", Kind.MOMENT, "when it was due"),
        Column("done_at", Kind.MOMENT, "when it was done"),
        Column("entered_at", Kind.MOMENT, "when it was entered, if later"),
        BY,
        Column("reason", Kind.TEXT, "why it is partial or missing"),
        Column("amended", Kind.TEXT, "what it said before it was put right, and why"),
        Column("item", Kind.TEXT, "what was looked at"),
        Column("item_label", Kind.TEXT, "what that is called"),
        Column("value", Kind.TEXT, "what was found"),
        Column("unit", Kind.TEXT, "its unit"),
        Column("is_from_device", Kind.YES_NO, "whether a device told it"),
        Column("device_value", Kind.TEXT, "what the device told, if a person typed over it"),
    )
    rows: list[tuple[Cell, ...]] = []
    for line in report.observations:
        check: tuple[Cell, ...] = (
            line.check,
            line.label,
            line.state.value,
            line.due_at,
            line.done_at,
            line.entered_at,
            line.by,
            line.reason,
            "; ".join(_amended(change) for change in line.amended),
        )
        rows.extend(
            (*check, i.item, i.label, i.value, i.unit, i.is_from_device, i.device_value)
            for i in line.items
        )
        if not line.items:
            rows.append((*check, None, None, None, None, None, None))
    return table_of(report, "observations", "one item of a check", columns, rows)


def _amended(change: AmendmentLine) -> str:
    was = change.was or ("" if change.was_seen_at is None else change.was_seen_at.isoformat())
    return f"{change.label} was {was}, amended by {change.by}: {change.reason}"


def score_table(report: SessionReport) -> Table:
    """Scores."""
    columns = (
        Column("scale", Kind.TEXT, "the scale"),
        AT,
        Column("value", Kind.COUNT, "the score; empty if it cannot be computed", "{score}"),
        Column("explanation", Kind.TEXT, "why"),
        BY,
    )
    rows: list[tuple[Cell, ...]] = [
        (line.scale, line.at, line.value, line.explanation, line.by) for line in report.scores
    ]
    return table_of(report, "scores", "one score", columns, rows)


def intervention_table(report: SessionReport) -> Table:
    """Interventions and adverse events."""
    columns = (
        AT,
        Column("ends", Kind.MOMENT, "until"),
        Column("kind", Kind.TEXT, "what kind"),
        Column("text", Kind.TEXT, "what was done, or happened"),
        Column("grade", Kind.TEXT, "grade of an adverse event"),
        Column("is_adverse_event", Kind.YES_NO, "whether it is an adverse event"),
        BY,
    )
    rows: list[tuple[Cell, ...]] = [
        (line.at, line.ends, line.kind, line.text, line.grade, line.is_adverse_event, line.by)
        for line in report.interventions
    ]
    return table_of(report, "interventions", "one intervention or adverse event", columns, rows)


def alarm_table(report: SessionReport) -> Table:
    """Alarms with their response times and what they were found to be."""
    verdicts = {
        alarm: group.review
        for group in report.alarm_groups
        for alarm in group.alarms
        if group.review is not None and alarm in group.review.alarms
    }
    columns = (
        Column("alarm", Kind.TEXT, "the alarm"),
        Column("condition", Kind.TEXT, "its kind"),
        Column("priority", Kind.TEXT, "high, medium or low (IEC 60601-1-8)"),
        Column("is_technical", Kind.YES_NO, "technical, not physiological"),
        Column("text", Kind.TEXT, "its text with value and limit"),
        Column("began_at", Kind.MOMENT, "onset"),
        Column("ended_at", Kind.MOMENT, "end"),
        Column("answered_at", Kind.MOMENT, "acknowledged"),
        Column("answered_by", Kind.TEXT, "by whom"),
        Column("response_s", Kind.NUMBER, "from onset until acknowledged", "s"),
        Column("verdict", Kind.TEXT, "what it was found to be"),
        Column("note", Kind.TEXT, "why"),
    )
    rows: list[tuple[Cell, ...]] = []
    for line in report.alarms:
        review = verdicts.get(line.alarm)
        rows.append(
            (
                line.alarm,
                line.condition,
                line.priority.value,
                line.is_technical,
                line.text,
                line.began_at,
                line.ended_at,
                line.answered_at,
                line.answered_by,
                line.response_s,
                None if review is None else review.verdict.value,
                None if review is None else review.note,
            )
        )
    return table_of(report, "alarms", "one alarm", columns, rows)


def coverage_table(report: SessionReport) -> Table:
    """How complete each signal is."""
    columns = (
        Column("signal", Kind.TEXT, "the signal"),
        Column("begins", Kind.MOMENT, "watched from"),
        Column("ends", Kind.MOMENT, "watched until"),
        Column("coverage_percent", Kind.NUMBER, "of that time with numbers", "%"),
        Column("gaps", Kind.COUNT, "how many gaps"),
    )
    rows: list[tuple[Cell, ...]] = [
        (c.signal.value, c.begins, c.ends, c.percent, len(c.missing))
        for c in report.completeness.coverage
    ]
    return table_of(report, "coverage", "how complete a signal is", columns, rows)


def gap_table(report: SessionReport) -> Table:
    """Gaps over the clinic's limit."""
    columns = (
        Column("signal", Kind.TEXT, "the signal"),
        Column("begins", Kind.MOMENT, "from"),
        Column("ends", Kind.MOMENT, "until"),
        Column("infusing_s", Kind.NUMBER, "of it while infusing", "s"),
        Column("told", Kind.TEXT, "what the device said"),
        Column("causes", Kind.TEXT, "what is known to have caused it"),
        Column("reasons", Kind.TEXT, "what people said of it"),
        Column("is_open", Kind.YES_NO, "whether it still needs a reason"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            line.gap.signal.value,
            line.gap.begins,
            line.gap.ends,
            line.infusing_s,
            line.told,
            "; ".join(line.causes),
            "; ".join(line.reasons),
            bool(line.open),
        )
        for line in report.completeness.gaps
    ]
    return table_of(report, "gaps", "one gap over the clinic's limit", columns, rows)
