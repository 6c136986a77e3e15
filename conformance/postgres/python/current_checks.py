"""asyncpg and psycopg 3 doing an application's work. PGPORT names the server, CHECK_FILTER a piece of the names."""

import asyncio
import decimal
import io
import os
import sys

import asyncpg
import psycopg

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from checks import check, equal, main

URL = f"postgres://postgres@127.0.0.1:{os.environ['PGPORT']}/{os.environ.get('PGDATABASE', 'postgres')}"


# ---- asyncpg: everything in the extended protocol, everything binary

@check
async def asyncpg_values(c):
    row = await c.fetchrow("SELECT 1::int2, 2::int8, 1.5::numeric, true, array[1, 2], '{\"a\":1}'::jsonb, "
                           "'\\x01'::bytea, interval '1 day', row(1, 'x')")
    equal(tuple(row)[:7], (1, 2, decimal.Decimal("1.5"), True, [1, 2], '{"a": 1}', b"\x01"))


@check
async def asyncpg_executemany_and_any(c):
    await c.execute("CREATE TEMP TABLE t(id int PRIMARY KEY, name text, tags text[])")
    await c.executemany("INSERT INTO t VALUES ($1, $2, $3)", [(i, str(i), ["a", None]) for i in range(10)])
    equal(await c.fetchval("SELECT count(*) FROM t WHERE id = ANY($1::int[])", [1, 2, 3]), 3)


@check
async def asyncpg_transactions_and_cursor(c):
    await c.execute("CREATE TEMP TABLE t(id int PRIMARY KEY)")
    async with c.transaction():
        equal([r[0] async for r in c.cursor("SELECT generate_series(1, 120)")], list(range(1, 121)))
        await c.execute("INSERT INTO t VALUES (1)")
    try:
        async with c.transaction(isolation="serializable"):
            await c.execute("INSERT INTO t VALUES (1)")
        raise AssertionError("no error")
    except asyncpg.UniqueViolationError as error:
        equal(error.constraint_name, "t_pkey")


@check
async def asyncpg_copy(c):
    await c.execute("CREATE TEMP TABLE t(id int, name text)")
    equal(await c.copy_records_to_table("t", records=[(1, "x"), (2, None)]), "COPY 2")
    out = io.BytesIO()
    await c.copy_from_query("SELECT * FROM t ORDER BY id", output=out, format="csv")
    equal(out.getvalue(), b"1,x\n2,\n")


@check
async def asyncpg_listen(c):
    got = asyncio.get_running_loop().create_future()
    await c.add_listener("ch", lambda _, pid, channel, payload: got.done() or got.set_result((channel, payload)))
    await c.execute("NOTIFY ch, 'hi'")
    equal(await asyncio.wait_for(got, 5), ("ch", "hi"))


@check
async def asyncpg_cancels_what_takes_too_long(c):
    try:
        await c.fetch("SELECT pg_sleep(5)", timeout=0.2)
        raise AssertionError("no timeout")
    except asyncio.TimeoutError:
        equal(await c.fetchval("SELECT 1"), 1)


@check
async def asyncpg_pool(c):
    async with asyncpg.create_pool(URL, min_size=2, max_size=5) as pool:
        equal(await asyncio.gather(*[pool.fetchval("SELECT $1::int", i) for i in range(20)]), list(range(20)))


# ---- psycopg 3

@check
def psycopg3_parameters(c):
    equal(c.execute("SELECT %s, %s::text, %s", (1, "x", [1, 2])).fetchone(), (1, "x", [1, 2]))
    equal(c.execute("SELECT %b, 1.5::float8", (5,), binary=True).fetchone(), (5, 1.5))


@check
def psycopg3_pipeline(c):
    with c.pipeline():
        first, second = c.execute("SELECT 1"), c.execute("SELECT 2")
    equal((first.fetchone(), second.fetchone()), ((1,), (2,)))


@check
def psycopg3_server_cursor(c):
    with c.cursor("srv") as k:
        k.execute("SELECT generate_series(1, 50)")
        equal(sum(row[0] for row in k), 1275)


@check
def psycopg3_binary_copy(c):
    c.execute("CREATE TEMP TABLE t(a int, b text)")
    with c.cursor().copy("COPY t FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int4", "text"])
        copy.write_row((1, "x"))
        copy.write_row((2, None))
    equal(c.execute("SELECT * FROM t ORDER BY a").fetchall(), [(1, "x"), (2, None)])


@check
def psycopg3_prepares_what_is_repeated(c):
    for _ in range(7):
        c.execute("SELECT %s::int", (1,))
    equal(c.execute("SELECT count(*) > 0 FROM pg_prepared_statements").fetchone(), (True,))


async def run_async(run):
    connection = await asyncpg.connect(URL)
    try:
        await asyncio.wait_for(run(connection), 30)
    finally:
        await connection.close()


def run_one(run):
    if asyncio.iscoroutinefunction(run):
        asyncio.run(run_async(run))
        return
    with psycopg.connect(URL) as connection:
        run(connection)


main(run_one)
