"""Random tables and queries whose answers prove themselves, or are compared with the real server's.

TLP: what a condition lets through, what it does not and what it leaves unknown are all rows together; the
same through aggregates. NoREC: as many rows pass WHERE as have a true condition when it is only selected.
PGPORT names the server, SEED the first round (default 1), SECONDS how long to go on (default 10: CI; an
hour finds more), REFERENCE_PORT a real server that must give the same rows (optional), CHECK_FILTER as ever.
A failure names its seed and prints the statements that show it.
"""

import decimal
import os
import random
import sys

import psycopg2

from rounds import run_rounds

TYPES = {
    "int4": ["0", "1", "2", "-1", "7", "2147483647", "-2147483648"],
    "int8": ["0", "1", "2", "-3", "7", "9223372036854775807"],
    "numeric": ["0", "1", "1.0", "1.50", "-2.5", "7", "1e20", "'NaN'"],
    "float8": ["0", "1", "-0.0", "1.5", "7", "'NaN'", "'Infinity'"],
    "text": ["''", "'a'", "'A'", "'ab'", "'b'", "'1'", "'a%'", "'~'"],
    "bool": ["true", "false"],
    "date": ["'2020-01-01'", "'2020-02-29'", "'1999-12-31'", "'infinity'"],
    "int4[]": ["'{}'", "'{1}'", "'{1,2}'", "'{NULL}'", "'{2,1}'"],
    "jsonb": ["'1'", "'\"a\"'", "'{\"a\":1}'", "'[1,2]'", "'null'"],
    "varchar(3)": ["''", "'a'", "'ab'", "'b'"],
    "int2": ["0", "1", "2", "-1", "7"],
}
NUMBERS = ["int2", "int4", "int8", "numeric", "float8"]
COMPARE = ["=", "<>", "<", "<=", ">", ">="]
AGGREGATES = {"count": list(TYPES), "min": NUMBERS + ["text", "date"], "max": NUMBERS + ["text", "date"],
              "sum": ["int2", "int4", "int8", "numeric"], "bool_and": ["bool"], "bool_or": ["bool"]}


class Tables:
    def __init__(self, dice):
        self.dice = dice
        self.columns = {}
        self.statements = []

    def build(self):
        for number in range(self.dice.randint(2, 3)):
            self.table(f"t{number}")
        return self.statements

    def table(self, name):
        dice = self.dice
        types = [dice.choice(NUMBERS), dice.choice(NUMBERS)] + dice.sample(list(TYPES), dice.randint(1, 4))
        self.columns[name] = [(f"c{i}", kind) for i, kind in enumerate(types)]
        self.statements.append(f"CREATE TABLE {name} ("
                               + ", ".join(f"{c} {kind}" for c, kind in self.columns[name]) + ")")
        early = dice.random() < 0.5
        if early:
            self.indexes(name)
        rows = dice.choice([0, 1, 3, 10, 10, 40])
        if rows:
            self.statements.append(f"INSERT INTO {name} VALUES " + ", ".join(self.row(name) for _ in range(rows)))
        if not early:
            self.indexes(name)
        if dice.random() < 0.3:
            column, kind = dice.choice(self.columns[name])
            self.statements.append(f"UPDATE {name} SET {column} = {self.value(kind)} WHERE {self.condition([name], 1)}")
        if dice.random() < 0.3:
            self.statements.append(f"DELETE FROM {name} WHERE {self.condition([name], 2)}")
        if dice.random() < 0.5:
            self.statements.append(f"ANALYZE {name}")

    def row(self, name):
        return "(" + ", ".join(self.value(kind) for _, kind in self.columns[name]) + ")"

    def indexes(self, name):
        dice = self.dice
        for _ in range(dice.choice([0, 1, 1, 2, 3])):
            columns = dice.sample(self.columns[name], dice.choice([1, 1, 2]))
            keys = ", ".join(c + dice.choice(["", "", " DESC", " NULLS FIRST"]) for c, _ in columns)
            where = f" WHERE {self.condition([name], 1)}" if dice.random() < 0.25 else ""
            self.statements.append(f"CREATE INDEX ON {name} ({keys}){where}")

    def value(self, kind):
        chosen = self.dice.choice(TYPES[kind])
        return "NULL" if self.dice.random() < 0.2 else f"({chosen})::{kind}" if chosen[0] == "-" else f"{chosen}::{kind}"

    # ---- expressions; names: the tables in sight

    def column(self, names, kinds):
        found = [f"{n}.{c}" for n in names for c, kind in self.columns[n.split("_")[0]] if kind in kinds]
        return self.dice.choice(found) if found else None

    def operand(self, names, kind, depth):
        dice = self.dice
        if dice.random() < 0.6 or depth <= 0:
            column = self.column(names, [kind])
            return column if column and dice.random() < 0.75 else self.value(kind)
        some = self.operand(names, kind, depth - 1)
        forms = [f"COALESCE({some}, {self.operand(names, kind, depth - 1)})",
                 f"CASE WHEN {self.condition(names, depth - 1)} THEN {some} ELSE {self.value(kind)} END",
                 f"NULLIF({some}, {self.value(kind)})"]
        if kind in ("text", "varchar(3)"):
            forms += [f"upper({some})", f"({some} || 'a')", f"substr({some}, 1, 1)"]
        if kind in ("numeric", "float8", "int4"):
            forms += [f"(- ({some}) / 3)" if kind == "int4" else f"({some} * 2)", f"({some} % 5)"
                      if kind != "float8" else f"abs({some})"]
        if kind in ("numeric", "float8", "text", "date"):
            forms += [f"{dice.choice(['greatest', 'least'])}({some}, {self.operand(names, kind, depth - 1)})"]
        return dice.choice(forms)

    def comparison(self, names, depth):
        dice = self.dice
        kind = dice.choice(list(TYPES))
        if kind in NUMBERS and dice.random() < 0.5:
            other = dice.choice(NUMBERS)
        else:
            other = kind
        left, right = self.operand(names, kind, depth), self.operand(names, other, depth)
        forms = [f"{left} {dice.choice(COMPARE)} {right}"] * 6
        forms += [f"{left} IS {dice.choice(['', 'NOT '])}NULL", f"{left} IS {dice.choice(['', 'NOT '])}DISTINCT FROM {right}",
                  f"{left} {dice.choice(['', 'NOT '])}IN ({right}, {self.value(kind)}, {self.value(kind)})",
                  f"{left} {dice.choice(['', 'NOT '])}BETWEEN {self.operand(names, kind, 0)} AND {right}",
                  f"{left} {dice.choice(COMPARE)} {dice.choice(['ANY', 'ALL'])} (ARRAY[{self.value(kind)}, {self.value(kind)}])"
                  if not kind.endswith("[]") else f"{left} @> {right}",
                  f"({left}, {self.operand(names, 'int4', 0)}) {dice.choice(COMPARE)} ({right}, {self.operand(names, 'int4', 0)})"]
        if kind == "text":
            forms += [f"{left} LIKE {dice.choice(TYPES['text'])}", f"{left} NOT LIKE 'a%'"]
        if kind == "bool":
            forms += [left, f"{left} IS {dice.choice(['TRUE', 'NOT TRUE', 'FALSE', 'UNKNOWN'])}"]
        return dice.choice(forms)

    def subquery(self, names, depth):
        dice = self.dice
        table = dice.choice(list(self.columns))
        alias = f"{table}_s{depth}"
        inside = self.condition(names + [alias], depth - 1)
        column = self.column([alias], list(TYPES))
        kind = next(k for c, k in self.columns[table] if c == column.split(".")[1])
        left = self.operand(names, kind, 0)
        return dice.choice([f"EXISTS (SELECT 1 FROM {table} {alias} WHERE {inside})",
                            f"NOT EXISTS (SELECT 1 FROM {table} {alias} WHERE {inside})",
                            f"{left} IN (SELECT {column} FROM {table} {alias} WHERE {inside})",
                            f"{left} NOT IN (SELECT {column} FROM {table} {alias} WHERE {inside})",
                            f"{left} {dice.choice(COMPARE)} {dice.choice(['ANY', 'ALL'])}"
                            f" (SELECT {column} FROM {table} {alias} WHERE {inside})",
                            f"(SELECT count(*) FROM {table} {alias} WHERE {inside}) {dice.choice(COMPARE)} 2"])

    def condition(self, names, depth):
        dice = self.dice
        if depth <= 0 or dice.random() < 0.35:
            return "(" + self.comparison(names, max(depth, 0)) + ")"
        if dice.random() < 0.15 and self.statements and len(self.columns) > 1:
            return self.subquery(names, depth)
        if dice.random() < 0.2:
            return f"(NOT {self.condition(names, depth - 1)})"
        return f"({self.condition(names, depth - 1)} {dice.choice(['AND', 'OR'])} {self.condition(names, depth - 1)})"

    # ---- queries

    def source(self):
        """A FROM list and the names in it."""
        dice = self.dice
        tables = dice.sample(list(self.columns), dice.randint(1, len(self.columns)))
        text = tables[0]
        for i, table in enumerate(tables[1:], 2):
            join = dice.choice(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"])
            on = f" ON {self.equi(tables[:i])}" if join != "CROSS JOIN" else ""
            text += f" {join} {table}{on}"
        return text, tables

    def equi(self, names):
        """FULL JOIN wants a condition that it can hash or merge."""
        dice = self.dice
        left, right = self.column(names[:-1], NUMBERS), self.column(names[-1:], NUMBERS)
        more = f" AND {self.condition(names, 1)}" if dice.random() < 0.2 and "FULL" not in names else ""
        return f"{left} = {right}{more}"

    def query(self):
        dice = self.dice
        source, names = self.source()
        where = f" WHERE {self.condition(names, 2)}" if dice.random() < 0.7 else ""
        kinds = [dice.choice(list(TYPES)) for _ in range(dice.randint(1, 3))]
        exprs = [self.operand(names, kind, 2) for kind in kinds]
        form = dice.random()
        if form < 0.4:
            return f"SELECT {dice.choice(['', 'DISTINCT '])}{', '.join(exprs)} FROM {source}{where}"
        if form < 0.7:
            group = exprs[0]
            name, column = self.aggregate(names)
            having = f" HAVING count(*) {dice.choice(COMPARE)} 2" if dice.random() < 0.3 else ""
            return f"SELECT {group}, {name}({dice.choice(['', 'DISTINCT '])}{column}), count(*) FROM {source}{where} GROUP BY 1{having}"
        if form < 0.85:
            other = self.operand(names, kinds[0], 1)
            operation = dice.choice(["UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"])
            return f"SELECT {exprs[0]} FROM {source}{where} {operation} SELECT {other} FROM {source}"
        key = self.column(names, NUMBERS)
        return (f"SELECT {key}, count(*) OVER (PARTITION BY {key}), rank() OVER (ORDER BY {key}),"
                f" sum({self.column(names, ['int2', 'int4', 'int8', 'numeric']) or '1'}) OVER (ORDER BY {key}) FROM {source}{where}")

    def aggregate(self, names):
        for _ in range(10):
            name = self.dice.choice(list(AGGREGATES))
            column = self.column(names, AGGREGATES[name])
            if column:
                return name, column
        return "count", "1"


def shown(row):
    """Of equal numbers of different scale any may stand for its group."""
    return repr(tuple(float(value) if type(value) in (int, decimal.Decimal) else value for value in row))


class Server:
    def __init__(self, port):
        self.connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres",
                                           dbname=os.environ.get("PGDATABASE", "postgres"))
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute("SET client_min_messages = error; SET statement_timeout = '20s'")

    def run(self, text):
        """(rows as sorted texts, None) or (None, SQLSTATE)."""
        try:
            self.cursor.execute(text)
            rows = self.cursor.fetchall() if self.cursor.description else []
            return sorted(map(shown, rows)), None
        except psycopg2.Error as error:
            if self.connection.closed:
                raise AssertionError(f"the connection ended: {text}") from error
            return None, error.pgcode

    def fresh(self, statements):
        self.run("DROP SCHEMA IF EXISTS logic CASCADE")
        self.run("CREATE SCHEMA logic")
        self.run("SET search_path = logic")
        return [self.run(text)[1] for text in statements]


def tlp(server, tables):
    source, names = tables.source()
    condition = tables.condition(names, 3)
    columns = ", ".join(f"{n}.{c}" for n in names for c, _ in tables.columns[n])
    whole = f"SELECT {columns} FROM {source}"
    parts = [f"{whole} WHERE {c}" for c in (condition, f"NOT ({condition})", f"({condition}) IS NULL")]
    expected, failed = server.run(whole)
    got = [server.run(part) for part in parts]
    if failed or any(code for _, code in got):
        return None
    together = sorted(row for rows, _ in got for row in rows)
    union, code = server.run(" UNION ALL ".join(parts))
    if together != expected or (not code and union != expected):
        return [whole] + parts
    return None


def tlp_aggregate(server, tables):
    source, names = tables.source()
    condition = tables.condition(names, 3)
    name, column = tables.aggregate(names)
    again = {"count": "sum"}.get(name, name)
    whole = f"SELECT {name}({column}) FROM {source}"
    parts = [f"SELECT {name}({column}) AS x FROM {source} WHERE {c}"
             for c in (condition, f"NOT ({condition})", f"({condition}) IS NULL")]
    both = [server.run(whole), server.run(f"SELECT {again}(x){'::int8' if name == 'count' else ''} FROM ({' UNION ALL '.join(parts)}) s")]
    if any(code for _, code in both) or both[0][0] == both[1][0]:
        return None
    return [whole] + parts


def norec(server, tables):
    source, names = tables.source()
    condition = tables.condition(names, 3)
    fast = f"SELECT count(*) FROM {source} WHERE {condition}"
    slow = f"SELECT count(*) FILTER (WHERE x) FROM (SELECT ({condition}) AS x FROM {source}) s"
    both = [server.run(fast), server.run(slow)]
    if any(code for _, code in both) or both[0] == both[1]:
        return None
    return [fast, slow]


def same_rows(server, tables, reference):
    text = tables.query()
    got, expected = server.run(text), reference.run(text)
    # Whether an overflow is met depends on the order of conditions.
    if got == expected or (got[1] and expected[1]) or "22003" in (got[1], expected[1]):
        return None
    return [text, f"-- got {str(got)[:600]}", f"-- expected {str(expected)[:600]}"]


def differs_at_start(server, reference, statements):
    """What to show of a difference, and whether both servers have the same rows to go on with."""
    codes = server.fresh(statements)
    if not reference:
        return None, False
    expected = reference.fresh(statements)
    for text, code, wanted in zip(statements, codes, expected):
        if bool(code) != bool(wanted):
            # As above; the tables are no longer the same then.
            undecided = "22003" in (code, wanted) and text.startswith(("DELETE", "UPDATE")) and " AND " in text
            return None if undecided else [text, f"-- got {code}, expected {wanted}"], False
    return None, True


def run_round(seed, server, reference):
    """The failures of one set of tables: (title, statements)."""
    tables = Tables(random.Random(seed))
    statements = tables.build()
    failures = []
    shown, same = differs_at_start(server, reference, statements)
    if shown:
        failures.append(("logic/build", statements + shown))
    oracles = [tlp, tlp_aggregate, norec] * 8
    for oracle in oracles + ([lambda s, t: same_rows(s, t, reference)] * 60 if same else []):
        shown = oracle(server, tables)
        if shown:
            name = oracle.__name__ if oracle.__name__ != "<lambda>" else "same_rows"
            failures.append((f"logic/{name}", statements + shown))
    return failures


sys.exit(run_rounds("logic", Server, run_round, "logic"))
