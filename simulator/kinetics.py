"""Where the drug is: three compartments and the effect site, stepped without error.

The equations are linear and the infusion is constant within a step, so the step is exact: the
matrix exponential is worked out once for a step's length. All amounts are held as concentrations
in the central volume, ng/mL.
"""

import math

from simulator.pharmacology import EffectSite, PlasmaConstants

Matrix = list[list[float]]

NG_ML_PER_MG_L = 1000.0


class Kinetics:
    """Plasma and effect-site concentration of one patient, ng/mL, in steps of `step_s`."""

    def __init__(
        self, plasma: PlasmaConstants, effect: EffectSite, *, weight_kg: float, step_s: float = 1.0
    ) -> None:
        self.plasma_ng_ml = 0.0
        self.effect_ng_ml = 0.0
        self._second = 0.0
        self._third = 0.0
        volume_ml_per_mg = NG_ML_PER_MG_L / (plasma.v1_l_per_kg * weight_kg)
        step_min = step_s / 60.0
        exact = exponential(_rates(plasma, effect, step_min))
        self._plasma = tuple(exact[0][:3])
        self._second_row = tuple(exact[1][:3])
        self._third_row = tuple(exact[2][:3])
        self._effect = tuple(exact[3][:4])
        # the last column is the answer to one unit of infusion: 1 ng/mL a minute
        self._per_mg = tuple(row[4] * volume_ml_per_mg / step_min for row in exact[:4])

    def advance(self, dose_mg: float) -> None:
        """Let one step pass in which `dose_mg` flowed in evenly."""
        one, two, three = self.plasma_ng_ml, self._second, self._third
        p, s, t, e, g = self._plasma, self._second_row, self._third_row, self._effect, self._per_mg
        self.plasma_ng_ml = p[0] * one + p[1] * two + p[2] * three + g[0] * dose_mg
        self._second = s[0] * one + s[1] * two + s[2] * three + g[1] * dose_mg
        self._third = t[0] * one + t[1] * two + t[2] * three + g[2] * dose_mg
        self.effect_ng_ml = (
            e[0] * one + e[1] * two + e[2] * three + e[3] * self.effect_ng_ml + g[3] * dose_mg
        )


def _rates(plasma: PlasmaConstants, effect: EffectSite, step_min: float) -> Matrix:
    """Rates times the step: plasma, second, third, effect site, and the infusion as a constant."""
    out = plasma.k10_per_min + plasma.k12_per_min + plasma.k13_per_min
    rows = [
        [-out, plasma.k21_per_min, plasma.k31_per_min, 0.0, 1.0],
        [plasma.k12_per_min, -plasma.k21_per_min, 0.0, 0.0, 0.0],
        [plasma.k13_per_min, 0.0, -plasma.k31_per_min, 0.0, 0.0],
        [effect.ke0_per_min, 0.0, 0.0, -effect.ke0_per_min, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0],
    ]
    return [[value * step_min for value in row] for row in rows]


def exponential(matrix: Matrix) -> Matrix:
    """The exponential of a small square matrix, to machine precision (scaling and squaring)."""
    size = len(matrix)
    norm = max(sum(abs(value) for value in row) for row in matrix)
    halvings = max(0, math.ceil(math.log2(norm)) + 4) if norm > 0 else 0
    small = [[value / 2.0**halvings for value in row] for row in matrix]
    result = [[float(i == j) for j in range(size)] for i in range(size)]
    term = result
    for order in range(1, 20):
        term = [[value / order for value in row] for row in _product(term, small)]
        result = [
            [a + b for a, b in zip(*rows, strict=True)] for rows in zip(result, term, strict=True)
        ]
    for _ in range(halvings):
        result = _product(result, result)
    return result


def _product(left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return [
        [math.fsum(a * b for a, b in zip(row, column, strict=True)) for column in columns]
        for row in left
    ]
