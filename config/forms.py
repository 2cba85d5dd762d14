"""What every form of a YAML file is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict

from vocabulary.ids import NAME_PATTERN


class Form(BaseModel):
    """A mapping of a file. Unknown and missing keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _check_name(name: str) -> str:
    if not NAME_PATTERN.fullmatch(name):
        raise ValueError(f"{name!r} must be 1 to 64 of a-z A-Z 0-9 _ -")
    return name


Name = AfterValidator(_check_name)
Label = Annotated[str, Field(min_length=1, max_length=40)]
Sentence = Annotated[str, Field(min_length=1, max_length=200)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
FromText = Strict(strict=False)  # an enum is written as its value


def check_range(low: float | None, high: float | None) -> None:
    """Refuse a range of which one end is missing, or whose ends are the wrong way round."""
    if (low is None) != (high is None):
        raise ValueError("low and high belong together")
    if low is not None and high is not None and low >= high:
        raise ValueError(f"low {low:g} must be less than high {high:g}")
