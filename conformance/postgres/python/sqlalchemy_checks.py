"""SQLAlchemy (psycopg and asyncpg), its reflection, and Alembic's autogenerate. PGPORT names the server, CHECK_FILTER a
piece of the names."""

import asyncio
import datetime
import decimal
import os
import sys
import uuid

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.ext.asyncio import create_async_engine

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from checks import check, equal, main

HOST = f"postgres:secret@127.0.0.1:{os.environ['PGPORT']}"
DATABASE = "conformance_sqlalchemy"


def url(driver, database=DATABASE):
    return f"postgresql+{driver}://{HOST}/{database}"


def fresh_database():
    engine = sa.create_engine(url("psycopg", os.environ.get("PGDATABASE", "postgres")), isolation_level="AUTOCOMMIT")
    with engine.connect() as c:
        c.execute(sa.text(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))
        c.execute(sa.text(f"CREATE DATABASE {DATABASE}"))
    engine.dispose()


class Base(orm.DeclarativeBase):
    pass


Mood = pg.ENUM("sad", "happy", name="mood", metadata=Base.metadata)


class Person(Base):
    __tablename__ = "person"
    __table_args__ = (
        sa.CheckConstraint("amount >= 0", name="person_amount"),
        sa.Index("person_lower", sa.text("lower(name)"), unique=True),
        sa.Index("person_data", "data", postgresql_using="gin"),
        sa.Index("person_partial", "mood", postgresql_where=sa.text("amount > 5"), postgresql_include=["amount"]),
        {"comment": "people"},
    )
    id: orm.Mapped[int] = orm.mapped_column(sa.Identity(), primary_key=True)
    key: orm.Mapped[uuid.UUID] = orm.mapped_column(server_default=sa.text("gen_random_uuid()"), unique=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(40), comment="how called")
    mood = sa.Column(Mood, server_default="happy")
    amount: orm.Mapped[decimal.Decimal] = orm.mapped_column(sa.Numeric(10, 2), server_default="0")
    data = sa.Column(pg.JSONB)
    tags = sa.Column(pg.ARRAY(sa.Text))
    span = sa.Column(pg.INT4RANGE)
    length = sa.Column(pg.INTERVAL)
    made: orm.Mapped[datetime.datetime] = orm.mapped_column(sa.DateTime(timezone=True), server_default=sa.func.now())
    raw = sa.Column(sa.LargeBinary)
    doubled = sa.Column(sa.Integer, sa.Computed("length(name) * 2", persisted=True))
    notes: orm.Mapped[list["Note"]] = orm.relationship(back_populates="person", cascade="all, delete-orphan", order_by="Note.id")


class Note(Base):
    __tablename__ = "note"
    __table_args__ = (sa.UniqueConstraint("person_id", "body", name="note_once"),)
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    person_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE", deferrable=True, initially="DEFERRED"), index=True)
    body: orm.Mapped[str] = orm.mapped_column(sa.Text)
    person: orm.Mapped[Person] = orm.relationship(back_populates="notes")


fresh_database()
ENGINE = sa.create_engine(url("psycopg"))
Session = orm.sessionmaker(ENGINE)


@check("create all and nothing to generate")
def create_all_and_nothing_to_generate():
    Base.metadata.create_all(ENGINE)
    Base.metadata.create_all(ENGINE)
    with ENGINE.connect() as c:
        context = MigrationContext.configure(c, opts={"compare_type": True, "compare_server_default": True})
        equal(compare_metadata(context, Base.metadata), [])


@check("reflection")
def reflection():
    inspector = sa.inspect(ENGINE)
    equal(sorted(inspector.get_table_names()), ["note", "person"])
    equal([(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns("note")],
          [("id", "INTEGER", False), ("person_id", "INTEGER", False), ("body", "TEXT", False)])
    columns = {c["name"]: c for c in inspector.get_columns("person")}
    equal((columns["doubled"]["computed"]["sqltext"], columns["id"]["identity"]["always"], columns["name"]["comment"],
           columns["mood"]["type"].enums), ("(length((name)::text) * 2)", False, "how called", ["sad", "happy"]))
    foreign = inspector.get_foreign_keys("note")[0]
    equal((foreign["referred_table"], foreign["options"]), ("person", {"ondelete": "CASCADE", "initially": "DEFERRED", "deferrable": True}))
    equal([(i["name"], i["unique"]) for i in inspector.get_indexes("person")],
          [("person_data", False), ("person_key_key", True), ("person_lower", True), ("person_partial", False)])
    equal(inspector.get_pk_constraint("person")["name"], "person_pkey")
    equal([u["name"] for u in inspector.get_unique_constraints("note")], ["note_once"])
    equal([c["sqltext"] for c in inspector.get_check_constraints("person")], ["amount >= 0::numeric"])
    equal(inspector.get_table_comment("person"), {"text": "people"})
    equal([e["name"] for e in inspector.get_enums()], ["mood"])
    reflected = sa.MetaData()
    reflected.reflect(ENGINE)
    equal(len(reflected.tables), 2)


@check("objects both ways")
def objects_both_ways():
    with Session.begin() as s:
        s.add(Person(name="ann", amount=decimal.Decimal("1.50"), data={"a": [1]}, tags=["x", "y"], span=pg.Range(1, 5),
                     length=datetime.timedelta(days=1, seconds=2), raw=b"\x00\xff", notes=[Note(body="n1"), Note(body="n2")]))
        s.add_all([Person(name=f"p{i}") for i in range(20)])
    with Session() as s:
        ann = s.scalars(sa.select(Person).where(Person.name == "ann").options(orm.selectinload(Person.notes))).one()
        equal((ann.amount, ann.data, ann.tags, ann.span, ann.length, ann.raw, ann.doubled, ann.mood, [n.body for n in ann.notes]),
              (decimal.Decimal("1.50"), {"a": [1]}, ["x", "y"], pg.Range(1, 5), datetime.timedelta(days=1, seconds=2), b"\x00\xff", 6,
               "happy", ["n1", "n2"]))
        ann.notes.pop()
        ann.amount += 1
        s.commit()
        equal(s.scalar(sa.select(sa.func.count()).select_from(Note)), 1)


@check("statements")
def statements():
    with ENGINE.begin() as c:
        upsert = pg.insert(Note).values(id=1, person_id=1, body="up")
        equal(c.execute(upsert.on_conflict_do_update(index_elements=["id"], set_={"body": upsert.excluded.body}).returning(Note.body)).scalar(), "up")
        numbered = sa.select(Person.name, sa.func.row_number().over(order_by=Person.id).label("n")).cte("numbered")
        equal(c.execute(sa.select(numbered.c.name).where(numbered.c.n == 2)).scalar(), "p0")
        equal(c.execute(sa.select(sa.func.array_agg(pg.aggregate_order_by(Person.name, Person.name.desc()))).where(Person.id < 4)).scalar(), ["p1", "p0", "ann"])
        equal(c.execute(sa.select(Person.id).where(Person.data["a"][0].astext == "1")).scalars().all(), [1])
        equal(c.execute(sa.select(Person.id).where(Person.tags.contains(["x"]), Person.span.contains(3))).scalars().all(), [1])
        equal(c.execute(sa.update(Person).where(Person.id == 2).values(amount=sa.text("amount + 2")).returning(Person.amount)).scalar(), decimal.Decimal("2.00"))
        equal(c.execute(sa.delete(Person).where(Person.id > 20)).rowcount, 1)
        many = c.execute(sa.insert(Person).returning(Person.id, sort_by_parameter_order=True), [{"name": f"m{i}"} for i in range(300)])
        equal(len(many.all()), 300)


@check("transactions and errors")
def transactions_and_errors():
    with ENGINE.connect().execution_options(isolation_level="SERIALIZABLE") as c:
        equal(c.execute(sa.text("SHOW transaction_isolation")).scalar(), "serializable")
        with c.begin_nested() as nested:
            c.execute(sa.text("UPDATE person SET amount = 9 WHERE id = 1"))
            nested.rollback()
        c.commit()
    try:
        with Session.begin() as s:
            s.add(Note(person_id=-1, body="x"))
        raise AssertionError("no error")
    except sa.exc.IntegrityError as error:
        equal((error.orig.sqlstate, error.orig.diag.constraint_name), ("23503", "note_person_id_fkey"))
    with Session.begin() as s:
        equal(s.scalars(sa.select(Person.id).where(Person.id == 1).with_for_update(skip_locked=True)).all(), [1])
        with Session.begin() as other:
            equal(other.scalars(sa.select(Person.id).where(Person.id == 1).with_for_update(skip_locked=True)).all(), [])


@check("server side cursor")
def server_side_cursor():
    with ENGINE.connect().execution_options(yield_per=50) as c:
        equal(sum(len(p) for p in c.execute(sa.text("SELECT generate_series(1, 120)")).partitions()), 120)


@check("alembic generates and runs")
def alembic_generates_and_runs():
    wanted = sa.MetaData()
    Base.metadata.tables["person"].to_metadata(wanted)
    note = Base.metadata.tables["note"].to_metadata(wanted)
    note.append_column(sa.Column("extra", pg.JSONB, server_default="{}"))
    note.append_constraint(sa.Index("note_extra", note.c.extra, postgresql_using="gin"))
    note.c.body.type = sa.String(200)
    sa.Table("fresh", wanted, sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("day", sa.Date, server_default=sa.text("CURRENT_DATE")))
    options = {"compare_type": True, "compare_server_default": True}
    with ENGINE.begin() as c:
        context = MigrationContext.configure(c, opts=options)
        operations = Operations(context)
        todo = [produce_migrations(context, wanted).upgrade_ops]
        while todo:
            op = todo.pop(0)
            if hasattr(op, "ops"):
                todo = list(op.ops) + todo
            else:
                operations.invoke(op)
        equal(compare_metadata(context, wanted), [])


@check("asyncpg driver")
def asyncpg_driver():
    async def run():
        engine = create_async_engine(url("asyncpg"))
        async with engine.begin() as c:
            equal((await c.execute(sa.select(Person.name, Person.data).where(Person.id == 1))).one(), ("ann", {"a": [1]}))
            equal(await c.run_sync(lambda sync: sorted(sa.inspect(sync).get_table_names())), ["fresh", "note", "person"])
            equal(len((await c.stream(sa.text("SELECT generate_series(1, 70)"))).__class__.__name__) > 0, True)
        await engine.dispose()
    asyncio.run(run())


@check("drop all")
def drop_all():
    ENGINE.dispose()
    with ENGINE.begin() as c:
        c.execute(sa.text("DROP TABLE fresh"))
    Base.metadata.drop_all(ENGINE)
    equal((sa.inspect(ENGINE).get_table_names(), sa.inspect(ENGINE).get_enums()), ([], []))


if __name__ == "__main__":
    main()
