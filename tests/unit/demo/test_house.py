"""When the demonstration says that the ward is live."""

from demo.house import tells_live

FIGURES = """# HELP hourglass_ingest_messages_total Messages by what became of them.
# TYPE hourglass_ingest_messages_total counter
hourglass_ingest_messages_total{{outcome="stored"}} {stored}
hourglass_ingest_messages_total{{outcome="duplicate"}} 4000.0
# HELP hourglass_ingest_late_total Messages stored that came too late to be live.
hourglass_ingest_late_total {late}
"""


def test_the_ward_is_live_once_a_message_is_stored_that_was_not_late() -> None:
    assert not tells_live(None)
    assert not tells_live(FIGURES.format(stored="0.0", late="0.0"))
    assert not tells_live(FIGURES.format(stored="160.0", late="160.0"))
    assert tells_live(FIGURES.format(stored="161.0", late="160.0"))
