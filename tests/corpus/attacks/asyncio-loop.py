# what: start an event loop, which opens a pair of sockets
# layer: filter
# expect: stopped
import asyncio


def attack():
    async def run():
        return True

    return asyncio.run(run())
