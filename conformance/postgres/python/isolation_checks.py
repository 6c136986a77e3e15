"""Isolation as PostgreSQL documents it: the anomalies of Hermitage (github.com/ept/hermitage) at every level,
and a hundred sessions that lose no update. PGPORT names the server, CHECK_FILTER a piece of the names wanted.

An anomaly is a list of steps "session: statement"; after "->" stands what must come of it: rows, an
SQLSTATE, "waits" (until a later step of another session, where "session ok" or "session SQLSTATE" says how it
went on). Every session begins at the level under test.
"""

import functools
import random
import os
import select
import sys
import threading

import psycopg2
import psycopg2.extensions

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from checks import check, equal, main

LEVELS = {"rc": "READ COMMITTED", "rr": "REPEATABLE READ", "ser": "SERIALIZABLE"}

# name, levels at which it goes like this, steps
ANOMALIES = [
    ("g0_write_cycles", "rc", [
        "1: UPDATE test SET value = 11 WHERE id = 1", "2: UPDATE test SET value = 12 WHERE id = 1 -> waits",
        "1: UPDATE test SET value = 21 WHERE id = 2", "1: COMMIT -> 2 ok", "3: SELECT * FROM test -> 1 11, 2 21",
        "2: UPDATE test SET value = 22 WHERE id = 2", "2: COMMIT", "3: SELECT * FROM test -> 1 12, 2 22"]),
    ("g1a_aborted_reads", "rc rr ser", [
        "1: UPDATE test SET value = 101 WHERE id = 1", "2: SELECT * FROM test -> 1 10, 2 20", "1: ROLLBACK",
        "2: SELECT * FROM test -> 1 10, 2 20"]),
    ("g1b_intermediate_reads", "rc", [
        "1: UPDATE test SET value = 101 WHERE id = 1", "2: SELECT * FROM test -> 1 10, 2 20",
        "1: UPDATE test SET value = 11 WHERE id = 1", "1: COMMIT", "2: SELECT * FROM test -> 1 11, 2 20"]),
    ("g1c_circular_information", "rc rr", [
        "1: UPDATE test SET value = 11 WHERE id = 1", "2: UPDATE test SET value = 22 WHERE id = 2",
        "1: SELECT * FROM test WHERE id = 2 -> 2 20", "2: SELECT * FROM test WHERE id = 1 -> 1 10", "1: COMMIT",
        "2: COMMIT"]),
    ("g1c_circular_information", "ser", [
        "1: UPDATE test SET value = 11 WHERE id = 1", "2: UPDATE test SET value = 22 WHERE id = 2",
        "1: SELECT * FROM test WHERE id = 2 -> 2 20", "2: SELECT * FROM test WHERE id = 1 -> 1 10", "1: COMMIT",
        "2: COMMIT -> 40001"]),
    ("otv_observed_vanishes", "rc", [
        "1: UPDATE test SET value = 11 WHERE id = 1", "1: UPDATE test SET value = 19 WHERE id = 2",
        "2: UPDATE test SET value = 12 WHERE id = 1 -> waits", "1: COMMIT -> 2 ok",
        "3: SELECT * FROM test -> 1 11, 2 19", "2: UPDATE test SET value = 18 WHERE id = 2",
        "3: SELECT * FROM test -> 1 11, 2 19", "2: COMMIT", "3: SELECT * FROM test -> 1 12, 2 18"]),
    ("pmp_predicate_read", "rc", [
        "1: SELECT * FROM test WHERE value = 30 ->", "2: INSERT INTO test VALUES (3, 30)", "2: COMMIT",
        "1: SELECT * FROM test WHERE value % 3 = 0 -> 3 30"]),
    ("pmp_predicate_read", "rr ser", [
        "1: SELECT * FROM test WHERE value = 30 ->", "2: INSERT INTO test VALUES (3, 30)", "2: COMMIT",
        "1: SELECT * FROM test WHERE value % 3 = 0 ->", "1: COMMIT"]),
    ("pmp_predicate_write", "rc", [
        "1: UPDATE test SET value = value + 10", "2: DELETE FROM test WHERE value = 20 -> waits", "1: COMMIT -> 2 ok",
        "2: SELECT * FROM test WHERE value = 20 -> 1 20", "2: COMMIT"]),
    ("pmp_predicate_write", "rr ser", [
        "1: UPDATE test SET value = value + 10", "2: DELETE FROM test WHERE value = 20 -> waits",
        "1: COMMIT -> 2 40001"]),
    ("p4_lost_update", "rc", [
        "1: SELECT * FROM test WHERE id = 1 -> 1 10", "2: SELECT * FROM test WHERE id = 1 -> 1 10",
        "1: UPDATE test SET value = 11 WHERE id = 1", "2: UPDATE test SET value = 11 WHERE id = 1 -> waits",
        "1: COMMIT -> 2 ok", "2: COMMIT"]),
    ("p4_lost_update", "rr ser", [
        "1: SELECT * FROM test WHERE id = 1 -> 1 10", "2: SELECT * FROM test WHERE id = 1 -> 1 10",
        "1: UPDATE test SET value = 11 WHERE id = 1", "2: UPDATE test SET value = 11 WHERE id = 1 -> waits",
        "1: COMMIT -> 2 40001"]),
    ("g_single_read_skew", "rc", [
        "1: SELECT * FROM test WHERE id = 1 -> 1 10", "2: UPDATE test SET value = 12 WHERE id = 1",
        "2: UPDATE test SET value = 18 WHERE id = 2", "2: COMMIT", "1: SELECT * FROM test WHERE id = 2 -> 2 18"]),
    ("g_single_read_skew", "rr ser", [
        "1: SELECT * FROM test WHERE id = 1 -> 1 10", "2: UPDATE test SET value = 12 WHERE id = 1",
        "2: UPDATE test SET value = 18 WHERE id = 2", "2: COMMIT", "1: SELECT * FROM test WHERE id = 2 -> 2 20",
        "1: COMMIT"]),
    ("g_single_write_predicate", "rr ser", [
        "1: SELECT * FROM test WHERE id = 1 -> 1 10", "2: SELECT * FROM test -> 1 10, 2 20",
        "2: UPDATE test SET value = 12 WHERE id = 1", "2: UPDATE test SET value = 18 WHERE id = 2", "2: COMMIT",
        "1: DELETE FROM test WHERE value = 20 -> 40001"]),
    ("g2_item_write_skew", "rc rr", [
        "1: SELECT * FROM test WHERE id IN (1, 2) -> 1 10, 2 20", "2: SELECT * FROM test WHERE id IN (1, 2) -> 1 10, 2 20",
        "1: UPDATE test SET value = 11 WHERE id = 1", "2: UPDATE test SET value = 21 WHERE id = 2", "1: COMMIT",
        "2: COMMIT"]),
    ("g2_item_write_skew", "ser", [
        "1: SELECT * FROM test WHERE id IN (1, 2) -> 1 10, 2 20", "2: SELECT * FROM test WHERE id IN (1, 2) -> 1 10, 2 20",
        "1: UPDATE test SET value = 11 WHERE id = 1", "2: UPDATE test SET value = 21 WHERE id = 2", "1: COMMIT",
        "2: COMMIT -> 40001"]),
    ("g2_antidependency_cycle", "rc rr", [
        "1: SELECT * FROM test WHERE value % 3 = 0 ->", "2: SELECT * FROM test WHERE value % 3 = 0 ->",
        "1: INSERT INTO test VALUES (3, 30)", "2: INSERT INTO test VALUES (4, 42)", "1: COMMIT", "2: COMMIT",
        "1: SELECT * FROM test WHERE value % 3 = 0 -> 3 30, 4 42"]),
    ("g2_antidependency_cycle", "ser", [
        "1: SELECT * FROM test WHERE value % 3 = 0 ->", "2: SELECT * FROM test WHERE value % 3 = 0 ->",
        "1: INSERT INTO test VALUES (3, 30)", "2: INSERT INTO test VALUES (4, 42)", "1: COMMIT", "2: COMMIT -> 40001"]),
    ("g2_two_edges", "ser", [
        "1: SELECT * FROM test -> 1 10, 2 20", "2: UPDATE test SET value = value + 5 WHERE id = 2", "2: COMMIT",
        "3: SELECT * FROM test -> 1 10, 2 25", "3: COMMIT", "1: UPDATE test SET value = 0 WHERE id = 1 -> 40001"]),
]


def connect():
    return psycopg2.connect(host="127.0.0.1", port=os.environ["PGPORT"], user="postgres",
                            dbname=os.environ.get("PGDATABASE", "postgres"))


def run_alone(*statements):
    connection = connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


class Session:
    """An asynchronous connection, so that a statement may wait while others go on."""

    def __init__(self, level):
        self.connection = psycopg2.connect(host="127.0.0.1", port=os.environ["PGPORT"], user="postgres",
                                           dbname=os.environ.get("PGDATABASE", "postgres"), async_=1)
        self.finish(10)
        self.cursor = self.connection.cursor()
        self.start(f"BEGIN ISOLATION LEVEL {level}")
        self.finish(10)

    def start(self, statement):
        self.cursor.execute(statement)

    def finish(self, seconds):
        """None when it still waits, else rows as text, or an SQLSTATE."""
        while True:
            try:
                state = self.connection.poll()
            except psycopg2.Error as error:
                return error.pgcode
            if state == psycopg2.extensions.POLL_OK:
                break
            ways = ([self.connection], [], []) if state == psycopg2.extensions.POLL_READ else ([], [self.connection], [])
            if not any(select.select(*ways, seconds)):
                return None
        rows = self.cursor.fetchall() if getattr(self, "cursor", None) and self.cursor.description else []
        return ", ".join(" ".join(map(str, row)) for row in sorted(rows))


def run_step(sessions, step):
    statement, arrow, expected = step.partition(" ->")
    number, statement = statement.split(": ", 1)
    session, expected = sessions[number], expected.strip()
    session.start(statement)
    if expected == "waits":
        equal(session.finish(0.2), None, step)
        return
    got = session.finish(10)
    other = expected.split(" ")[0] if expected.endswith(" ok") or expected.endswith(" 40001") else ""
    if not other:
        equal(got, expected if arrow else got if got is not None and len(got) != 5 else "no error", step)
        return
    outcome = sessions[other].finish(10)
    equal("ok" if outcome is not None and len(outcome) != 5 else outcome, expected.split(" ")[1], step)


def anomaly(level, steps):
    run_alone("DROP TABLE IF EXISTS test", "CREATE TABLE test (id int PRIMARY KEY, value int)",
              "INSERT INTO test VALUES (1, 10), (2, 20)")
    sessions = {number: Session(LEVELS[level]) for number in sorted({step.split(":")[0] for step in steps} - {"3"})}
    if any(step.startswith("3:") for step in steps):
        sessions["3"] = Session(LEVELS[level])
        if level == "rc":
            sessions["3"].start("COMMIT")
            sessions["3"].finish(10)
    try:
        for step in steps:
            run_step(sessions, step)
    finally:
        for session in sessions.values():
            session.connection.close()
        run_alone("DROP TABLE test")


def hot_rows(level, workers, times, rows, at_once):
    """Many sessions add to the same few rows, to so many of them in one transaction; what fails is tried again."""
    run_alone("DROP TABLE IF EXISTS hot", "CREATE TABLE hot (id int PRIMARY KEY, n int)",
              f"INSERT INTO hot SELECT id, 0 FROM generate_series(1, {rows}) id")
    failures = []

    def work(seed):
        try:
            connection = connect()
            connection.set_session(isolation_level=LEVELS[level])
            dice = random.Random(seed)
            for _ in range(times):
                ids = dice.sample(range(1, rows + 1), at_once)
                while True:
                    try:
                        with connection.cursor() as cursor:
                            cursor.execute("SET LOCAL deadlock_timeout = 20")
                            for id in ids:
                                cursor.execute("UPDATE hot SET n = n + 1 WHERE id = %s", (id,))
                        connection.commit()
                        break
                    except psycopg2.Error as error:
                        connection.rollback()
                        if error.pgcode not in ("40001", "40P01"):
                            raise
            connection.close()
        except Exception as error:
            failures.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(i,)) for i in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failures, [], "errors")
    equal(run_alone("SELECT sum(n)::int FROM hot"), [(workers * times * at_once,)], "sum")
    run_alone("DROP TABLE hot")


for name, levels, steps in ANOMALIES:
    for level in levels.split():
        check(f"{name}/{level}")(functools.partial(anomaly, level, steps))
for level in ("rc", "rr"):
    check(f"hot_rows/{level}")(functools.partial(hot_rows, level, 100, 10, 3, 1))
    check(f"hot_rows/{level}/two at once")(functools.partial(hot_rows, level, 15, 20, 20, 2))
main()
