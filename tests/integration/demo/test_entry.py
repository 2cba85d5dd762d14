"""Earlier sessions of the demonstration's patients, entered into a real record once."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from config.clinic import read_clinic
from demo.bedside import Played
from demo.entry import enter
from demo.peoples_file import play_earlier, signed_sessions
from demo.signing import sign
from infusion.fold import fold
from infusion.happenings import session_chain
from infusion.patient import PatientId
from infusion.patient_events import CourseBegun
from record.database import Database
from record.migrate import migrate
from record.store import open_record
from simulator.scenario import read_scenario
from vocabulary.ids import WardId
from vocabulary.states import SessionState

START = datetime(2026, 11, 22, 8, tzinfo=UTC)
CONFIG = Path(__file__).parents[3] / "config"


def test_earlier_sessions_are_entered_once_and_read_back_as_they_were(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hourglass.sqlite3'}"
    with closing(Database(url)) as database:
        migrate(database, 10)
    played = Played(read_scenario("ward8"), WardId("demo"), START, 1)
    lines = play_earlier(played, read_clinic(CONFIG))
    with closing(open_record(url)) as record:
        assert set(enter(record, lines, START)) == {line.chain for line in lines}
        assert enter(record, lines, START) == []
        plans = record.chains.sessions(WardId("demo"))
        assert len(plans) == 18
        session = fold(record.chains.read(f"session/{plans[0].session}").events)
        assert session.state is SessionState.DISCHARGED
        clinic = read_clinic(CONFIG)
        signed = signed_sessions(played)
        assert set(signed) == {plan.session for plan in plans}
        sign(record, signed[0], clinic, START)
        session = fold(record.chains.read(session_chain(signed[0])).events)
        assert session.state is SessionState.SIGNED
        assert session.signed is not None
        assert not session.signed.exceptions
        events = record.chains.read(f"patient/{PatientId('ward8-1')}").events
        assert any(isinstance(event, CourseBegun) for event in events)
