"""Whatever people ask and devices report, in whatever order: what always holds of a session."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion import care_commands as care
from infusion import commands as c
from infusion import sign_off_commands as sc
from infusion import signing_commands as sign
from infusion.answers import Choice, YesNo
from infusion.commands import Accepted, Command
from infusion.decisions import allowed, decide
from infusion.decisions.permission import PERMISSIONS
from infusion.dose import ListedConcentration
from infusion.events import InfusionEnded, InfusionPaused, InfusionResumed, InfusionStarted
from infusion.fold import SessionInput, fold, take
from infusion.interventions import commands as ic
from infusion.interventions.events import OrderedBy
from infusion.observations import commands as oc
from infusion.observations.due import CheckStatus
from infusion.observations.events import Basis, MissedCheck, NotObserved, ObservedItem
from infusion.observations.evidence import Evidence
from infusion.observations.values import Level
from infusion.preparation import what_is_open
from infusion.runs import DeviceFact
from infusion.schedule import schedule_of
from infusion.session import (
    Session,
    devices_of,
    still_running,
    unconfirmed_runs,
    waiting_for_second,
)
from infusion.session_events import (
    ManualStep,
    PeoplesEvent,
    PumpRunKind,
    SessionCancelled,
    SessionEvent,
)
from infusion.sign_off_events import AlarmVerdict, Gap, WasteOf
from infusion.signature_events import Meaning
from tests.fixtures.clinic import START, two_beds
from tests.fixtures.session import (
    ADA,
    ANSWERS,
    KINDS,
    NORA,
    OLGA,
    PAUL,
    STATED,
    baseline_readings,
    fact,
    infusing,
    order,
    plan,
    preparing,
    ready,
)
from vocabulary.ids import AdverseEventId, BedId, DeviceId, ObservationId
from vocabulary.signals import SignalName
from vocabulary.states import DeviceKind, SessionState

CLINIC = two_beds()
MINUTE = timedelta(minutes=1)
DEVICES = [DeviceId(name) for name in ("monitor-1", "pump-1", "pump-2", "old-pump")]

people = st.sampled_from([NORA, OLGA, PAUL, ADA])
devices = st.sampled_from(DEVICES)
words = st.sampled_from(["", "because"])
seconds = st.integers(-200, 4000)
beds = st.sampled_from([BedId("1"), BedId("2"), BedId("9")])
volumes = st.sampled_from([Decimal(0), Decimal(5), Decimal("35.1")])


def moments(now: datetime) -> st.SearchStrategy[datetime | None]:
    past = st.integers(0, 4000).map(lambda s: now - timedelta(seconds=s))
    return st.one_of(st.none(), st.none(), past)


KINDS_OF_COMMAND = st.sampled_from([c.PlanSession, *PERMISSIONS])


def commands(
    kind: type[Command], now: datetime, session: Session | None
) -> st.SearchStrategy[Command]:
    """Any command of a kind, sensible or not; a run to explain is one of the session's, often."""
    if kind is c.PlanSession:
        return st.just(plan())
    begun = [run.began_at for run in session.runs] if session is not None else []
    began_at = st.sampled_from([*begun, START])
    ago = st.integers(0, 4000).map(lambda s: now - timedelta(seconds=s))
    flags = st.booleans()
    seals = {"seen": words, "seal": words, "zone": st.just("Europe/Vienna")}
    fields: dict[type[Command], dict[str, st.SearchStrategy[Any]]] = {
        c.BeginPreparation: {"bed": beds, "kinds": st.just(KINDS)},
        c.IdentifyPatient: {"stated": st.just(STATED)},
        c.GiveOrder: {
            "order": st.sampled_from(
                [order(), order(concentration=ListedConcentration(mg_ml=Decimal(2)))]
            ),
            "is_verbal": flags,
            "was_read_back": flags,
        },
        c.AnswerPreparation: {
            "item": st.sampled_from(sorted(ANSWERS)),
            "answer": st.sampled_from([*ANSWERS.values(), YesNo(is_yes=False)]),
        },
        c.FreezeBaseline: {"readings": st.just(baseline_readings(now)), "reason": words},
        c.OverrideHold: {"reason": words},
        c.ConfirmPreparation: {},
        c.ConfirmPreparationAlone: {"reason": words, "recalculated_ml_h": volumes},
        c.AssociateDevice: {
            "device": devices,
            "kind": st.sampled_from(DeviceKind),
            "is_swap": flags,
            "is_manual": flags,
            "replaces": st.one_of(st.none(), devices),
        },
        c.LoadSyringe: {
            "device": devices,
            "drug": st.just("ketamine"),
            "concentration": st.just(ListedConcentration(mg_ml=Decimal(1))),
            "volume_ml": volumes,
        },
        c.ConfirmDevice: {"device": devices},
        c.ConfirmDeviceAlone: {
            "device": devices, "reason": words, "recalculated_ml_h": volumes,
        },
        c.CorrectAssociation: {
            "device": devices,
            "kind": st.just(DeviceKind.PUMP),
            "is_ours": flags,
            "since": ago,
            "until": st.one_of(st.none(), ago),
            "reason": words,
        },
        c.CorrectSealedAssociation: {
            "device": devices,
            "kind": st.just(DeviceKind.PUMP),
            "is_ours": flags,
            "since": ago,
            "until": st.one_of(st.none(), ago),
            "reason": words,
        },
        c.ReleaseDevice: {"device": devices},
        c.ExplainPumpRun: {
            "device": devices, "began_at": began_at, "kind": st.sampled_from(PumpRunKind),
        },
        c.ExplainRateChange: {"device": devices, "changed_at": ago, "reason": words},
        c.ConfirmPause: {"reason": words},
        c.EndInfusionEarly: {"reason": words},
        c.ChartManualDelivery: {
            "device": devices,
            "step": st.sampled_from(ManualStep),
            "rate_ml_h": volumes,
            "volume_ml": volumes,
        },
        c.MoveToBed: {"bed": beds, "reason": words, "kinds": st.just(KINDS)},
        c.Discharge: {"escort": words},
        c.LeaveBeforeReady: {
            "reason": words, "is_iv_removed": flags, "escort": words,
            "prescriber_told": words, "call_back": words,
        },
        c.CancelSession: {"reason": words},
        **checks(now),
        **interventions(now),
        sc.DrawDrug: {
            "vial": st.integers(1, 2), "drug": st.sampled_from(["ketamine", "water"]),
            "lot": words, "expires_on": st.sampled_from([START.date(), date(2020, 1, 1)]),
            "vial_mg_ml": volumes, "vial_ml": volumes, "drawn_ml": volumes,
        },
        sc.ReconcileDrug: {
            "infused_mg": volumes, "line_residual_mg": volumes, "wasted_mg": volumes,
            "reason": words,
        },
        sc.WitnessWaste: {
            "of": st.sampled_from(WasteOf), "seen_mg": volumes, "method": words,
        },
        sc.ExplainGaps: {
            "gaps": st.sampled_from(
                [(), (Gap(signal=SignalName.SPO2, begins=START, ends=START + MINUTE),)]
            ),
            "reason": words,
        },
        sc.ReviewAlarms: {
            "alarms": st.sampled_from([(), ("a1",)]),
            "verdict": st.sampled_from(AlarmVerdict), "note": words,
        },
        care.AnswerHomeQuestions: {
            "answers": st.dictionaries(st.sampled_from(["steady", "advice", "x"]), flags),
        },
        care.GiveHandover: {"text": words, "drafted": words, "to": words},
        sign.MakeReadyForSignOff: {"open_items": st.sampled_from([(), ("a check",)])},
        sign.SignSession: {
            **seals, "content_format": words, "samples": st.just(()), "reason": words,
            "exceptions": st.sampled_from([(), ("nobody witnessed",)]),
        },
        sign.AddSignature: {**seals, "meaning": st.sampled_from(Meaning)},
        sign.WriteAddendum: {
            **seals, "reason": words, "concerns": words, "text": words, "takes_up_late": flags,
        },
    }  # fmt: skip
    return st.builds(kind, by=people, at=moments(now), **fields[kind])


def checks(now: datetime) -> dict[type[Command], dict[str, st.SearchStrategy[Any]]]:
    awake = ObservedItem(item="sedation", value=Level(level=5), basis=Basis.JUDGED)
    drowsy = ObservedItem(item="sedation", value=Level(level=3), basis=Basis.JUDGED)
    clear = ObservedItem(item="airway", value=Choice(option="clear"), basis=Basis.JUDGED)
    names = st.sampled_from([ObservationId(f"o{number}") for number in range(5)])
    ago = st.one_of(st.none(), st.integers(0, 4000).map(lambda s: now - timedelta(seconds=s)))
    return {
        oc.RecordObservations: {
            "observation": names,
            "set": st.sampled_from(["quick", "full", "none"]),
            "observed": st.sampled_from([(), (awake,), (awake, clear), (drowsy, clear)]),
            "not_observed": st.sampled_from(
                [(), (NotObserved(item="airway", reason="away"),)]
            ),
            "seen": st.integers(0, 3),
            "due_at": ago,
            "paper_reason": words,
        },
        oc.AmendObservation: {
            "observation": names,
            "reason": words,
            "observed": st.sampled_from([(), (drowsy,)]),
            "withdrawn": st.sampled_from([(), ("airway",)]),
            "seen_at": ago,
        },
        oc.WriteNote: {"text": words},
        oc.ExplainMissedChecks: {
            "checks": st.sampled_from([(), (MissedCheck(item="bp", due_at=START),)]),
            "reason": words,
        },
        oc.ChooseProfile: {
            "profile": st.sampled_from(["standard", "long", "no"]), "reason": words,
        },
    }  # fmt: skip


def interventions(now: datetime) -> dict[type[Command], dict[str, st.SearchStrategy[Any]]]:
    adverse = st.sampled_from([AdverseEventId("a1"), AdverseEventId("a2")])
    ago = st.one_of(st.none(), st.integers(0, 4000).map(lambda s: now - timedelta(seconds=s)))
    grades = st.integers(0, 6)
    return {
        ic.ChangeOxygen: {"flow_l_min": st.sampled_from([-1.0, 0.0, 2.0, 99.0])},
        ic.GiveRescueDrug: {
            "drug": st.sampled_from(["midazolam", "water", ""]), "dose": volumes,
            "unit": st.sampled_from(["mg", "mL"]), "route": st.sampled_from(["iv", "oral"]),
            "ordered_by": st.sampled_from(OrderedBy), "prescriber": words,
            "was_read_back": st.booleans(), "is_listed": st.booleans(), "reason": words,
        },
        ic.CallPrescriber: {"prescriber": words, "about": words},
        ic.ChartAnswer: {"prescriber": words, "words": words},
        ic.ReportIvFailed: {"what": words},
        ic.ResiteIv: {"site": words},
        ic.RecordAdverseEvent: {
            "adverse": adverse, "what": words, "grade": grades, "ended_at": ago,
        },
        ic.EndAdverseEvent: {"adverse": adverse, "grade": grades},
        ic.ReportSymptoms: {
            "symptoms": st.sampled_from([(), ("chest pain",), ("joy",)]), "words": words,
        },
        ic.CallHelp: {},
        ic.EndHelp: {},
        ic.BeginEmergency: {},
        ic.StampEmergency: {"what": words},
        ic.EndEmergency: {},
    }  # fmt: skip


def facts(now: datetime) -> st.SearchStrategy[DeviceFact]:
    kinds = st.sampled_from([InfusionStarted, InfusionPaused, InfusionResumed, InfusionEnded])
    at = st.integers(0, 600).map(lambda s: now - timedelta(seconds=s))
    return st.builds(fact, kinds, at, devices)


STARTS = {
    "nothing": list[SessionInput],
    "preparing": lambda: preparing().events,
    "ready": lambda: ready().events,
    "infusing": lambda: infusing().events,
}


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_nothing_raises_and_nothing_is_lost_and_no_drug_is_ever_cancelled(
    data: st.DataObject,
) -> None:
    events = list(STARTS[data.draw(st.sampled_from(sorted(STARTS)))]())
    session = fold(events) if events else None
    now = START + timedelta(minutes=40)
    for _ in range(data.draw(st.integers(1, 30))):
        now += timedelta(seconds=data.draw(st.integers(1, 2000)))
        if session is not None and data.draw(st.booleans()):
            told = data.draw(facts(now))
            session = take(session, told)
            events.append(told)
        else:
            session = obey(
                session, data.draw(commands(data.draw(KINDS_OF_COMMAND), now, session)), now, events
            )
        if session is not None:
            check(session, events, now)
    assert session is None or session == fold(events)


def obey(
    session: Session | None, command: Command, now: datetime, events: list[SessionInput]
) -> Session | None:
    before = None if session is None else msgspec.json.encode(session)
    decision = decide(session, command, now, CLINIC)
    if not isinstance(decision, Accepted):
        assert decision.reason
        assert decision.what_to_do
        assert session is None or msgspec.json.encode(session) == before
        return session
    if session is not None:
        is_planning = isinstance(command, c.PlanSession)
        assert is_planning or type(command) in allowed(session, command.by, CLINIC.sessions)
    assert decision.events
    assert all(event.at <= now for event in decision.events)
    if any(isinstance(event, SessionCancelled) for event in decision.events):
        assert session is not None
        assert not session.has_drug
    for event in decision.events:
        session = take(session, event)
        events.append(event)
    return session


def check(session: Session, events: list[SessionInput], now: datetime) -> None:
    assert isinstance(session.state, SessionState)
    assert session.taken == len(events)
    assert not (session.state is SessionState.CANCELLED and session.has_drug)
    told = [e for e in events if not isinstance(e, SessionEvent)]
    assert list(session.facts) == told
    is_running = any(run.is_running for run in session.drug_runs)
    assert is_running == (session.state is SessionState.INFUSING) or session.closed is not None
    for run in session.runs:
        assert run.stopped_at is None or run.began_at <= run.stopped_at
        assert run.device in devices_of(session, run.began_at)
    unconfirmed_runs(session)
    still_running(session, now, CLINIC.sessions)
    waiting_for_second(session, CLINIC.sessions)
    what_is_open(session, CLINIC)
    check_schedule(session, now)


def check_schedule(session: Session, now: datetime) -> None:
    schedule = schedule_of(session, Evidence(), now, CLINIC)
    for due in schedule.items:
        done = due.status in {CheckStatus.DONE, CheckStatus.DONE_LATE}
        assert (due.done_at is not None) == done
        assert due.late_s >= 0
        assert due.status is not CheckStatus.OVERDUE or due.slot.ends_at < now
    assert [c.due_at for c in schedule.open] == sorted(c.due_at for c in schedule.open)
    if schedule.is_suspended or session.closed is not None:
        assert schedule.next is None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_order_in_which_facts_of_different_times_come_does_not_matter(
    data: st.DataObject,
) -> None:
    driver = ready()
    kinds = [InfusionStarted, InfusionPaused, InfusionResumed, InfusionPaused, InfusionEnded]
    told = [fact(kind, driver.now + timedelta(minutes=number)) for number, kind in enumerate(kinds)]
    shuffled = data.draw(st.permutations(told))
    one, other = fold([*driver.events, *told]), fold([*driver.events, *shuffled])
    assert (one.state, one.runs) == (other.state, other.runs)
    assert one.state is SessionState.RECOVERY


def test_every_event_of_people_has_a_name_of_its_own() -> None:
    kinds = PeoplesEvent.__args__
    tags = [kind.__struct_config__.tag for kind in kinds]
    assert len(set(tags)) == len(tags)
    assert all(tag == kind.__name__ for tag, kind in zip(tags, kinds, strict=True))
