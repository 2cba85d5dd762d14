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
    if not all(login.made for login in memory.logins):
        remember(file, memory)  # the passwords are kept before they are used
        await _load_logins(steps, memory.logins)
        made = tuple(msgspec.structs.replace(login, made=True) for login in memory.logins)
        memory = msgspec.structs.replace(memory, logins=made)
        remember(file, memory)
    if memory.token is None:
        memory = msgspec.structs.replace(memory, token=await _add_wall(steps, ward))
        remember(file, memory)
    return memory


async def _load_logins(steps: Steps, logins: tuple[Login, ...]) -> None:
    """Add them, all in one process; who is there since a start that broke off is told anew."""
    lines = [
        msgspec.json.encode(
            {
                "login": login.login,
                "role": login.role,
                "name": login.name,
                "password": login.password,
                "pin": login.pin,
            }
        ).decode()
        for login in logins
    ]
    await steps.run(
        "adding the demonstration logins",
        [sys.executable, "-m", "dashboard", "account", "load"],
        "\n".join(lines) + "\n",
    )


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
