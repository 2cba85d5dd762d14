"""Makes the demonstration's logins and its wall screen, once for each record."""

import sys
from pathlib import Path

import msgspec

from demo.memory import Login, Memory, remember
from demo.obstacles import CannotStart
from demo.steps import Steps
from vocabulary.roles import Audience


async def make_people(steps: Steps, file: Path, memory: Memory, ward: str) -> Memory:
    """Make what is missing of the logins and the wall, remembering each in `file`.

    Raises CannotStart if the dashboard refuses one.
    """
    for place, login in enumerate(memory.logins):
        if login.made:
            continue
        remember(file, memory)  # the password is kept before it is used
        await _add_login(steps, login)
        if login.pin:
            await steps.run(
                f"setting the PIN of {login.login}",
                [sys.executable, "-m", "dashboard", "account", "pin", login.login, "--pin-stdin"],
                login.pin + "\n",
            )
        made = list(memory.logins)
        made[place] = msgspec.structs.replace(login, made=True)
        memory = msgspec.structs.replace(memory, logins=tuple(made))
        remember(file, memory)
    if memory.token is None:
        memory = msgspec.structs.replace(memory, token=await _add_wall(steps, ward))
        remember(file, memory)
    return memory


async def _add_login(steps: Steps, login: Login) -> None:
    account = [sys.executable, "-m", "dashboard", "account"]
    typed = login.password + "\n"
    try:
        await steps.run(
            f"adding the demonstration login {login.login}",
            [
                *account, "add", login.login, "--role", login.role.value,
                "--name", login.name, "--password-stdin",
            ],
            typed,
        )  # fmt: skip
    except CannotStart as refused:
        # there since a start that broke off, or from a record whose memory was deleted
        try:
            await steps.run(
                f"setting the password of {login.login}",
                [*account, "password", login.login, "--password-stdin"],
                typed,
            )
        except CannotStart:
            raise refused from None


async def _add_wall(steps: Steps, ward: str) -> str:
    printed = await steps.run(
        "adding the demonstration wall screen",
        [
            sys.executable, "-m", "dashboard", "kiosk", "add", "--ward", ward,
            "--label", "Demonstration wall", "--audience", Audience.STAFF.value,
        ],
    )  # fmt: skip
    _, found, token = printed.strip().rpartition("token=")
    if not found:
        raise CannotStart(f"the demonstration wall screen got no token, but: {printed.strip()!r}")
    return token
