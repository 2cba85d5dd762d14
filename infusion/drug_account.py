"""Where the drug of a session went: drawn, infused, left in the line, wasted, returned; witnessed.

The infused amount is the pump's, never typed. What stayed in the vials is an account of its own.
"""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from infusion.dose import DrugBalance
from infusion.dose_rules import BalanceRules
from infusion.patient import AccountId
from infusion.session import Session
from infusion.sign_off_events import DrugDrawn, DrugReconciled, WasteOf, WasteWitnessed

_NOTHING = Decimal(0)


class DrugAccount(msgspec.Struct, frozen=True, kw_only=True):
    """The drug of one session, mg.

    `drawn`: each vial as it stands. `charted`: where it went by the last word. `infused_mg`: by
    the pump, None if it is not known. `witnesses`: those whose word still holds.
    """

    drawn: tuple[DrugDrawn, ...]
    charted: DrugReconciled | None
    infused_mg: Decimal | None
    witnesses: dict[WasteOf, WasteWitnessed]

    @property
    def drawn_mg(self) -> Decimal:
        """What was drawn from all vials, mg."""
        return _total(vial.drawn_mg for vial in self.drawn)

    @property
    def remainder_mg(self) -> Decimal:
        """What stayed in all vials, mg."""
        return _total(vial.remainder_mg for vial in self.drawn)

    @property
    def balance(self) -> DrugBalance | None:
        """What was drawn and where it went, mg; None until that is charted and infused is known."""
        if self.charted is None or self.infused_mg is None:
            return None
        return balance_of(self.drawn_mg, self.infused_mg, self.charted)

    @property
    def vials(self) -> DrugBalance | None:
        """What stayed in the vials and where it went, mg; None until that is charted."""
        if self.charted is None:
            return None
        return vials_of(self.remainder_mg, self.charted)

    def unwitnessed(self) -> tuple[WasteOf, ...]:
        """What was wasted and nobody witnessed."""
        if self.charted is None:
            return ()
        return tuple(
            of
            for of in WasteOf
            if wasted_mg(self.charted, of) > 0 and self.witnesses.get(of) is None
        )

    def unexplained(self, rules: BalanceRules) -> tuple[DrugBalance, ...]:
        """The balances that do not close and have no reason."""
        if self.charted is None or self.charted.reason.strip():
            return ()
        found = (balance for balance in (self.balance, self.vials) if balance is not None)
        return tuple(balance for balance in found if balance.is_told(rules))


def account_of(session: Session, infused_mg: Decimal | None) -> DrugAccount:
    """The drug of a session; `infused_mg`: by the pump, None if it is not known."""
    charted = session.reconciled[-1] if session.reconciled else None
    return DrugAccount(
        drawn=standing_vials(session.drawn),
        charted=charted,
        infused_mg=infused_mg,
        witnesses={} if charted is None else _witnesses(session.witnessed, charted),
    )


def standing_vials(drawn: Iterable[DrugDrawn]) -> tuple[DrugDrawn, ...]:
    """The last word on each vial, in the order of the vials."""
    last = {word.vial: word for word in drawn}
    return tuple(last[vial] for vial in sorted(last))


def balance_of(drawn_mg: Decimal, infused_mg: Decimal, charted: DrugReconciled) -> DrugBalance:
    """The balance of what was drawn, mg."""
    return DrugBalance(
        drawn_mg=drawn_mg,
        infused_mg=infused_mg,
        line_residual_mg=charted.line_residual_mg,
        wasted_mg=charted.wasted_mg,
        returned_mg=charted.returned_mg,
    )


def vials_of(remainder_mg: Decimal, charted: DrugReconciled) -> DrugBalance:
    """The balance of what stayed in the vials, mg."""
    return DrugBalance(
        drawn_mg=remainder_mg,
        infused_mg=_NOTHING,
        line_residual_mg=_NOTHING,
        wasted_mg=charted.vials_wasted_mg,
        returned_mg=charted.vials_returned_mg,
    )


def wasted_mg(charted: DrugReconciled, of: WasteOf) -> Decimal:
    """How much of it was wasted, mg."""
    return charted.wasted_mg if of is WasteOf.SYRINGE else charted.vials_wasted_mg


def preparers(session: Session) -> frozenset[AccountId]:
    """Who drew, loaded or wasted the drug, and so can witness none of it."""
    persons = {word.by.account for word in session.drawn}
    persons |= {a.syringe.by.account for a in session.associations if a.syringe is not None}
    persons |= {word.by.account for word in session.reconciled}
    return frozenset(persons)


def _witnesses(
    words: Iterable[WasteWitnessed], charted: DrugReconciled
) -> dict[WasteOf, WasteWitnessed]:
    """The last word on each, if the amount that was seen is still the one that is charted."""
    last = {word.of: word for word in words}
    return {of: word for of, word in last.items() if word.seen_mg == wasted_mg(charted, of)}


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _NOTHING)
