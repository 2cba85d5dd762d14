"""What a clinic configures of duty and of the work ahead."""

import msgspec

from vocabulary.roles import Role


class DutyRules(msgspec.Struct, frozen=True, kw_only=True):
    """Who may be on duty and take chairs, and how work is spread.

    `ahead_s`: how far the list of what comes looks. `work_s`: of that time the nurse-minutes are
    counted. `stagger_step_s`, `stagger_max_s`: how starts are moved apart. `free_share`: the part
    of a nurse's time that checks may fill.
    """

    may_take_chairs: tuple[Role, ...]
    may_be_on_duty: tuple[Role, ...]
    needs_pump_check: bool
    ahead_s: float
    work_s: float
    stagger_step_s: float
    stagger_max_s: float
    free_share: float
