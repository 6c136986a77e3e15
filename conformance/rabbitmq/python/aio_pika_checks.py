"""aio-pika: what an asynchronous application does with it."""

import asyncio
import os
import sys

import aio_pika
from aio_pika import DeliveryMode, ExchangeType, Message
from aio_pika.exceptions import ChannelClosed, ChannelNotFoundEntity, ChannelPreconditionFailed, DeliveryError
from aio_pika.patterns import RPC, Master

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..")]
from broker import Management
from checks import check, equal, eventually, main

URL = os.environ["AMQP_URL"]


def on_channel(name, **options):
    """A check that is a coroutine, with a channel on a connection of its own."""
    def register(function):
        async def with_channel():
            connection = await aio_pika.connect_robust(URL, **options)
            async with connection:
                await asyncio.wait_for(function(connection, await connection.channel(on_return_raises=True)), 30)

        def run():
            asyncio.run(with_channel())
        run.__name__ = function.__name__
        check(name)(run)
        return function
    return register


async def until(probe, seconds=5):
    for _ in range(int(seconds * 100)):
        if await probe():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in time")


async def count(channel, queue):
    """Messages that are ready."""
    underlay = await channel.get_underlay_channel()
    return (await underlay.queue_declare(queue.name, passive=True)).message_count


async def fails(kind, awaitable):
    try:
        await awaitable
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


async def send(channel, queue, *bodies, **properties):
    for body in bodies:
        await channel.default_exchange.publish(Message(body, **properties), routing_key=queue.name)


@on_channel("an iterator over a queue, process() acks and rejects")
async def iterator(connection, channel):
    dead = await channel.declare_queue(exclusive=True)
    queue = await channel.declare_queue(exclusive=True, arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead.name})
    await channel.set_qos(prefetch_count=1)
    await send(channel, queue, b"1", b"2", b"bad", b"3")
    seen = []
    async with queue.iterator() as messages:
        async for message in messages:
            try:
                async with message.process(requeue=False):
                    seen.append(message.body)
                    if message.body == b"bad":
                        raise ValueError
            except ValueError:
                pass
            if len(seen) == 4:
                break
    equal(seen, [b"1", b"2", b"bad", b"3"])
    message = await dead.get(timeout=5)
    equal((message.body, message.headers["x-first-death-reason"]), (b"bad", "rejected"))
    await message.ack()


@on_channel("exchanges of all types, bindings between them")
async def exchanges(connection, channel):
    topic = await channel.declare_exchange("ap-topic", ExchangeType.TOPIC, auto_delete=True)
    fanout = await channel.declare_exchange("ap-fanout", ExchangeType.FANOUT, auto_delete=True)
    headers = await channel.declare_exchange("ap-headers", ExchangeType.HEADERS, auto_delete=True)
    queue = await channel.declare_queue(exclusive=True)
    await fanout.bind(topic, "log.#")
    await queue.bind(fanout)
    await queue.bind(headers, arguments={"x-match": "any", "kind": "report"})
    await topic.publish(Message(b"1"), "log.info")
    await headers.publish(Message(b"2", headers={"kind": "report"}), "")
    await topic.publish(Message(b"3"), "other", mandatory=False)
    equal([(await queue.get(timeout=5, no_ack=True)).body for _ in range(2)], [b"1", b"2"])
    equal(await queue.get(fail=False), None)
    await queue.unbind(fanout)
    await fanout.unbind(topic, "log.#")
    await queue.unbind(headers, "")


@on_channel("confirms: returned and refused messages raise")
async def confirms(connection, channel):
    error = await fails(DeliveryError, channel.default_exchange.publish(Message(b"x"), routing_key="ap-nowhere"))
    equal(type(error.frame).__name__ != "", True)
    queue = await channel.declare_queue(exclusive=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
    await send(channel, queue, b"1")
    await fails(DeliveryError, send(channel, queue, b"2"))


@on_channel("a hundred publishes at once")
async def many(connection, channel):
    queue = await channel.declare_queue(exclusive=True)
    await asyncio.gather(*(send(channel, queue, b"x", delivery_mode=DeliveryMode.PERSISTENT) for _ in range(100)))
    equal(await count(channel, queue), 100)


@on_channel("transactions")
async def transactions(connection, channel):
    plain = await connection.channel(publisher_confirms=False)
    queue = await plain.declare_queue(exclusive=True)
    async with plain.transaction():
        await send(plain, queue, b"kept")
    try:
        async with plain.transaction():
            await send(plain, queue, b"lost")
            raise ValueError
    except ValueError:
        pass
    equal(await count(channel, queue), 1)


@on_channel("the RPC pattern")
async def rpc(connection, channel):
    served = await RPC.create(channel)

    async def double(n):
        return n * 2
    await served.register("ap-double", double, auto_delete=True)
    equal(await asyncio.gather(*(served.call("ap-double", {"n": n}) for n in range(10))), [2 * n for n in range(10)])
    equal(await served.proxy.__getattr__("ap-double")(n=4), 8)
    await served.close()


@on_channel("the master and worker pattern")
async def master(connection, channel):
    seen = []
    boss = Master(channel)

    async def work(*, n):
        seen.append(n)
    worker = await boss.create_worker("ap-work", work, auto_delete=True)
    for n in range(5):
        await boss.create_task("ap-work", {"n": n})

    async def done():
        return len(seen) == 5
    await until(done)
    equal(sorted(seen), [0, 1, 2, 3, 4])
    await worker.close()


@on_channel("errors have their classes, and close the channel alone")
async def errors(connection, channel):
    await fails(ChannelNotFoundEntity, channel.get_queue("ap-none", ensure=True))
    again = await connection.channel()
    await fails(ChannelPreconditionFailed, again.declare_exchange("amq.direct", ExchangeType.FANOUT, durable=True))
    other = await connection.channel()
    await fails(ChannelClosed, other.declare_queue("amq.mine"))
    await (await connection.channel()).declare_queue(exclusive=True)


@on_channel("after the server closed the connection: declared and consuming again", client_properties={"connection_name": "ap-victim"})
async def recovery(connection, channel):
    seen = []
    queue = await channel.declare_queue("ap-recovered", auto_delete=True)
    exchange = await channel.declare_exchange("ap-recovered", ExchangeType.DIRECT, auto_delete=True)
    await queue.bind(exchange, "k")

    async def on_message(message):
        async with message.process():
            seen.append(message.body)
    await queue.consume(on_message)
    await exchange.publish(Message(b"before"), "k")
    await asyncio.to_thread(close_victim)

    async def received():
        try:
            await exchange.publish(Message(b"after"), "k", timeout=1)
        except Exception:  # not open yet
            pass
        return b"after" in seen
    await until(received, 15)
    equal(seen[0], b"before")


def close_victim():
    api = Management()

    def named():
        return [c["name"] for c in api("GET", "connections")[1] if c.get("client_properties", {}).get("connection_name") == "ap-victim"]
    name, = eventually(named, 15)
    api("DELETE", "connections/" + name.replace(" ", "%20").replace(">", "%3E"))


if __name__ == "__main__":
    main()
