import io.r2dbc.postgresql.PostgresqlConnectionConfiguration;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.Notification;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.postgresql.codec.Interval;
import io.r2dbc.postgresql.codec.Json;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.R2dbcDataIntegrityViolationException;
import io.r2dbc.spi.R2dbcException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** R2DBC: the reactive driver, which speaks the binary protocol from the first statement on. */
public class R2dbcChecks {
    static Database database;

    static PostgresqlConnectionConfiguration.Builder options() {
        return PostgresqlConnectionConfiguration.builder().host("127.0.0.1").port(Database.PORT).username(Database.USER).database(database.name);
    }

    static PostgresqlConnection connect() {
        return new PostgresqlConnectionFactory(options().build()).create().block();
    }

    static void check(String name, Consumer<PostgresqlConnection> work) {
        Checks.check(name, () -> {
            PostgresqlConnection connection = connect();
            work.accept(connection);
            connection.close().block();
        });
    }

    static List<List<Object>> rows(PostgresqlConnection connection, String sql, Object... args) {
        var statement = connection.createStatement(sql);
        for (int i = 0; i < args.length; i++) statement.bind(i, args[i]);
        return statement.execute().flatMap(R2dbcChecks::rowsOf).collectList().block();
    }

    static Flux<List<Object>> rowsOf(PostgresqlResult result) {
        return Flux.from(result.map((row, meta) -> {
            Object[] values = new Object[meta.getColumnMetadatas().size()];
            for (int i = 0; i < values.length; i++) values[i] = row.get(i);
            return Arrays.asList(values);
        }));
    }

    public static void main(String[] args) throws Exception {
        database = new Database("r2dbc_checks");
        database.execute("CREATE TABLE t (id serial PRIMARY KEY, v text UNIQUE, n int CHECK (n < 100))");
        check("values of every type, both ways", R2dbcChecks::values);
        check("inserts that return, batches, counts", R2dbcChecks::inserts);
        check("rows by the fetch size, and a cancelled stream", R2dbcChecks::fetch);
        check("transactions and savepoints", R2dbcChecks::transactions);
        check("notifications", R2dbcChecks::notifications);
        check("errors", R2dbcChecks::errors);
        check("copy, time-outs and cancelling", R2dbcChecks::copy);
        check("metadata and options", R2dbcChecks::metadata);
        Checks.close();
    }

    static void values(PostgresqlConnection connection) {
        UUID key = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        Object[] values = {true, (short) 1, 2, 3L, 1.5f, 2.5, new BigDecimal("12345.6700"), "t\u00e9xt", key, LocalDate.of(2020, 2, 29),
            LocalDateTime.of(2020, 2, 29, 1, 2, 3, 456789000), OffsetDateTime.parse("2020-02-29T01:02:03Z"), Interval.parse("P1DT2H"), new Integer[] {1, 2},
            new String[] {"a", "b"}};
        String list = String.join(", ", java.util.stream.IntStream.rangeClosed(1, values.length).mapToObj(i -> "$" + i).toList());
        for (int i = 0; i < 2; i++) {
            List<Object> row = rows(connection, "SELECT " + list, values).get(0);
            for (int k = 0; k < 9; k++) Checks.equal(row.get(k), values[k]);
            Checks.equal(row.get(9), values[9]);
            Checks.equal(((OffsetDateTime) row.get(11)).toInstant(), ((OffsetDateTime) values[11]).toInstant());
            Checks.equal(Arrays.toString((Object[]) row.get(13)) + Arrays.toString((Object[]) row.get(14)), "[1, 2][a, b]");
        }
        Checks.equal(((Json) rows(connection, "SELECT $1::jsonb", Json.of("{\"a\":  1}")).get(0).get(0)).asString(), "{\"a\": 1}");
        Checks.equal(rows(connection, "SELECT 'NaN'::float8, '10.0.0.1'::inet, '(1,2)'::point, 'x'::char(3), '\\x01'::bytea IS NULL, NULL::int").toString(),
            "[[NaN, /10.0.0.1, (1.0,2.0), x  , false, null]]");
    }

    static void inserts(PostgresqlConnection connection) {
        Checks.equal(connection.createStatement("INSERT INTO t (v, n) VALUES ($1, $2)").returnGeneratedValues("id")
            .bind("$1", "a").bind("$2", 1).add().bind("$1", "b").bind("$2", 2).add().bind("$1", "c").bindNull("$2", Integer.class)
            .execute().flatMap(R2dbcChecks::rowsOf).collectList().block(), List.of(List.of(1), List.of(2), List.of(3)));
        Checks.equal(connection.createStatement("UPDATE t SET n = n + 1 WHERE n > $1").bind(0, 0).execute().flatMap(PostgresqlResult::getRowsUpdated).blockLast(), 2L);
        Checks.equal(connection.createBatch().add("INSERT INTO t (v) VALUES ('d')").add("SELECT count(*) FROM t").add("DELETE FROM t WHERE v = 'd'")
            .execute().flatMap(PostgresqlResult::getRowsUpdated).collectList().block().size() > 0, true);
        Checks.equal(rows(connection, "SELECT v, n FROM t ORDER BY id").toString(), "[[a, 2], [b, 3], [c, null]]");
    }

    static void fetch(PostgresqlConnection connection) {
        Checks.equal(connection.createStatement("SELECT g FROM generate_series(1, $1) g").bind(0, 1000).fetchSize(10).execute()
            .flatMap(result -> result.map((row, meta) -> row.get(0, Integer.class))).reduce(0, Integer::sum).block(), 500500);
        Checks.equal(connection.createStatement("SELECT g FROM generate_series(1, $1) g").bind(0, 100000).fetchSize(7).execute()
            .flatMap(result -> result.map((row, meta) -> row.get(0, Integer.class))).take(20).collectList().block().size(), 20);
        Checks.equal(rows(connection, "SELECT 1").toString(), "[[1]]");
    }

    static void transactions(PostgresqlConnection connection) {
        connection.beginTransaction(IsolationLevel.SERIALIZABLE).block();
        Checks.equal(rows(connection, "SHOW transaction_isolation").toString(), "[[serializable]]");
        rows(connection, "INSERT INTO t (v) VALUES ('tx')");
        connection.createSavepoint("s").block();
        rows(connection, "INSERT INTO t (v) VALUES ('tx2')");
        connection.rollbackTransactionToSavepoint("s").block();
        connection.commitTransaction().block();
        Checks.equal(rows(connection, "SELECT v FROM t WHERE v LIKE 'tx%'").toString(), "[[tx]]");
        connection.beginTransaction().block();
        rows(connection, "DELETE FROM t");
        connection.rollbackTransaction().block();
        Checks.equal(rows(connection, "SELECT count(*) FROM t").toString(), "[[4]]");
    }

    static void notifications(PostgresqlConnection connection) {
        rows(connection, "LISTEN news");
        Mono<Notification> next = connection.getNotifications().next().cache();
        var waiting = next.toFuture();
        PostgresqlConnection other = connect();
        rows(other, "SELECT pg_notify('news', 'hello')");
        other.close().block();
        Checks.equal(Mono.fromFuture(waiting).block(Duration.ofSeconds(5)).getParameter(), "hello");
    }

    static void errors(PostgresqlConnection connection) {
        try {
            rows(connection, "INSERT INTO t (v) VALUES ($1)", "a");
            throw new AssertionError("no error");
        } catch (R2dbcDataIntegrityViolationException error) {
            Checks.equal(error.getSqlState() + " " + error.getMessage(), "23505 duplicate key value violates unique constraint \"t_v_key\"");
        }
        for (var wrong : List.of(List.of("SELECT nope", "42703"), List.of("SELECT 1/0", "22012"), List.of("INSERT INTO t (n) VALUES (100)", "23514"), List.of("selec", "42601")))
            try {
                rows(connection, wrong.get(0));
                throw new AssertionError("no error");
            } catch (R2dbcException error) {
                Checks.equal(error.getSqlState(), wrong.get(1));
            }
        Checks.equal(rows(connection, "SELECT 2").toString(), "[[2]]");
    }

    static void copy(PostgresqlConnection connection) {
        var bytes = io.netty.buffer.Unpooled.wrappedBuffer("50\tcopied\t5\n51\tcopied too\t\\N\n".getBytes());
        Checks.equal(connection.copyIn("COPY t FROM stdin").from(bytes).build().block(), 2L);
        connection.setStatementTimeout(Duration.ofMillis(50)).block();
        Checks.fails("canceling statement due to statement timeout", () -> rows(connection, "SELECT pg_sleep(5)"));
        connection.setStatementTimeout(Duration.ZERO).block();
        var sleeping = connection.createStatement("SELECT pg_sleep(5)").execute().flatMap(PostgresqlResult::getRowsUpdated).then().toFuture();
        Mono.delay(Duration.ofMillis(100)).then(connection.cancelRequest()).block();
        Checks.fails("canceling statement due to user request", sleeping::get);
    }

    static void metadata(PostgresqlConnection connection) {
        Checks.equal(connection.getMetadata().getDatabaseProductName(), "PostgreSQL");
        Checks.equal(connection.createStatement("SELECT id, v, 1.5::numeric(5,2) AS p FROM t LIMIT 0").execute().flatMap(result -> result.map((row, meta) -> "")).count().block(), 0L);
        Checks.equal(connection.createStatement("SELECT id, v, 1.5::numeric(5,2) AS p FROM t LIMIT 1").execute().flatMap(result -> result.map((row, meta) ->
            meta.getColumnMetadatas().stream().map(c -> c.getName() + ":" + c.getType().getName() + ":" + c.getJavaType().getSimpleName()).toList().toString())).blockLast(),
            "[id:INT4:Integer, v:TEXT:String, p:NUMERIC:BigDecimal]");
        PostgresqlConnection other = new PostgresqlConnectionFactory(options().schema("pg_catalog").applicationName("app").preparedStatementCacheQueries(0)
            .options(java.util.Map.of("lock_timeout", "5s", "statement_timeout", "60000")).build()).create().block();
        Checks.equal(rows(other, "SELECT current_setting('search_path'), current_setting('application_name'), current_setting('lock_timeout')").toString(), "[[pg_catalog, app, 5s]]");
        other.close().block();
    }
}
