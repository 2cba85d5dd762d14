"""Where a session stands in its series, as the record has it."""

from datetime import timedelta
from typing import Any

import msgspec

from infusion.configuration import ClinicConfiguration
from infusion.course import Place
from infusion.events import InfusionStarted
from infusion.happenings import session_chain
from infusion.inputs import PeopleActed
from infusion.session_events import DeviceAssociated, SessionCancelled
from ingest.series import LOOKED_UP_AGAIN_AFTER, Series
from record.act import Act
from record.store import Record
from tests.fixtures.acted_ward import ActedWard
from tests.fixtures.clinic import START
from tests.fixtures.session import NORA, SESSION
from vocabulary.ids import SessionId
from vocabulary.states import DeviceKind


def put(record: Record, chain: str, events: list[Any]) -> None:
    act = Act(author="account/nora", now=START, seen=record.chains.head(chain))
    record.act(chain, events, act)


def test_the_place_counts_earlier_sessions_with_drug_and_is_looked_up_again(
    record: Record, clinic: ClinicConfiguration
) -> None:
    ward = ActedWard().chair()
    plan = ward.session().plan
    put(record, session_chain(SESSION), [plan])
    series = Series(record, clinic)
    series.look(ward.state, START)
    assert series.known == {SESSION: Place(number=1, of=6)}
    for number in range(1, 8):
        earlier = SessionId(f"e{number}")
        began = START - timedelta(days=3 * number)
        events = [
            msgspec.structs.replace(plan, session=earlier, at=began),
            _associated(ward, earlier, began),
            InfusionStarted(ward=plan.ward, at=began, cause=1, session=earlier, bed=None,
                            device=_associated(ward, earlier, began).device, counter=None,
                            observed_at=began, rate_ml_h=35.0),
            SessionCancelled(session=earlier, at=START, by=NORA, reason="over"),
        ]  # fmt: skip
        put(record, session_chain(earlier), events[: 2 if number == 7 else 4])
    series.look(ward.state, START + timedelta(seconds=1))
    assert series.known == {SESSION: Place(number=1, of=6)}
    series.look(ward.state, START + LOOKED_UP_AGAIN_AFTER)
    assert series.known == {SESSION: Place(number=1, of=None)}


def _associated(ward: ActedWard, session: SessionId, at: Any) -> Any:
    event = next(
        item.event
        for item in ward.inputs
        if isinstance(item, PeopleActed)
        and isinstance(item.event, DeviceAssociated)
        and item.event.kind is DeviceKind.PUMP
    )
    return msgspec.structs.replace(event, session=session, at=at)
