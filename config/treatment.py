"""The rules of the session and of the course, from `protocol.yaml`."""

from collections.abc import Iterator

from config.files import ProtocolFile
from config.problems import Problem
from config.treatment_files import BlockEntry, GapEntry, ItemEntry
from infusion.configuration import (
    BaselineRules,
    CourseRules,
    FrequencyRule,
    GapRules,
    HoldRules,
    OutcomeRules,
    PeopleRules,
    PreparationBlock,
    PreparationItem,
    SessionRules,
    SignOffRules,
    TwoPersonRules,
)
from vocabulary.roles import Role


def problems_of_treatment(source: str, file: ProtocolFile) -> Iterator[Problem]:
    """What does not fit together in the preparation blocks and in who may do what."""
    blocks = set()
    items = set()
    for number, block in enumerate(file.preparation):
        key = f"preparation[{number}]"
        if block.block in blocks:
            yield Problem(source, f"{key}.block", f"{block.block!r} is there twice")
        blocks.add(block.block)
        for item_number, item in enumerate(block.items):
            item_key = f"{key}.items[{item_number}]"
            if item.item in items:
                yield Problem(source, f"{item_key}.item", f"{item.item!r} is there twice")
            items.add(item.item)
            for role in item.roles:
                if role not in file.people.may_chart:
                    yield Problem(
                        source, f"{item_key}.roles", f"{role.value!r} is not in people.may_chart"
                    )
    for key, roles in (
        ("people.may_chart", file.people.may_chart),
        ("people.may_order", file.people.may_order),
        ("people.may_override_hold", file.people.may_override_hold),
        ("people.may_sign", file.people.may_sign),
        ("people.may_co_sign", file.people.may_co_sign),
        ("people.may_authorise_discharge", file.people.may_authorise_discharge),
        ("people.may_export", file.people.may_export),
        ("two_person.second_may_be", file.two_person.second_may_be),
    ):
        if Role.DISPLAY in roles:
            yield Problem(source, key, "'display' is a screen, not a person")


def session_rules(file: ProtocolFile) -> SessionRules:
    """How a session is prepared, confirmed and ended, as the rules use it."""
    two_person, session, baseline, hold = (
        file.two_person,
        file.session,
        file.baseline,
        file.hold,
    )
    return SessionRules(
        people=PeopleRules(
            may_chart=tuple(file.people.may_chart),
            may_order=tuple(file.people.may_order),
            may_override_hold=tuple(file.people.may_override_hold),
            may_sign=tuple(file.people.may_sign),
            may_co_sign=tuple(file.people.may_co_sign),
            may_authorise_discharge=tuple(file.people.may_authorise_discharge),
            may_export=tuple(file.people.may_export),
        ),
        two_person=TwoPersonRules(
            second_may_be=tuple(two_person.second_may_be),
            device_kinds=tuple(two_person.device_kinds),
            swap_within_s=two_person.swap_within_min * 60,
            recalculation_percent=two_person.recalculation_percent,
        ),
        required_devices=tuple(session.required_devices),
        blocks=tuple(_block(entry) for entry in file.preparation),
        baseline=BaselineRules(
            required=tuple(baseline.required),
            readings=baseline.readings,
            window_s=baseline.window_min * 60,
            cuff_apart_s=baseline.cuff_apart_min * 60,
        ),
        hold=HoldRules(
            above_sys=hold.above_sys,
            above_dia=hold.above_dia,
            readings=hold.readings,
            apart_s=hold.apart_min * 60,
        ),
        back_entry_max_s=session.back_entry_max_h * 3600,
        still_running_after_s=session.still_running_after_s,
        stay_after_drug_s=session.stay_after_drug_min * 60,
    )


def sign_off_rules(file: ProtocolFile) -> SignOffRules:
    """What keeps a session from being signed, as the rules use it."""
    return SignOffRules(
        gap_infusing_s=file.sign_off.gap_infusing_min * 60,
        gap_otherwise_s=file.sign_off.gap_otherwise_min * 60,
        trend_step_s=file.sign_off.trend_step_s,
    )


def course_rules(file: ProtocolFile) -> CourseRules:
    """The series of infusions, as the rules use it."""
    course = file.course
    return CourseRules(
        acute_sessions=course.acute_sessions,
        hard_minimum_h=course.hard_minimum_h,
        acute=_gap(course.acute),
        maintenance=_gap(course.maintenance),
        review_after=tuple(sorted(course.review_after)),
        poor_after=course.poor_response.after,
        poor_below_percent=course.poor_response.below_percent,
        frequency=tuple(
            FrequencyRule(sessions=rule.sessions, days=rule.days, advice=rule.advice)
            for rule in course.frequency
        ),
        outcome_of=dict(course.outcome_of),
        outcomes={
            measure: OutcomeRules(
                high=entry.high,
                response_fall_percent=entry.response_fall_percent,
                remission_below=entry.remission_below,
            )
            for measure, entry in course.outcomes.items()
        },
    )


def _gap(entry: GapEntry) -> GapRules:
    return GapRules(
        early_before_h=entry.early_before_h,
        target_from_h=entry.target_from_h,
        target_to_h=entry.target_to_h,
        late_after_h=entry.late_after_h,
    )


def _block(entry: BlockEntry) -> PreparationBlock:
    items = tuple(_item(item) for item in entry.items)
    return PreparationBlock(block=entry.block, label=entry.label, items=items)


def _item(entry: ItemEntry) -> PreparationItem:
    return PreparationItem(
        item=entry.item,
        text=entry.text,
        kind=entry.kind,
        is_required=entry.required,
        roles=tuple(entry.roles),
        options=tuple(entry.options),
        accepts=tuple(entry.accepts),
        unit=entry.unit,
        low=entry.low,
        high=entry.high,
    )
