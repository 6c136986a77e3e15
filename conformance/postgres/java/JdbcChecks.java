import com.zaxxer.hikari.HikariDataSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;
import org.postgresql.util.PSQLException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.SimpleJdbcCall;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** pgjdbc as applications use it, with HikariCP and Spring's JdbcTemplate. */
public class JdbcChecks {
    interface Work {
        void run(Connection connection) throws Exception;
    }

    static Database database;

    static void check(String name, String options, Work work) {
        Checks.check(name, () -> {
            try (Connection connection = database.connect(options)) {
                work.run(connection);
            }
        });
    }

    static List<String> rows(Connection connection, String sql, Object... args) throws SQLException {
        try (var statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < args.length; i++) statement.setObject(i + 1, args[i]);
            return Database.rows(statement.executeQuery());
        }
    }

    static void execute(Connection connection, String... statements) throws SQLException {
        try (var statement = connection.createStatement()) {
            for (String sql : statements) statement.execute(sql);
        }
    }

    public static void main(String[] args) throws Exception {
        database = new Database("jdbc_checks");
        database.execute("""
            CREATE EXTENSION hstore;
            CREATE TYPE mood AS ENUM ('sad', 'happy');
            CREATE TABLE parent (id serial PRIMARY KEY, code varchar(10) NOT NULL UNIQUE, amount numeric(12, 3) DEFAULT 0, mood mood);
            COMMENT ON COLUMN parent.code IS 'a code';
            CREATE TABLE child (id bigint GENERATED ALWAYS AS IDENTITY, parent_id int NOT NULL CONSTRAINT fk_parent REFERENCES parent ON DELETE CASCADE
              DEFERRABLE INITIALLY DEFERRED, name text, double int GENERATED ALWAYS AS (parent_id * 2) STORED, PRIMARY KEY (id, parent_id));
            CREATE INDEX child_name ON child (lower(name), parent_id DESC) WHERE name IS NOT NULL;
            CREATE VIEW joined AS SELECT p.code, c.name FROM parent p JOIN child c ON c.parent_id = p.id;
            CREATE FUNCTION add(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';
            CREATE FUNCTION outs(a int, OUT b text, INOUT c int) LANGUAGE plpgsql AS 'BEGIN b := a::text; c := c + a; END';
            CREATE FUNCTION cursor() RETURNS refcursor LANGUAGE plpgsql AS
              'DECLARE r refcursor; BEGIN OPEN r FOR SELECT generate_series(1, 3); RETURN r; END';
            CREATE PROCEDURE proc(a int, INOUT b int) LANGUAGE plpgsql AS 'BEGIN b := a * 2; END';
            """);
        for (String mode : List.of("binary", "text", "simple"))
            check("values, " + mode, mode.equals("binary") ? "&prepareThreshold=-1" : mode.equals("text") ? "&binaryTransfer=false" : "&preferQueryMode=simple",
                JdbcChecks::values);
        check("statements prepared on the server survive a changed table", "", JdbcChecks::prepared);
        check("batches", "", connection -> batches(connection));
        check("batches rewritten as one insert", "&reWriteBatchedInserts=true", connection -> batches(connection));
        check("generated keys", "", JdbcChecks::keys);
        check("result sets: fetch size, scrolled, updated", "", JdbcChecks::results);
        check("calls of functions and procedures", "", JdbcChecks::calls);
        check("calls as CALL", "&escapeSyntaxCallMode=call", JdbcChecks::procedures);
        check("COPY both ways", "", JdbcChecks::copy);
        check("NOTIFY", "", JdbcChecks::notify);
        check("savepoints; deferred constraints; read only", "", JdbcChecks::transactions);
        check("autosave", "&autosave=always", JdbcChecks::autosave);
        check("cancel and time-outs", "", JdbcChecks::timeouts);
        check("what an error tells", "", JdbcChecks::errors);
        check("text that is no text is refused", "", JdbcChecks::broken);
        check("metadata: tables and columns", "", JdbcChecks::tables);
        check("metadata: keys, indexes, routines", "", JdbcChecks::metadata);
        check("large values and long lists", "", JdbcChecks::large);
        Checks.check("a pool of connections", JdbcChecks::pool);
        Checks.check("Spring's templates", JdbcChecks::spring);
        Checks.close();
    }

    static void values(Connection connection) throws Exception {
        UUID key = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        var at = OffsetDateTime.of(2020, 3, 29, 2, 30, 0, 123456000, ZoneOffset.UTC);
        execute(connection, "CREATE TEMP TABLE v (i int, b bigint, n numeric, d float8, t text, y bytea, l date, o timestamptz, u uuid, a int[], j jsonb, m mood, h hstore, z bool)");
        try (var insert = connection.prepareStatement("INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::mood, ?, ?)");
             var select = connection.prepareStatement("SELECT * FROM v ORDER BY i")) {
            for (int i = 0; i < 7; i++) {
                Object[] row = {i, 1L << 40, new BigDecimal("-12.3400"), 2.5, "te'x\u00e9\\", new byte[] {0, -1}, LocalDate.of(2020, 2, 29), at, key,
                    connection.createArrayOf("int4", new Integer[] {1, null}), "{\"a\":  1}", "happy", Map.of("k", "v"), i % 2 == 0};
                for (int k = 0; k < row.length; k++) insert.setObject(k + 1, row[k]);
                insert.executeUpdate();
                try (ResultSet result = select.executeQuery()) {
                    result.next();
                    Checks.equal(result.getBigDecimal(3) + " " + result.getObject(7, LocalDate.class) + " " + result.getObject(8, OffsetDateTime.class), "-12.3400 2020-02-29 " + at);
                    Checks.equal(Arrays.toString(result.getBytes(6)) + Arrays.toString((Object[]) result.getArray(10).getArray()), "[0, -1][1, null]");
                    Checks.equal(result.getString(11) + result.getString(12) + result.getObject(13) + result.getObject(9) + result.getBoolean(14), "{\"a\": 1}happy{k=v}" + key + "true");
                }
            }
        }
        Checks.equal(rows(connection, "SELECT 'infinity'::timestamp, '1 day -2:00'::interval, 'NaN'::numeric, '[1,5)'::int4range, row(1, 'a b')").toString(),
            "[infinity|1 day -02:00:00|NaN|[1,5)|(1,\"a b\")]");
    }

    static void prepared(Connection connection) throws Exception {
        execute(connection, "CREATE TEMP TABLE p (a int)", "INSERT INTO p VALUES (1)");
        try (var select = connection.prepareStatement("SELECT * FROM p WHERE a = ?")) {
            for (int i = 0; i < 8; i++) {
                select.setInt(1, 1);
                Checks.equal(Database.rows(select.executeQuery()), List.of("1"));
            }
            execute(connection, "ALTER TABLE p ADD b text DEFAULT 'x'");
            Checks.equal(Database.rows(select.executeQuery()), List.of("1|x"));
            connection.setAutoCommit(false);
            for (int i = 0; i < 8; i++) Database.rows(select.executeQuery());
            execute(connection, "ALTER TABLE p ADD c int");
            Checks.equal(Database.rows(select.executeQuery()), List.of("1|x|null"));
        }
    }

    static void batches(Connection connection) throws Exception {
        execute(connection, "CREATE TEMP TABLE b (id serial PRIMARY KEY, v text, n int)");
        try (var insert = connection.prepareStatement("INSERT INTO b (v, n) VALUES (?, ?)", Statement.RETURN_GENERATED_KEYS)) {
            for (int i = 0; i < 300; i++) {
                insert.setString(1, "v" + i);
                insert.setObject(2, i % 7 == 0 ? null : i, Types.INTEGER);
                insert.addBatch();
            }
            Checks.equal(insert.executeBatch().length, 300);
            Checks.equal(Database.rows(insert.getGeneratedKeys()).size(), 300);
        }
        Checks.equal(rows(connection, "SELECT count(*), count(n), sum(id) FROM b"), List.of("300|257|45150"));
        connection.setAutoCommit(false);
        try (var insert = connection.prepareStatement("INSERT INTO b (id, v) VALUES (?, 'x')")) {
            for (int id : new int[] {1000, 5, 1001}) {
                insert.setInt(1, id);
                insert.addBatch();
            }
            insert.executeBatch();
            throw new AssertionError("no error");
        } catch (BatchUpdateException error) {
            Checks.equal(error.getSQLState(), "23505");
        }
        connection.rollback();
        try (var statement = connection.createStatement()) {
            for (String sql : List.of("UPDATE b SET n = 1 WHERE id < 3", "DELETE FROM b WHERE id = 0", "CREATE TEMP TABLE made ()")) statement.addBatch(sql);
            Checks.equal(Arrays.toString(statement.executeBatch()), "[2, 0, 0]");
        }
    }

    static void keys(Connection connection) throws Exception {
        try (var insert = connection.prepareStatement("INSERT INTO parent (code) VALUES (?), (?)", new String[] {"id", "code"})) {
            insert.setString(1, "k1");
            insert.setString(2, "k2");
            insert.executeUpdate();
            Checks.equal(Database.rows(insert.getGeneratedKeys()), List.of("1|k1", "2|k2"));
        }
        try (var statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE parent SET amount = 1.5 WHERE code = 'k1'", Statement.RETURN_GENERATED_KEYS);
            Checks.equal(Database.rows(statement.getGeneratedKeys()), List.of("1|k1|1.500|null"));
        }
    }

    static void results(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.setFetchSize(7);
            Checks.equal(Database.rows(statement.executeQuery("SELECT generate_series(1, 100)")).size(), 100);
            statement.setMaxRows(5);
            Checks.equal(Database.rows(statement.executeQuery("SELECT generate_series(1, 100)")).size(), 5);
        }
        execute(connection, "CREATE TEMP TABLE u (id int PRIMARY KEY, v text)", "INSERT INTO u VALUES (1, 'a'), (2, 'b')");
        try (var statement = connection.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
             ResultSet result = statement.executeQuery("SELECT id, v FROM u ORDER BY id")) {
            result.last();
            result.deleteRow();
            result.absolute(1);
            result.updateString(2, "A");
            result.updateRow();
            result.moveToInsertRow();
            result.updateInt(1, 3);
            result.insertRow();
        }
        Checks.equal(rows(connection, "SELECT * FROM u ORDER BY id"), List.of("1|A", "3|null"));
    }

    static void calls(Connection connection) throws Exception {
        try (var call = connection.prepareCall("{? = call add(?, ?)}")) {
            call.registerOutParameter(1, Types.INTEGER);
            for (int i = 0; i < 7; i++) {
                call.setInt(2, 3);
                call.setInt(3, i);
                call.execute();
                Checks.equal(call.getInt(1), 3 + i);
            }
        }
        try (var call = connection.prepareCall("{call outs(?, ?, ?)}")) {
            call.setInt(1, 7);
            call.setInt(3, 5);
            call.registerOutParameter(2, Types.VARCHAR);
            call.registerOutParameter(3, Types.INTEGER);
            call.execute();
            Checks.equal(call.getString(2) + call.getInt(3), "712");
        }
        connection.setAutoCommit(false);
        try (var call = connection.prepareCall("{? = call cursor()}")) {
            call.registerOutParameter(1, Types.REF_CURSOR);
            call.execute();
            Checks.equal(Database.rows((ResultSet) call.getObject(1)), List.of("1", "2", "3"));
        }
    }

    static void procedures(Connection connection) throws Exception {
        try (var call = connection.prepareCall("{call proc(?, ?)}")) {
            call.setInt(1, 21);
            call.setInt(2, 0);
            call.registerOutParameter(2, Types.INTEGER);
            for (int i = 0; i < 7; i++) call.execute();
            Checks.equal(call.getInt(2), 42);
        }
        try (var call = connection.prepareCall("{call outs(?, ?, ?)}")) {
            call.setInt(1, 7);
            call.setInt(3, 5);
            call.registerOutParameter(2, Types.VARCHAR);
            call.registerOutParameter(3, Types.INTEGER);
            Checks.fails("is not a procedure", call::execute);
        }
    }

    static void copy(Connection connection) throws Exception {
        var copies = new CopyManager(connection.unwrap(BaseConnection.class));
        execute(connection, "CREATE TEMP TABLE c (a int, b text)");
        Checks.equal(copies.copyIn("COPY c FROM stdin", new StringReader("1\tx\n2\t\\N\n")), 2L);
        Checks.equal(copies.copyIn("COPY c FROM stdin (FORMAT csv, HEADER)", new StringReader("a,b\n3,\"q\"\"x\"\n")), 1L);
        var out = new ByteArrayOutputStream();
        Checks.equal(copies.copyOut("COPY c TO stdout (FORMAT binary)", out), 3L);
        Checks.equal(copies.copyIn("COPY c FROM stdin (FORMAT binary)", new ByteArrayInputStream(out.toByteArray())), 3L);
        Checks.fails("missing data for column \"b\"", () -> copies.copyIn("COPY c FROM stdin", new StringReader("9\n")));
        Checks.fails("invalid byte sequence for encoding \"UTF8\": 0xff", () -> copies.copyIn("COPY c FROM stdin", new ByteArrayInputStream(new byte[] {'1', '\t', -1, '\n'})));
        Checks.equal(rows(connection, "SELECT count(*), count(b) FROM c"), List.of("6|4"));
    }

    static void notify(Connection connection) throws Exception {
        execute(connection, "LISTEN news");
        database.execute("SELECT pg_notify('news', 'hello')");
        var got = connection.unwrap(PGConnection.class).getNotifications(5000);
        Checks.equal(got[0].getName() + got[0].getParameter(), "newshello");
    }

    static void transactions(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        execute(connection, "INSERT INTO parent (id, code) VALUES (100, 'tx')");
        var savepoint = connection.setSavepoint();
        Checks.fails("duplicate key", () -> rows(connection, "INSERT INTO parent (code) VALUES ('tx') RETURNING id"));
        Checks.fails("current transaction is aborted", () -> rows(connection, "SELECT 1"));
        connection.rollback(savepoint);
        execute(connection, "INSERT INTO child (parent_id) VALUES (999)");
        Checks.fails("violates foreign key constraint \"fk_parent\"", () -> { connection.commit(); return null; });
        Checks.equal(rows(connection, "SELECT count(*) FROM parent WHERE code = 'tx'"), List.of("0"));
        connection.rollback();
        connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        connection.setReadOnly(true);
        Checks.equal(rows(connection, "SHOW transaction_isolation"), List.of("serializable"));
        Checks.fails("cannot execute INSERT in a read-only transaction", () -> rows(connection, "INSERT INTO parent (code) VALUES ('ro') RETURNING id"));
    }

    static void autosave(Connection connection) throws Exception {
        connection.setAutoCommit(false);
        execute(connection, "CREATE TEMP TABLE s (a int PRIMARY KEY)", "INSERT INTO s VALUES (1)");
        Checks.fails("duplicate key", () -> rows(connection, "INSERT INTO s VALUES (1) RETURNING a"));
        execute(connection, "INSERT INTO s VALUES (2)");
        Checks.equal(rows(connection, "SELECT count(*) FROM s"), List.of("2"));
    }

    static void timeouts(Connection connection) throws Exception {
        try (var statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            Checks.fails("canceling statement due to user request", () -> statement.execute("SELECT pg_sleep(30)"));
            statement.setQueryTimeout(0);
            var sleeping = CompletableFuture.supplyAsync(() -> {
                try {
                    return statement.execute("SELECT pg_sleep(30)");
                } catch (SQLException error) {
                    return error.getSQLState();
                }
            });
            Checks.eventually(() -> !database.rows("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'").isEmpty());
            statement.cancel();
            Checks.equal(sleeping.get(), "57014");
            statement.execute("SET statement_timeout = 50");
            Checks.fails("canceling statement due to statement timeout", () -> statement.execute("SELECT pg_sleep(30)"));
        }
    }

    static void errors(Connection connection) throws Exception {
        try {
            rows(connection, "DO $$BEGIN RAISE EXCEPTION 'boom %', 1 USING errcode = 'P0042', detail = 'd', hint = 'h', column = 'c', constraint = 'k', table = 't', schema = 's'; END$$");
            throw new AssertionError("no error");
        } catch (PSQLException error) {
            var told = error.getServerErrorMessage();
            Checks.equal(String.join("|", told.getSQLState(), told.getMessage(), told.getDetail(), told.getHint(), told.getColumn(), told.getConstraint(), told.getTable(), told.getSchema(), told.getWhere()),
                "P0042|boom 1|d|h|c|k|t|s|PL/pgSQL function inline_code_block line 1 at RAISE");
        }
        try {
            rows(connection, "SELECT nope FROM parent");
            throw new AssertionError("no error");
        } catch (PSQLException error) {
            Checks.equal(error.getSQLState() + error.getServerErrorMessage().getPosition(), "427038");
        }
    }

    static void broken(Connection connection) throws Exception {
        Checks.fails("invalid byte sequence for encoding \"UTF8\": 0x00", () -> rows(connection, "SELECT ?", "a\u0000b"));
        Checks.equal(rows(connection, "SELECT 1"), List.of("1"));
    }

    static String columns(ResultSet result, String... names) throws SQLException {
        List<String> rows = new ArrayList<>();
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (String name : names) row.add(String.valueOf(result.getString(name)));
            rows.add(String.join(" ", row));
        }
        return String.join("; ", rows);
    }

    static void tables(Connection connection) throws Exception {
        DatabaseMetaData meta = connection.getMetaData();
        Checks.equal(columns(meta.getTables(null, "public", "%", new String[] {"TABLE", "VIEW", "SEQUENCE"}), "TABLE_NAME", "TABLE_TYPE"),
            "child_id_seq SEQUENCE; parent_id_seq SEQUENCE; child TABLE; parent TABLE; joined VIEW");
        Checks.equal(columns(meta.getColumns(null, "public", "parent", "%"), "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "NULLABLE", "IS_AUTOINCREMENT", "REMARKS"),
            "id 4 serial 10 0 0 YES null; code 12 varchar 10 0 0 NO a code; amount 2 numeric 12 3 1 NO null; mood 12 mood 2147483647 0 1 NO null");
        Checks.equal(columns(meta.getColumns(null, "public", "child", "%"), "COLUMN_NAME", "IS_AUTOINCREMENT", "IS_GENERATEDCOLUMN", "COLUMN_DEF"),
            "id YES NO null; parent_id NO NO null; name NO NO null; double NO YES (parent_id * 2)");
        Checks.equal(meta.getSQLKeywords().contains("ilike"), true);
        Checks.equal(columns(meta.getSchemas(), "TABLE_SCHEM"), "information_schema; pg_catalog; public");
        try (var select = connection.prepareStatement("SELECT id, amount, code FROM parent")) {
            var result = select.getMetaData();
            Checks.equal(result.isAutoIncrement(1) + " " + result.getTableName(2) + " " + result.getPrecision(2) + " " + result.getScale(2) + " " + result.isNullable(3), "true parent 12 3 0");
        }
    }

    static void metadata(Connection connection) throws Exception {
        DatabaseMetaData meta = connection.getMetaData();
        Checks.equal(columns(meta.getPrimaryKeys(null, "public", "child"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"), "id 1 child_pkey; parent_id 2 child_pkey");
        Checks.equal(columns(meta.getImportedKeys(null, "public", "child"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "UPDATE_RULE", "DELETE_RULE", "FK_NAME", "PK_NAME", "DEFERRABILITY"),
            "parent id parent_id 3 0 fk_parent parent_pkey 5");
        Checks.equal(columns(meta.getExportedKeys(null, "public", "parent"), "FKTABLE_NAME", "FK_NAME"), "child fk_parent");
        Checks.equal(columns(meta.getIndexInfo(null, "public", "child", false, true), "INDEX_NAME", "COLUMN_NAME", "ASC_OR_DESC", "NON_UNIQUE", "FILTER_CONDITION"),
            "child_pkey id A f null; child_pkey parent_id A f null; child_name lower(name) A t (name IS NOT NULL); child_name parent_id D t (name IS NOT NULL)");
        Checks.equal(columns(meta.getFunctions(null, "public", "out%"), "FUNCTION_NAME", "FUNCTION_TYPE"), "outs 1");
        Checks.equal(columns(meta.getFunctionColumns(null, "public", "outs", "%"), "COLUMN_NAME", "COLUMN_TYPE", "TYPE_NAME"), "a 1 int4; b 3 text; c 2 int4");
        Checks.equal(columns(meta.getProcedures(null, "public", "%"), "PROCEDURE_NAME", "PROCEDURE_TYPE"), "proc 2");
    }

    static void large(Connection connection) throws Exception {
        byte[] bytes = new byte[3_000_000];
        Arrays.fill(bytes, (byte) 7);
        execute(connection, "CREATE TEMP TABLE l (b bytea, t text)");
        try (var insert = connection.prepareStatement("INSERT INTO l VALUES (?, ?)")) {
            insert.setBinaryStream(1, new ByteArrayInputStream(bytes), bytes.length);
            insert.setCharacterStream(2, new StringReader("y".repeat(2_000_000)));
            insert.executeUpdate();
        }
        Checks.equal(rows(connection, "SELECT length(b), length(t) FROM l"), List.of("3000000|2000000"));
        Object[] many = new Object[65535];
        Arrays.fill(many, "v");
        Checks.equal(rows(connection, "SELECT cardinality(ARRAY[?" + ", ?".repeat(many.length - 1) + "])", many), List.of("65535"));
    }

    static void pool() throws Exception {
        try (var pool = new HikariDataSource()) {
            pool.setJdbcUrl(database.url());
            pool.setUsername(Database.USER);
            pool.setMaximumPoolSize(4);
            pool.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
            pool.setSchema("pg_catalog");
            var work = new ArrayList<CompletableFuture<String>>();
            for (int i = 0; i < 40; i++)
                work.add(CompletableFuture.supplyAsync(() -> {
                    try (Connection connection = pool.getConnection()) {
                        return rows(connection, "SELECT current_schema, current_setting('transaction_isolation')").get(0);
                    } catch (SQLException error) {
                        return error.toString();
                    }
                }));
            for (var one : work) Checks.equal(one.get(), "pg_catalog|repeatable read");
            database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'jdbc_checks'");
            Checks.eventually(() -> {
                try (Connection connection = pool.getConnection()) {
                    return rows(connection, "SELECT 1").equals(List.of("1"));
                } catch (SQLException ended) {
                    return false;
                }
            });
        }
    }

    static void spring() throws Exception {
        try (var pool = new HikariDataSource()) {
            pool.setJdbcUrl(database.url());
            pool.setUsername(Database.USER);
            var template = new JdbcTemplate(pool);
            Number id = new SimpleJdbcInsert(pool).withTableName("parent").usingColumns("code", "amount").usingGeneratedKeyColumns("id")
                .executeAndReturnKey(Map.of("code", "spring", "amount", 5));
            Checks.equal(template.queryForObject("SELECT code FROM parent WHERE id = ?", String.class, id), "spring");
            Checks.equal(new SimpleJdbcCall(pool).withFunctionName("add").executeFunction(Integer.class, Map.of("a", 2, "b", 3)), 5);
            try {
                template.update("INSERT INTO parent (code) VALUES ('spring')");
                throw new AssertionError("no error");
            } catch (org.springframework.dao.DuplicateKeyException expected) {
                Checks.equal(template.queryForList("SELECT code FROM parent WHERE code LIKE 'spr%'", String.class), List.of("spring"));
            }
            new TransactionTemplate(new DataSourceTransactionManager(pool)).execute(status -> {
                template.update("DELETE FROM parent");
                status.setRollbackOnly();
                return null;
            });
            Checks.equal(template.queryForObject("SELECT count(*) > 0 FROM parent", Boolean.class), true);
        }
    }
}
