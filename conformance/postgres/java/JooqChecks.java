import static org.jooq.impl.DSL.*;

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.SQLDataType;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Target;

/** jOOQ: classes generated from the live catalog, and statements of its own language. */
public class JooqChecks {
    static Database database;
    static DSLContext db;

    public static void main(String[] args) throws Exception {
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
        database = new Database("jooq_checks");
        database.execute("""
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
            CREATE TYPE address AS (street text, number int);
            CREATE DOMAIN positive AS int CHECK (VALUE > 0);
            CREATE SEQUENCE numbers START 10;
            CREATE TABLE author (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name varchar(80) NOT NULL, born date,
              mood mood DEFAULT 'ok', home address, rank positive, tags text[], doc jsonb, key uuid DEFAULT gen_random_uuid());
            CREATE TABLE book (id serial PRIMARY KEY, author_id bigint NOT NULL CONSTRAINT fk_author REFERENCES author,
              title text NOT NULL CONSTRAINT uq_title UNIQUE, price numeric(8, 2), pages int CHECK (pages > 0),
              double_price numeric GENERATED ALWAYS AS (price * 2) STORED);
            CREATE INDEX ix_price ON book (price DESC);
            COMMENT ON TABLE book IS 'What authors write';
            CREATE VIEW titles AS SELECT title, name FROM book JOIN author ON author.id = author_id;
            CREATE FUNCTION books_of(a bigint) RETURNS SETOF book LANGUAGE sql AS 'SELECT * FROM book WHERE author_id = a';
            CREATE FUNCTION add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a + b';
            CREATE PROCEDURE swap(INOUT a int, INOUT b int) LANGUAGE plpgsql AS 'DECLARE t int := a; BEGIN a := b; b := t; END';
            CREATE MATERIALIZED VIEW cached AS SELECT count(*) AS n FROM book;
            CREATE TABLE logs (at date, text text) PARTITION BY RANGE (at);
            CREATE TABLE logs_2024 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
            """);
        try (Connection connection = database.connect("")) {
            db = using(connection, SQLDialect.POSTGRES);
            Checks.check("code from the live catalog", JooqChecks::generate);
            Checks.check("meta data", JooqChecks::meta);
            Checks.check("insert, returning, upsert", JooqChecks::insert);
            Checks.check("select, joins, windows, CTEs", JooqChecks::select);
            Checks.check("nested rows by JSON and multiset", JooqChecks::nested);
            Checks.check("routines", JooqChecks::routines);
            Checks.check("DDL, batches, transactions, errors", JooqChecks::statements);
        }
        Checks.close();
    }

    static void generate() throws Exception {
        Path folder = Files.createTempDirectory("jooq");
        GenerationTool.generate(new Configuration()
            .withLogging(org.jooq.meta.jaxb.Logging.ERROR)
            .withJdbc(new Jdbc().withDriver("org.postgresql.Driver").withUrl(database.url()).withUser(Database.USER))
            .withGenerator(new Generator()
                .withDatabase(new org.jooq.meta.jaxb.Database().withName("org.jooq.meta.postgres.PostgresDatabase").withInputSchema("public"))
                .withGenerate(new Generate().withPojos(true).withDaos(false))
                .withTarget(new Target().withPackageName("made").withDirectory(folder.toString()))));
        try (Stream<Path> files = Files.walk(folder)) {
            Checks.equal(files.filter(Files::isRegularFile).map(f -> folder.resolve("made").relativize(f).toString())
                .filter(f -> !f.contains("pojos")).sorted().toList().toString(),
                "[DefaultCatalog.java, Domains.java, Indexes.java, Keys.java, Public.java, Routines.java, Sequences.java, Tables.java, UDTs.java,"
                + " enums/Mood.java, routines/Add.java, routines/Swap.java, tables/Author.java, tables/Book.java, tables/BooksOf.java,"
                + " tables/Cached.java, tables/Logs.java, tables/Logs_2024.java, tables/Titles.java, tables/records/AuthorRecord.java,"
                + " tables/records/BookRecord.java, tables/records/CachedRecord.java,"
                + " tables/records/LogsRecord.java, tables/records/Logs_2024Record.java, tables/records/TitlesRecord.java, udt/Address.java,"
                + " udt/paths/AddressPath.java, udt/records/AddressRecord.java]");
        }
        String book = Files.readString(folder.resolve("made/tables/Book.java"));
        for (String part : List.of("What authors write", "SQLDataType.NUMERIC(8, 2)", "Keys.UQ_TITLE", "Keys.BOOK__FK_AUTHOR", "Indexes.IX_PRICE",
                "SQLDataType.INTEGER.nullable(false).identity(true)", "book_pages_check"))
            if (!book.contains(part)) throw new AssertionError("Book.java lacks " + part);
        String author = Files.readString(folder.resolve("made/tables/Author.java"));
        for (String part : List.of("Mood.class", "AddressRecord", "Domains.POSITIVE", "SQLDataType.CLOB.array()", "SQLDataType.JSONB", "identity(true)"))
            if (!author.contains(part)) throw new AssertionError("Author.java lacks " + part);
    }

    static void meta() {
        var schema = db.meta().getSchemas("public").get(0);
        Checks.equal(schema.getTables().stream().map(t -> t.getName() + ":" + t.getTableType()).sorted().toList().toString(),
            "[author:TABLE, book:TABLE, cached:MATERIALIZED_VIEW, logs:TABLE, logs_2024:TABLE, titles:VIEW]");
        Checks.equal(schema.getTable("book").getReferences().get(0).getKey().getTable().getName(), "author");
        Checks.equal(db.meta().getSequences("numbers").size(), 1);
    }

    static void insert() {
        Long id = db.insertInto(table("author"), field("name"), field("born"), field("tags", String[].class), field("doc", JSONB.class))
            .values("ann", LocalDate.of(1970, 1, 2), new String[] {"x", "y"}, JSONB.valueOf("{\"a\": [1]}"))
            .returningResult(field("id", Long.class)).fetchOne().value1();
        Checks.equal(id, 1L);
        db.insertInto(table("author"), field("name")).values("bob").execute();
        for (int i = 0; i < 2; i++)
            Checks.equal(db.insertInto(table("book"), field("author_id"), field("title"), field("price"))
                .values(1, "one", new BigDecimal("9.5")).values(1, "two", null).values(2, "three", 30)
                .onConflict(field("title")).doUpdate().set(field("price"), field("{0}", BigDecimal.class, field(name("excluded", "price"))))
                .execute(), 3);
        Checks.equal(db.update(table("book")).set(field("price"), inline(5)).where(field("title").eq("two")).returning(field("double_price")).fetch().getValues(0).toString(), "[10.00]");
        Record row = db.fetchOne("SELECT tags, doc, key, mood FROM author WHERE id = ?", 1);
        Checks.equal(((String[]) row.get(0)).length + " " + row.get(1) + " " + (row.get(2) instanceof UUID) + " " + row.get(3), "2 {\"a\":[1]} true ok");
    }

    static void select() {
        var b = table("book").as("b");
        var a = table("author").as("a");
        Checks.equal(db.select(field("a.name"), count(), sum(field("b.price", BigDecimal.class))).from(a).leftJoin(b).on("b.author_id = a.id")
            .groupBy(field("a.name")).having(count().gt(0)).orderBy(field("a.name")).fetch().map(r -> r.get(0) + "," + r.get(1) + "," + r.get(2)),
            List.of("ann,2,14.50", "bob,1,30.00"));
        Checks.equal(db.select(field("title"), rowNumber().over(orderBy(field("price").desc().nullsLast())), lag(field("title")).over().orderBy(field("price")))
            .from("book").orderBy(field("price")).limit(1).offset(1).fetch().map(r -> r.get(0) + "," + r.get(1) + "," + r.get(2)), List.of("one,2,two"));
        var numbers = name("n").fields("i").as(db.select(inline(1)).unionAll(db.select(field("i + 1", Integer.class)).from("n").where("i < 5")));
        Checks.equal(db.withRecursive(numbers).select(sum(field("i", Integer.class))).from("n").fetchOne(0, int.class), 15);
        Checks.equal(db.selectFrom("book").where(field("author_id").in(db.select(field("id")).from("author").where(field("name").likeIgnoreCase("A%"))))
            .orderBy(field("id")).forUpdate().skipLocked().fetch().size(), 2);
        Checks.equal(db.selectFrom(values(row(1, "a"), row(2, "b")).as("v", "x", "y")).where("x = 2").fetchOne("y"), "b");
    }

    static void nested() {
        var books = multiset(db.select(field("title", String.class), field("price", BigDecimal.class)).from("book").where("author_id = author.id").orderBy(field("id")));
        Checks.equal(db.select(field("name"), books).from("author").orderBy(field("id")).fetch().get(0).value2().map(r -> r.value1() + r.value2()), List.of("one9.50", "two5.00"));
        Checks.equal(db.select(jsonObject(key("n").value(field("name", SQLDataType.VARCHAR)), key("l").value(jsonArray(inline(1), inline("x"))))).from("author").where("id = 2")
            .fetchOne().value1().data().replace(" ", ""), "{\"n\":\"bob\",\"l\":[1,\"x\"]}");
        Checks.equal(db.fetch("SELECT title, double_price FROM book ORDER BY 1").formatCSV(), "title,double_price\none,19.00\nthree,60.00\ntwo,10.00\n");
    }

    static void routines() {
        Checks.equal(db.fetchOne("SELECT add(b => 5, a => 2)").get(0), 7);
        Checks.equal(db.fetchOne("CALL swap(1, 2)").toString().contains("2"), true);
        Checks.equal(db.fetch("SELECT title FROM books_of(1) ORDER BY 1").getValues(0), List.of("one", "two"));
        Checks.equal(db.nextval("numbers"), java.math.BigInteger.TEN);
    }

    static void statements() {
        db.createTableIfNotExists("made").column("id", SQLDataType.BIGINT.identity(true)).column("v", SQLDataType.VARCHAR(20).notNull().defaultValue("d"))
            .column("at", SQLDataType.TIMESTAMPWITHTIMEZONE(3)).constraints(constraint("pk_made").primaryKey("id"), constraint("ck").check(field("v").ne("bad"))).execute();
        db.alterTable("made").addColumn("more", SQLDataType.DOUBLE).execute();
        db.createIndex("ix_made").on(table("made"), field("v").desc()).where(field("more").isNotNull()).execute();
        Checks.equal(db.batch(db.insertInto(table("made"), field("v")).values((String) null)).bind("a").bind("b").execute().length, 2);
        try {
            db.transaction(c -> {
                c.dsl().execute("INSERT INTO made (v) VALUES ('c')");
                c.dsl().transaction(n -> n.dsl().execute("INSERT INTO made (v) VALUES ('d')"));
                try {
                    c.dsl().transaction(n -> n.dsl().execute("INSERT INTO made (v) VALUES ('bad')"));
                } catch (DataAccessException error) {
                    Checks.equal(error.sqlState(), "23514");
                }
                Checks.equal(c.dsl().fetchCount(table("made")), 4);
                throw new IllegalStateException("back");
            });
        } catch (IllegalStateException expected) {
            Checks.equal(db.fetchCount(table("made")), 2);
        }
        Checks.equal(db.mergeInto(table("made")).using(values(row("a", 1.5), row("z", 2.5)).as("s", "v", "m")).on("made.v = s.v")
            .whenMatchedThenUpdate().set(field(name("more")), (Object) field("s.m")).whenNotMatchedThenInsert(field(name("v"))).values(field("s.v")).execute(), 2);
        db.dropTable("made").cascade().execute();
    }
}
