"""The plain worker we are measured against: aiomqtt and aiosqlite, one row a message, FULL.

Run as `python -m tests.benchmarks.peer PORT DATABASE COUNT`: prints messages and seconds.
"""

import asyncio
import json
import sys
import time

import aiomqtt
import aiosqlite

from tests.benchmarks.ward import WARD

COLUMNS = ("device", "boot", "seq", "time", "hr", "pr", "spo2", "rr", "etco2", "temp")


async def work(port: int, database: str, count: int) -> None:
    """Store `count` messages, each decoded, committed, then the next."""
    async with aiosqlite.connect(database) as store:
        await store.execute("PRAGMA journal_mode=WAL")
        await store.execute("PRAGMA synchronous=FULL")
        await store.execute(
            f"CREATE TABLE IF NOT EXISTS vitals ({', '.join(COLUMNS)}, body, "
            "PRIMARY KEY (device, boot, seq))"
        )
        client = aiomqtt.Client(
            "127.0.0.1", port, identifier="peer", clean_session=False,
            protocol=aiomqtt.ProtocolVersion.V311, max_queued_incoming_messages=0,
        )  # fmt: skip
        async with client:
            await client.subscribe(f"hourglass/v1/{WARD}/device/#", qos=1)
            done, start = 0, 0.0
            if count == 0:
                return
            async for message in client.messages:
                start = start or time.perf_counter()
                await _store(store, message)
                done += 1
                if done >= count:
                    break
            print(done, time.perf_counter() - start)


async def _store(store: aiosqlite.Connection, message: aiomqtt.Message) -> None:
    body = json.loads(bytes(message.payload))  # type: ignore[arg-type]  # always bytes
    device = str(message.topic).split("/")[4]
    row = [device, *(body.get(name) for name in COLUMNS[1:]), bytes(message.payload)]  # type: ignore[arg-type]  # the same
    marks = ", ".join("?" for _ in row)
    await store.execute(f"INSERT OR IGNORE INTO vitals VALUES ({marks})", row)
    await store.commit()


if __name__ == "__main__":
    asyncio.run(work(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
