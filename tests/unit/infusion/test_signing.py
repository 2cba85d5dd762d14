"""Signatures: each over what was seen, chained to the one before; addenda beside what is sealed."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from infusion import commands as c
from infusion import sign_off_commands as sc
from infusion import signing_commands as sign
from infusion.commands import Accepted, Decision, Refused
from infusion.fold import fold
from infusion.happenings import SessionHappening
from infusion.sign_off_events import WasteOf
from infusion.signature_events import (
    AddendumWritten,
    LateDataArrived,
    Meaning,
    SealedSamples,
    SessionSigned,
    SignatureAdded,
)
from infusion.signatures import (
    addenda_of,
    corrections_waiting,
    current_seal,
    late_data_waiting,
    signature_hash,
    signature_lines,
)
from tests.fixtures.clinic import START
from tests.fixtures.session import ADA, NORA, OLGA, PAUL, PUMP, SESSION, Driver, recovering
from tests.fixtures.signature_chain import broken_link
from tests.fixtures.whole_session import accounted, driver
from vocabulary.ids import DeviceId
from vocabulary.states import DeviceKind, SessionState

SEAL, LATER = "5ea1" * 16, "ad0e" * 16
SAMPLES = (
    SealedSamples(
        device=DeviceId("monitor-1"), since=START, until=START + timedelta(hours=1), upto=7200,
        rows=3600, hash="ab" * 32,
    ),
)  # fmt: skip


def signs(**fields: Any) -> sign.SignSession:
    plain = sign.SignSession(
        by=NORA, seen=SEAL, seal=SEAL, zone="Europe/Vienna", content_format="report/1",
        samples=SAMPLES,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **fields)


def adds(meaning: Meaning = Meaning.REVIEWED, **fields: Any) -> sign.AddSignature:
    plain = sign.AddSignature(by=PAUL, seen=SEAL, seal=SEAL, zone="Europe/Vienna", meaning=meaning)
    return msgspec.structs.replace(plain, **fields)


def amends(**fields: Any) -> sign.WriteAddendum:
    plain = sign.WriteAddendum(
        by=NORA, seen=LATER, seal=LATER, zone="Europe/Vienna", reason="typing error",
        concerns="temperature at 14:20", text="", was="63.8", becomes="36.8",
    )  # fmt: skip
    return msgspec.structs.replace(plain, **fields)


def discharged() -> Driver:
    return recovering().move(51).do(c.Discharge(by=NORA, escort="Max"))


def signed() -> Driver:
    return discharged().move(5).do(signs())


def reason_of(decision: Decision) -> str:
    assert isinstance(decision, Refused), decision
    return decision.reason


def test_the_nurse_seals_what_was_seen() -> None:
    found = signed()
    event = found.session.signed
    assert found.session.state is SessionState.SIGNED
    assert event is not None
    assert (event.by, event.meaning, event.seal) == (NORA, Meaning.PERFORMED, SEAL)
    assert (event.zone, event.at, event.method) == ("Europe/Vienna", found.now, "password")
    assert event.samples == SAMPLES
    assert event.previous == ""
    assert found.session.signatures == (event,)


def test_what_changed_since_it_was_looked_at_is_not_signed() -> None:
    found = discharged()
    for command in (signs(seen=LATER), signs(seen="", seal="")):
        assert "changed since you looked" in found.refuse(command).reason
    assert "changed since you looked" in signed().refuse(adds(seen=LATER)).reason
    assert "changed since you looked" in signed().refuse(amends(seen=SEAL)).reason


def test_a_session_that_is_not_discharged_or_has_something_open_is_not_signed() -> None:
    assert "recovery" in recovering().refuse(signs()).reason
    told = discharged().refuse(signs(blocking=("2 alarms not reviewed",))).reason
    assert told == "still open: 2 alarms not reviewed"


def test_only_who_may_sign_seals_and_never_from_a_past_time() -> None:
    assert "prescriber may not sign" in discharged().refuse(signs(by=PAUL)).reason
    assert "administrator may not" in discharged().refuse(signs(by=ADA)).reason
    found = discharged()
    refused = found.refuse(signs(at=found.now - timedelta(minutes=1)))
    assert "counts from when it is given" in refused.reason


def test_a_session_is_sealed_once() -> None:
    assert signed().refuse(signs()).what_to_do == "write an addendum"


def test_without_a_witness_it_is_signed_with_exception_and_a_reason() -> None:
    exceptions = ("nobody witnessed the waste of the syringe",)
    found = discharged()
    assert "with exception only" in found.refuse(signs(exceptions=exceptions, reason=" ")).reason
    found.do(signs(exceptions=exceptions, reason="alone in the house"))
    event = found.session.signed
    assert event is not None
    assert (event.exceptions, event.reason) == (exceptions, "alone in the house")
    assert signature_lines(found.session)[-1].exception == (
        "nobody witnessed the waste of the syringe: alone in the house"
    )


def test_who_came_to_prepare_after_having_witnessed_is_no_witness() -> None:
    found = accounted(driver())
    vial = found.session.drawn[0]
    found.do(
        sc.DrawDrug(
            by=OLGA, vial=9, drug="ketamine", lot="L2", expires_on=vial.expires_on,
            vial_mg_ml=Decimal(50), vial_ml=Decimal(10), drawn_ml=Decimal(0),
        )
    )  # fmt: skip
    assert any(word.of is WasteOf.SYRINGE and word.by == OLGA for word in found.session.witnessed)
    told = found.refuse(signs()).reason
    assert told == "signed with exception only: Olga Other both prepared and witnessed"
    found.do(signs(reason="nobody else on duty"))
    assert found.session.signed is not None
    assert found.session.signed.exceptions == ("Olga Other both prepared and witnessed",)


def test_a_prescribers_signature_is_chained_after_the_seal() -> None:
    found = signed().move(60).do(adds())
    seal, review = found.session.signatures
    assert isinstance(review, SignatureAdded)
    assert (review.by, review.meaning, review.seal) == (PAUL, Meaning.REVIEWED, SEAL)
    assert review.previous == signature_hash(seal)
    assert broken_link(found.session.signatures) is None
    assert found.session.state is SessionState.SIGNED


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (adds(by=NORA), "nurse may not sign reviewed"),
        (adds(seal=LATER, seen=LATER), "not what is sealed"),
        (adds(Meaning.DISCHARGE_AUTHORISED), "is signed before the session is signed"),
        (adds(Meaning.PERFORMED), "performed is not signed here"),
        (adds(Meaning.AMENDED), "amended is not signed here"),
        (adds(Meaning.WITNESSED_WASTE), "witnessed-waste is not signed here"),
    ],
)
def test_each_meaning_has_its_person_and_its_time(command: sign.AddSignature, told: str) -> None:
    assert told in signed().refuse(command).reason


def test_a_review_needs_the_seal_another_person_and_is_given_once_a_version() -> None:
    assert "is signed after the nurse has signed" in discharged().refuse(adds()).reason
    found = signed().do(adds())
    assert "has signed this already" in found.refuse(adds()).reason
    found.do(amends()).do(adds(seen=LATER, seal=LATER))
    assert [s.meaning.value for s in found.session.signatures] == [
        "performed", "reviewed", "amended", "reviewed",
    ]  # fmt: skip
    by_one = signed()
    by_one.clinic = msgspec.structs.replace(
        by_one.clinic,
        sessions=msgspec.structs.replace(
            by_one.clinic.sessions,
            people=msgspec.structs.replace(by_one.clinic.sessions.people, may_co_sign=(NORA.role,)),
        ),
    )
    assert "Nora Nurse signed the session" in by_one.refuse(adds(by=NORA)).reason


def test_a_discharge_may_be_authorised_by_signature_before_the_seal() -> None:
    found = recovering().do(adds(Meaning.DISCHARGE_AUTHORISED, seen="aa", seal="aa"))
    assert found.session.state is SessionState.RECOVERY
    found.move(51).do(c.Discharge(by=NORA, escort="Max"), signs())
    authorised, seal = found.session.signatures
    assert (authorised.meaning, authorised.seal) == (Meaning.DISCHARGE_AUTHORISED, "aa")
    assert seal.previous == signature_hash(authorised)


def test_an_addendum_stands_beside_what_is_sealed_signed_again() -> None:
    found = signed().move(120).do(amends())
    addendum = addenda_of(found.session)[0]
    assert (addendum.number, addendum.was, addendum.becomes) == (1, "63.8", "36.8")
    assert (addendum.reason, addendum.by, addendum.meaning) == (
        "typing error", NORA, Meaning.AMENDED,
    )  # fmt: skip
    assert found.session.signed is not None
    assert found.session.signed.seal == SEAL
    assert current_seal(found.session) == LATER
    assert addendum.previous == signature_hash(found.session.signed)
    second = found.do(amends(by=OLGA, becomes="", text="seen again on Monday")).session
    assert [each.number for each in addenda_of(second)] == [1, 2]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (amends(reason=" "), "needs a reason"),
        (amends(concerns=""), "needs a reason and what it is about"),
        (amends(becomes="", text=" "), "the addendum is empty"),
        (amends(takes_up_late=True), "no data has arrived"),
        (amends(covers_recalculated=True), "nothing was recalculated"),
        (amends(by=ADA), "administrator may not write an addendum"),
    ],
)
def test_an_addendum_says_why_and_what(command: sign.WriteAddendum, told: str) -> None:
    assert told in signed().refuse(command).reason


def test_there_is_no_addendum_before_the_seal() -> None:
    assert "cannot write an addendum" in discharged().refuse(amends()).reason


def late(position: int) -> LateDataArrived:
    return LateDataArrived(
        session=SESSION, at=START + timedelta(days=1), device=DeviceId("monitor-1"), since=START,
        until=START + timedelta(minutes=1), rows=60, hash="cd" * 32,
        first_position=position - 59, last_position=position,
    )  # fmt: skip


def test_data_that_arrives_after_the_seal_waits_for_an_addendum() -> None:
    found = signed().take(late(9000)).take(late(9100))
    assert found.session.state is SessionState.SIGNED
    assert [each.last_position for each in late_data_waiting(found.session)] == [9000, 9100]
    found.do(amends(takes_up_late=True, concerns="late data", text="a burst after the outage"))
    assert late_data_waiting(found.session) == ()
    assert addenda_of(found.session)[0].takes_up == 9100
    found.take(late(9200))
    assert [each.last_position for each in late_data_waiting(found.session)] == [9200]


def test_an_addendum_about_something_else_leaves_late_data_waiting() -> None:
    found = signed().take(late(9000)).do(amends())
    assert len(late_data_waiting(found.session)) == 1


def corrected(found: Driver) -> Driver:
    """A device of the sealed session was another one's."""
    return found.do(
        c.CorrectSealedAssociation(
            by=NORA, device=PUMP, kind=DeviceKind.PUMP, is_ours=False,
            since=found.now - timedelta(minutes=90), reason="pumps mixed up",
        )
    )  # fmt: skip


def test_an_addendum_about_something_else_leaves_what_was_recalculated_waiting() -> None:
    found = corrected(signed().move(5)).do(amends())
    assert len(corrections_waiting(found.session)) == 1
    found.do(amends(covers_recalculated=True))
    assert corrections_waiting(found.session) == ()
    assert [word.covers_recalculated for word in addenda_of(found.session)] == [False, True]
    corrected(found)
    assert len(corrections_waiting(found.session)) == 1, "it came after"
    assert broken_link(found.session.signatures) is None


def test_an_addendum_of_before_has_the_hash_that_it_had_and_covers_what_it_covered() -> None:
    found = signed().do(amends())
    [word] = addenda_of(found.session)
    assert b"covers_recalculated" not in msgspec.json.encode(word)
    old = corrected(signed().move(5)).take(msgspec.structs.replace(word, at=START))
    assert corrections_waiting(old.session) == ()


def test_a_signature_that_was_taken_out_or_altered_breaks_the_chain() -> None:
    whole = signed().do(adds()).do(amends()).session.signatures
    assert broken_link(whole) is None
    assert broken_link((whole[0], whole[2])) is whole[2]
    assert broken_link(whole[1:]) is whole[1]
    forged = msgspec.structs.replace(whole[1], by=OLGA)
    assert broken_link((whole[0], forged, whole[2])) is whole[2]
    assert broken_link((whole[1], whole[0], whole[2])) is whole[1]


def test_every_signature_is_printed_with_name_role_time_zone_and_meaning() -> None:
    found = accounted(driver()).do(signs(), adds(), amends(by=OLGA))
    lines = signature_lines(found.session)
    assert [(line.printed_name, line.role, line.meaning) for line in lines] == [
        ("Olga Other", "nurse", "checked"),
        ("Olga Other", "nurse", "witnessed-waste"),
        ("Olga Other", "nurse", "witnessed-waste"),
        ("Nora Nurse", "nurse", "performed"),
        ("Paul Prescriber", "prescriber", "reviewed"),
        ("Olga Other", "nurse", "amended"),
    ]
    assert all(line.zone and line.at.tzinfo and len(line.content_hash) == 64 for line in lines)
    seal = lines[3]
    assert (seal.content_hash, seal.zone) == (SEAL, "Europe/Vienna")
    assert seal.signature_hash == signature_hash(found.session.signatures[0])


def test_a_session_is_made_ready_once_nothing_is_open() -> None:
    found = discharged()
    assert (
        "still open: a check"
        in found.refuse(sign.MakeReadyForSignOff(by=NORA, open_items=("a check",))).reason
    )
    found.do(sign.MakeReadyForSignOff(by=NORA))
    assert found.session.state is SessionState.READY_FOR_SIGN_OFF
    assert isinstance(found.ask(signs()), Accepted)


def test_signatures_come_back_from_the_record_as_they_were() -> None:
    found = signed().do(adds()).do(amends()).take(late(9000))
    events = found.events[-4:]
    kinds = [type(event) for event in events]
    assert kinds == [SessionSigned, SignatureAdded, AddendumWritten, LateDataArrived]
    written = [msgspec.json.encode(event, order="sorted") for event in events]
    assert [msgspec.json.decode(each, type=SessionHappening) for each in written] == events
    assert fold(found.events) == found.session
