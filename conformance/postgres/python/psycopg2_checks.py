"""psycopg2 doing an application's work. PGPORT names the server, CHECK_FILTER a piece of the names wanted."""

import io
import os
import select
import sys

import psycopg2
import psycopg2.extras

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from checks import check, equal, main


def connect():
    return psycopg2.connect(host="127.0.0.1", port=os.environ["PGPORT"], user="postgres",
                            dbname=os.environ.get("PGDATABASE", "postgres"))


def raises(code, run):
    try:
        run()
    except psycopg2.Error as error:
        equal(error.pgcode, code)
        return error
    raise AssertionError(f"no error, expected {code}")


@check
def parameters_and_types(c):
    with c.cursor() as k:
        k.execute("SELECT %s, %s, %s, %s", (1, "x", None, [1, 2]))
        equal(k.fetchone(), (1, "x", None, [1, 2]))


@check
def commit_and_rollback(c):
    with c.cursor() as k:
        k.execute("CREATE TEMP TABLE t(a int)")
        c.commit()
        k.execute("INSERT INTO t VALUES (1)")
        c.rollback()
        k.execute("SELECT count(*) FROM t")
        equal(k.fetchone(), (0,))


@check
def error_fails_the_transaction(c):
    with c.cursor() as k:
        raises("42P01", lambda: k.execute("SELECT * FROM nosuch"))
        raises("25P02", lambda: k.execute("SELECT 1"))
        c.rollback()
        k.execute("SELECT 1")


@check
def error_diagnostics(c):
    with c.cursor() as k:
        k.execute("CREATE TEMP TABLE t(a int CONSTRAINT positive CHECK (a > 0))")
        error = raises("23514", lambda: k.execute("INSERT INTO t VALUES (-1)"))
        equal((error.diag.constraint_name, error.diag.table_name), ("positive", "t"))


@check
def named_cursor(c):
    with c.cursor("named") as k:
        k.itersize = 10
        k.execute("SELECT generate_series(1, 95)")
        equal(sum(row[0] for row in k), 95 * 96 // 2)


@check
def scrolling_cursor(c):
    with c.cursor("scrolling", scrollable=True) as k:
        k.execute("SELECT generate_series(1, 5)")
        equal(k.fetchmany(2), [(1,), (2,)])
        k.scroll(-1)
        equal(k.fetchone(), (2,))


@check
def copy(c):
    with c.cursor() as k:
        k.execute("CREATE TEMP TABLE t(a int, b text)")
        k.copy_expert("COPY t FROM STDIN CSV", io.StringIO('1,"x,y"\n2,\n'))
        out = io.StringIO()
        k.copy_to(out, "t")
        equal(out.getvalue(), "1\tx,y\n2\t\\N\n")


@check
def many_rows(c):
    with c.cursor() as k:
        k.execute("CREATE TEMP TABLE t(a int, b text)")
        psycopg2.extras.execute_values(k, "INSERT INTO t VALUES %s", [(i, str(i)) for i in range(500)])
        k.execute("SELECT count(*), sum(a) FROM t")
        equal(k.fetchone(), (500, 124750))


@check
def notifications(c):
    c.autocommit = True
    with c.cursor() as k:
        k.execute("LISTEN py")
        k.execute("NOTIFY py, 'hello'")
    if not c.notifies:
        select.select([c], [], [], 5)
        c.poll()
    equal([(n.channel, n.payload) for n in c.notifies], [("py", "hello")])


@check
def isolation_level(c):
    c.set_session(isolation_level="SERIALIZABLE", readonly=True)
    with c.cursor() as k:
        k.execute("SHOW transaction_isolation")
        equal(k.fetchone(), ("serializable",))
        raises("25006", lambda: k.execute("CREATE TABLE not_now(a int)"))


@check
def cancel(c):
    import threading
    timer = threading.Timer(0.2, c.cancel)
    timer.start()
    with c.cursor() as k:
        raises("57014", lambda: k.execute("SELECT pg_sleep(10)"))


def run_one(run):
    connection = connect()
    try:
        run(connection)
    finally:
        connection.close()


main(run_one)
