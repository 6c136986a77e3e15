"""redis-py: what an application does, with the version that is installed."""

import json
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
import redis

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from checks import check, equal, eventually, main, raises
from server import HOST, PORT

MODERN = int(redis.__version__.split(".")[0]) >= 5


def connect(**options):
    return redis.Redis(host=HOST, port=PORT, socket_timeout=10, **{"decode_responses": True, **options})


r = connect()
binary = connect(decode_responses=False)


@check("strings: options, counters, ranges, binary values")
def strings():
    equal(r.set("s:k", "v", ex=100, nx=True), True)
    equal(r.set("s:k", "w", nx=True), None)
    equal(r.set("s:k", "w", xx=True, get=True, keepttl=True), "v")
    assert 90 < r.ttl("s:k") <= 100
    equal(r.incrby("s:n", 40), 40)
    equal(r.incrbyfloat("s:n", 2.5), 42.5)
    value = bytes(range(256)) * 4
    binary.set(b"s:\xff\0", value)
    equal(binary.get(b"s:\xff\0"), value)
    equal(r.setrange("s:r", 3, "x"), 4)
    equal(binary.getrange("s:r", 0, -1), b"\0\0\0x")
    equal(r.mset({"s:1": 1, "s:2": 2}), True)
    equal(r.mget("s:1", "s:none", "s:2"), ["1", None, "2"])
    equal(r.getex("s:1", px=50000), "1")
    equal(r.getdel("s:2"), "2")


@check("hashes and typed replies")
def hashes():
    equal(r.hset("h:u", mapping={"name": "Ann", "age": 30}), 2)
    equal(r.hgetall("h:u"), {"name": "Ann", "age": "30"})
    equal(r.hincrbyfloat("h:u", "age", 0.5), 30.5)
    equal(r.hmget("h:u", "name", "none"), ["Ann", None])
    equal(r.hstrlen("h:u", "name"), 3)
    equal(sorted(r.hrandfield("h:u", 2)), ["age", "name"])


@check("sorted sets: leaderboard")
def leaderboard():
    r.zadd("z:b", {"ann": 10, "bob": 20, "cid": 30})
    equal(r.zadd("z:b", {"ann": 5}, gt=True, ch=True), 0)
    equal(r.zincrby("z:b", 25, "ann"), 35.0)
    equal(r.zrevrange("z:b", 0, 1, withscores=True), [("ann", 35.0), ("cid", 30.0)])
    equal(r.zrank("z:b", "bob"), 0)
    equal(r.zrangebyscore("z:b", "(20", "+inf"), ["cid", "ann"])
    equal(r.zpopmin("z:b"), [("bob", 20.0)])
    equal(r.zrange("z:b", "-inf", "+inf", byscore=True, offset=0, num=1), ["cid"])


@check("sets and their algebra")
def sets():
    r.sadd("set:a", 1, 2, 3)
    r.sadd("set:b", 2, 3, 4)
    equal(r.sinter("set:a", "set:b"), {"2", "3"})
    equal(r.sdiffstore("set:d", "set:a", "set:b"), 1)
    equal(r.sintercard(2, ["set:a", "set:b"], limit=1), 1)
    equal(r.smismember("set:a", 1, 9), [1, 0])


@check("geo search")
def geo():
    r.geoadd("geo", (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"))
    equal(r.geodist("geo", "Palermo", "Catania", "km"), 166.2742)
    equal(r.geosearch("geo", longitude=15, latitude=37, radius=100, unit="km"), ["Catania"])
    equal(r.geohash("geo", "Palermo"), ["sqc8b49rny0"])


@check("pipeline: a transaction, replies in order, errors in place")
def pipeline():
    with r.pipeline() as pipe:
        equal(pipe.set("p:a", 1).incr("p:a").get("p:a").execute(), [True, 2, "2"])
        pipe.set("p:s", "x").lpush("p:s", 1).set("p:t", "y")
        replies = pipe.execute(raise_on_error=False)
        assert isinstance(replies[1], redis.ResponseError), replies
        equal([replies[0], replies[2]], [True, True])
    with r.pipeline(transaction=False) as pipe:
        for i in range(2000):
            pipe.rpush("p:l", i)
        equal(pipe.execute()[-1], 2000)


@check("WATCH: a conflicting write makes EXEC fail, transaction() retries")
def watch():
    r.set("w:n", 1)
    with r.pipeline() as pipe:
        pipe.watch("w:n")
        value = int(pipe.get("w:n"))
        r.set("w:n", 100)
        pipe.multi()
        pipe.set("w:n", value + 1)
        raises(redis.WatchError, "", pipe.execute)
    seen = []

    def increment(pipe):
        seen.append(int(pipe.get("w:n")))
        if len(seen) == 1:
            r.incr("w:n")
        pipe.multi()
        pipe.set("w:n", seen[-1] + 1)

    r.transaction(increment, "w:n")
    equal(seen, [100, 101])
    equal(r.get("w:n"), "102")


@check("blocking pops across connections, first come first served")
def blocking():
    got = []

    def wait(name):
        client = connect()
        got.append((name, client.blpop(["b:1", "b:2"], timeout=5)))

    threads = []
    for i, name in enumerate(("first", "second")):
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        eventually(lambda: r.info("clients")["blocked_clients"] == i + 1)
    r.rpush("b:2", "x")
    eventually(lambda: len(got) == 1)
    r.rpush("b:1", "y")
    for thread in threads:
        thread.join()
    equal(got, [("first", ("b:2", "x")), ("second", ("b:1", "y"))])
    equal(r.blpop("b:none", timeout=1), None)
    r.rpush("b:src", "m")
    equal(r.blmove("b:src", "b:dst", 1, "LEFT", "RIGHT"), "m")
    r.zadd("b:z", {"m": 1})
    equal(r.bzpopmin("b:z", timeout=1), ("b:z", "m", 1.0))


@check("pub/sub: channels, patterns, a listening thread")
def pubsub():
    p = r.pubsub(ignore_subscribe_messages=True)
    seen = []
    p.subscribe(**{"news": lambda m: seen.append(("c", m["data"]))})
    p.psubscribe(**{"n[aeiou]ws": lambda m: seen.append(("p", m["channel"], m["data"]))})
    thread = p.run_in_thread(sleep_time=0.01)
    try:
        eventually(lambda: r.pubsub_numsub("news") == [("news", 1)] and r.pubsub_numpat() >= 1)
        equal(r.publish("news", "one"), 2)
        equal(r.publish("nows", "two"), 1)
        eventually(lambda: len(seen) == 3)
        equal(sorted(seen), [("c", "one"), ("p", "news", "one"), ("p", "nows", "two")])
    finally:
        thread.stop()
        thread.join()
    eventually(lambda: r.pubsub_channels("news") == [])


@check("keyspace events: set, expire, del, expired")
def keyspace_events():
    r.config_set("notify-keyspace-events", "KEA")
    p = r.pubsub(ignore_subscribe_messages=True)
    p.psubscribe("__keyspace@0__:ks:*")
    p.get_message(timeout=1)
    r.set("ks:k", 1, px=30)
    r.sadd("ks:s", 1)
    r.delete("ks:s")
    seen = []

    def collect():
        message = p.get_message(timeout=0.05)
        if message:
            seen.append((message["channel"].split(":", 1)[1], message["data"]))
        return len(seen) >= 5

    eventually(collect)
    equal(seen, [("ks:k", "set"), ("ks:k", "expire"), ("ks:s", "sadd"), ("ks:s", "del"), ("ks:k", "expired")])
    p.close()
    r.config_set("notify-keyspace-events", "")


@check("streams: a consumer group, pending, claim, trim")
def streams():
    ids = [r.xadd("st", {"n": i}) for i in range(5)]
    r.xgroup_create("st", "g", id="0")
    raises(redis.ResponseError, "BUSYGROUP Consumer Group name already exists" if not MODERN else "already exists",
           r.xgroup_create, "st", "g")
    got = r.xreadgroup("g", "ann", {"st": ">"}, count=3)
    entries = got["st"][0] if isinstance(got, dict) else got[0][1]
    equal([e[0] for e in entries], ids[:3])
    equal(r.xack("st", "g", ids[0]), 1)
    pending = r.xpending("st", "g")
    equal((pending["pending"], pending["min"], pending["max"]), (2, ids[1], ids[2]))
    claimed = r.xclaim("st", "g", "bob", 0, [ids[1]])
    equal(claimed, [(ids[1], {"n": "1"})])
    equal(r.xautoclaim("st", "g", "bob", 0, "0-0")[1], [(ids[1], {"n": "1"}), (ids[2], {"n": "2"})])
    equal([(c["name"], c["pending"]) for c in r.xinfo_consumers("st", "g")], [("ann", 0), ("bob", 2)])
    equal(r.xinfo_groups("st")[0]["lag"], 2)
    equal(r.xtrim("st", maxlen=2, approximate=False), 3)
    equal(r.xinfo_stream("st")["length"], 2)
    equal(r.xrange("st", min="(" + ids[3]), [(ids[4], {"n": "4"})])


@check("XREAD BLOCK wakes at a new entry")
def stream_block():
    got = []
    thread = threading.Thread(target=lambda: got.append(connect().xread({"sb": "$"}, block=5000)))
    thread.start()
    eventually(lambda: r.info("clients")["blocked_clients"])
    new = r.xadd("sb", {"a": "1"})
    thread.join()
    reply = got[0]["sb"][0] if isinstance(got[0], dict) else got[0][0][1]
    equal(reply, [(new, {"a": "1"})])


@check("scripts: register_script, EVALSHA's fallback, KEYS and ARGV, errors")
def scripts():
    r.script_flush()
    script = r.register_script("redis.call('INCRBY', KEYS[1], ARGV[1]); return {KEYS[1], redis.call('GET', KEYS[1])}")
    equal(script(keys=["sc:n"], args=[5]), ["sc:n", "5"])
    equal(script(keys=["sc:n"], args=[5]), ["sc:n", "10"])
    equal(r.script_exists(script.sha, "0" * 40), [True, False])
    raises(redis.exceptions.NoScriptError, "No matching script", r.evalsha, "0" * 40, 0)
    raises(redis.ResponseError, "my own", r.eval, "return redis.error_reply('ERR my own')", 0)
    equal(json.loads(r.eval("return cjson.encode({a={1,2,3}})", 0)), {"a": [1, 2, 3]})
    with r.pipeline() as pipe:
        script(keys=["sc:p"], args=[1], client=pipe)
        equal(pipe.execute(), [["sc:p", "1"]])


@check("functions: load, call, list, delete")
def functions():
    code = "#!lua name=shop\nredis.register_function('price', function(k, a) return redis.call('HGET', k[1], 'price') end)"
    equal(r.function_load(code, replace=True), "shop")
    r.hset("fn:i", "price", 7)
    equal(r.fcall("price", 1, "fn:i"), "7")
    equal(len(r.function_list(library="shop")), 1)
    r.function_delete("shop")
    raises(redis.ResponseError, "Function not found", r.fcall, "price", 1, "fn:i")


@check("locks: exclusive, expiring, extended, released only by their owner")
def locks():
    lock = r.lock("lk", timeout=10)
    assert lock.acquire(blocking=False)
    other = r.lock("lk", timeout=10)
    equal(other.acquire(blocking=False), False)
    equal(lock.extend(5), True)
    assert 9 < r.ttl("lk") <= 15
    lock.release()
    raises(redis.exceptions.LockError, "", lock.release)
    short = r.lock("lk", timeout=0.05)
    assert short.acquire()
    assert other.acquire(blocking_timeout=2)
    raises(redis.exceptions.LockNotOwnedError, "", short.release)
    other.release()


@check("a lock keeps concurrent workers from losing updates")
def lock_contention():
    r.set("lk:n", 0)

    def work():
        client = connect()
        for _ in range(10):
            with client.lock("lk:m", timeout=5, sleep=0.001):
                client.set("lk:n", int(client.get("lk:n")) + 1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(r.get("lk:n"), "40")


@check("iterators over keys, hashes, sets and sorted sets")
def iterators():
    with r.pipeline(transaction=False) as pipe:
        for i in range(1500):
            pipe.set(f"it:{i}", i).hset("ith", i, i).sadd("its", i).zadd("itz", {i: i})
        pipe.execute()
    equal(set(r.scan_iter("it:*", count=50)), {f"it:{i}" for i in range(1500)})
    equal(len(dict(r.hscan_iter("ith"))), 1500)
    equal(len(set(r.sscan_iter("its"))), 1500)
    equal(set(r.zscan_iter("itz", match="77*")), {("77", 77.0)} | {(f"77{i}", 770.0 + i) for i in range(10)})
    equal(set(r.scan_iter("it*", _type="zset")), {"itz"})


@check("expiry: TTLs, EXPIRE's conditions, a key's end")
def expiry():
    r.set("e:k", 1)
    equal(r.expire("e:k", 100, nx=True), True)
    equal(r.expire("e:k", 50, gt=True), False)
    at = int(time.time()) + 500
    r.expireat("e:k", at)
    equal(r.expiretime("e:k"), at)
    equal(r.persist("e:k"), True)
    equal(r.ttl("e:k"), -1)
    r.pexpire("e:k", 20)
    eventually(lambda: not r.exists("e:k"))
    equal(r.ttl("e:k"), -2)


@check("typed exceptions")
def exceptions():
    r.set("x:s", "text")
    raises(redis.ResponseError, "WRONGTYPE Operation against a key holding the wrong kind of value", r.lpush, "x:s", 1)
    raises(redis.ResponseError, "value is not an integer or out of range", r.incr, "x:s")
    raises(redis.ResponseError, "unknown command", r.execute_command, "NOSUCH")
    raises(redis.ResponseError, "wrong number of arguments for 'get' command", r.execute_command, "GET")
    raises(redis.RedisError, "invalid username-password pair", connect(password="wrong", username="nobody").ping)


@check("ACL: users with limited commands and keys")
def acl():
    r.acl_setuser("app", enabled=True, passwords=["+secret"], keys=["app:*"], commands=["+get", "+set", "-@dangerous"])
    app = connect(username="app", password="secret")
    equal(app.set("app:k", 1), True)
    raises(redis.exceptions.NoPermissionError, "", app.get, "other")
    raises(redis.exceptions.NoPermissionError, "", app.flushall)
    equal(r.acl_getuser("app")["flags"][0], "on")
    equal(r.acl_log(count=1)[0]["username"], "app")
    r.acl_deluser("app")


@check("client management: names, list, kill, no-evict")
def clients():
    named = connect(client_name="worker-7")
    named.ping()
    entry = next(c for c in r.client_list() if c["name"] == "worker-7")
    equal(entry["db"], "0")
    equal(r.client_kill_filter(_id=entry["id"]), 1)
    equal([c for c in r.client_list() if c["name"] == "worker-7"], [])
    equal(r.client_setname("main"), True)
    equal(r.client_getname(), "main")


@check("databases, DUMP and RESTORE, COPY, SORT, bit operations, HyperLogLog")
def assorted():
    other = connect(db=9)
    other.set("d:k", "nine")
    equal(r.get("d:k"), None)
    r.rpush("d:l", 3, 1, 2)
    binary.restore("d:l2", 0, binary.dump("d:l"), replace=True)
    equal(r.sort("d:l2", desc=True), ["3", "2", "1"])
    equal(r.copy("d:l", "d:l3"), True)
    r.setbit("d:b", 7, 1)
    equal((r.bitcount("d:b"), r.bitpos("d:b", 1)), (1, 7))
    equal(r.bitfield("d:bf").set("u8", 0, 255).incrby("u8", 0, 10).overflow("SAT").incrby("u8", 0, 250).execute(), [0, 9, 255])
    r.pfadd("d:hll", *range(1000))
    assert abs(r.pfcount("d:hll") - 1000) < 30


@check("MONITOR from the client library")
def monitor():
    with r.monitor() as m:
        connect().set("mo:k", "v w")
        command = next(m.listen())
        while not command["command"].startswith("SET"):
            command = next(m.listen())
        equal((command["command"], command["db"]), ("SET mo:k v w", 0))


@check("session store and rate limiter")
def sessions():
    allow = r.register_script("""
        local n = redis.call('INCR', KEYS[1])
        if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
        return n <= tonumber(ARGV[1]) and 1 or 0""")
    equal([allow(keys=["rl:ann"], args=[3, 60000]) for _ in range(5)], [1, 1, 1, 0, 0])
    with r.pipeline() as pipe:
        pipe.hset("session:1", mapping={"user": "ann", "cart": json.dumps([1, 2])}).expire("session:1", 1800).execute()
    equal(json.loads(r.hget("session:1", "cart")), [1, 2])
    now = time.time()
    with r.pipeline() as pipe:
        for i in range(5):
            pipe.zremrangebyscore("win:ann", 0, now - 1).zadd("win:ann", {f"{now}:{i}": now}).zcard("win:ann")
        equal(pipe.execute()[-1], 5)


@check("asyncio client")
def asyncio_client():
    import asyncio
    import redis.asyncio

    async def run():
        a = redis.asyncio.Redis(host=HOST, port=PORT, decode_responses=True)
        await a.set("aio:n", 0)
        await asyncio.gather(*(a.incr("aio:n") for _ in range(50)))
        pops = asyncio.gather(*(a.blpop(f"aio:q{i}", timeout=5) for i in range(5)))
        await asyncio.sleep(0)
        for i in range(5):
            await a.rpush(f"aio:q{i}", i)
        equal([p[1] for p in await pops], ["0", "1", "2", "3", "4"])
        value = await a.get("aio:n")
        await (a.aclose() if MODERN else a.close())
        return value

    equal(asyncio.run(run()), "50")


if MODERN:
    @check("RESP3: typed replies and push messages")
    def resp3():
        c = connect(protocol=3)
        c.hset("r3:h", "a", 1)
        equal(c.hgetall("r3:h"), {"a": "1"})
        c.zadd("r3:z", {"m": 1.5})
        equal(c.zscore("r3:z", "m"), 1.5)
        p = c.pubsub(ignore_subscribe_messages=True)
        p.subscribe("r3:c")
        p.get_message(timeout=1)
        c.publish("r3:c", "x")
        equal(eventually(lambda: p.get_message(timeout=0.1))["data"], "x")

    @check("sharded pub/sub")
    def sharded():
        p = r.pubsub(ignore_subscribe_messages=True)
        p.ssubscribe("sh:c")
        p.get_message(timeout=1)
        equal(r.spublish("sh:c", "m"), 1)
        equal(eventually(lambda: p.get_message(timeout=0.1))["data"], "m")


if __name__ == "__main__":
    main()
