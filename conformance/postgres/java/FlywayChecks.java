import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;

/** Flyway: migrations, repeatable ones, what it knows about a schema, and how it undoes one. */
public class FlywayChecks {
    static Database database;
    static Path folder;

    static Flyway flyway(String... schemas) {
        var configuration = Flyway.configure().dataSource(database.url(), Database.USER, "")
            .locations("filesystem:" + folder).cleanDisabled(false);
        return (schemas.length == 0 ? configuration : configuration.schemas(schemas)).load();
    }

    static void migration(String name, String text) throws Exception {
        Files.writeString(folder.resolve(name + ".sql"), text);
    }

    public static void main(String[] args) throws Exception {
        database = new Database("flyway_checks");
        folder = Files.createTempDirectory("flyway");
        migration("V1__tables", """
            CREATE TYPE state AS ENUM ('new', 'paid');
            CREATE TABLE customer (id bigserial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
            CREATE TABLE "order" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), customer bigint REFERENCES customer,
              state state NOT NULL DEFAULT 'new', lines jsonb);
            COMMENT ON TABLE customer IS 'who; pays';
            INSERT INTO customer (name) VALUES ('ann; bob'), ($$c'd$$);
            """);
        migration("V2__function", """
            CREATE FUNCTION total(l jsonb) RETURNS numeric LANGUAGE plpgsql AS $body$
            DECLARE sum numeric := 0; x record;
            BEGIN
              FOR x IN SELECT (e->>'price')::numeric AS p FROM jsonb_array_elements(l) e LOOP sum := sum + x.p; END LOOP;
              RETURN sum; -- ; not the end
            END $body$;
            CREATE PROCEDURE pay(o uuid) LANGUAGE sql AS 'UPDATE "order" SET state = ''paid'' WHERE id = o';
            CREATE AGGREGATE mul(int) (sfunc = int4mul, stype = int, initcond = '1');
            CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
            CREATE MATERIALIZED VIEW names AS SELECT name FROM customer;
            """);
        migration("V2.1__index", "CREATE INDEX customer_name ON customer (name);");
        migration("R__view", "CREATE OR REPLACE VIEW customers AS SELECT id, name FROM customer;");
        Checks.check("migrates an empty database", FlywayChecks::migrates);
        Checks.check("knows what was applied", FlywayChecks::info);
        Checks.check("a failed migration leaves nothing", FlywayChecks::failure);
        Checks.check("two at once wait for each other", FlywayChecks::together);
        Checks.check("baseline, other schemas, copy from stdin", FlywayChecks::schemas);
        Checks.check("clean drops every kind of object", FlywayChecks::clean);
        Checks.close();
    }

    static void migrates() throws Exception {
        Checks.equal(flyway().migrate().migrationsExecuted, 4);
        Checks.equal(flyway().migrate().migrationsExecuted, 0);
        Checks.equal(database.rows("SELECT name FROM customer ORDER BY id"), List.of("ann; bob", "c'd"));
        Checks.equal(database.rows("SELECT version, description, type, success FROM flyway_schema_history ORDER BY installed_rank"),
            List.of("1|tables|SQL|t", "2|function|SQL|t", "2.1|index|SQL|t", "null|view|SQL|t"));
    }

    static void info() throws Exception {
        Checks.equal(flyway().info().current().getVersion(), MigrationVersion.fromVersion("2.1"));
        Checks.equal(flyway().info().pending().length, 0);
        migration("R__view", "CREATE OR REPLACE VIEW customers AS SELECT id, name, at FROM customer;");
        Checks.equal(flyway().migrate().migrationsExecuted, 1);
        flyway().validate();
        migration("V1__tables", "SELECT 1;");
        Checks.fails("Migration checksum mismatch", () -> { flyway().validate(); return null; });
        flyway().repair();
        flyway().validate();
    }

    static void failure() throws Exception {
        migration("V3__broken", "CREATE TABLE half (a int); SELECT 1/0;");
        Checks.fails("division by zero", () -> flyway().migrate());
        Checks.equal(database.rows("SELECT to_regclass('half')"), List.of("null"));
        migration("V3__broken", "CREATE TABLE half (a int);");
        Checks.equal(flyway().migrate().migrationsExecuted, 1);
    }

    static void together() throws Exception {
        migration("V4__slow", "CREATE TABLE slow (a int); SELECT pg_sleep(0.2);");
        var first = CompletableFuture.supplyAsync(() -> flyway().migrate().migrationsExecuted);
        var second = CompletableFuture.supplyAsync(() -> flyway().migrate().migrationsExecuted);
        Checks.equal(first.get() + second.get(), 1);
    }

    static void schemas() throws Exception {
        database.execute("CREATE SCHEMA old", "CREATE TABLE old.t (a int)");
        Checks.fails("non-empty schema", () -> flyway("old").migrate());
        var other = Flyway.configure().dataSource(database.url(), Database.USER, "").schemas("old")
            .locations("filesystem:" + folder).baselineOnMigrate(true).baselineVersion("4").cleanDisabled(false).load();
        migration("V5__copy", "CREATE TABLE loaded (a int, b text);\nCOPY loaded FROM stdin;\n1\tone\n2\t\\N\n\\.\n");
        migration("R__view", "CREATE OR REPLACE VIEW customers AS SELECT 1 AS one;");
        Checks.equal(other.migrate().migrationsExecuted, 2);
        Checks.equal(database.rows("SELECT a, b FROM old.loaded ORDER BY a"), List.of("1|one", "2|null"));
        other.clean();
        Checks.equal(database.rows("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'old'"), List.of("0"));
    }

    static void clean() throws Exception {
        flyway().clean();
        Checks.equal(database.rows("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), List.of("0"));
        Checks.equal(database.rows("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"), List.of("0"));
        Checks.equal(database.rows("SELECT count(*) FROM pg_type WHERE typnamespace = 'public'::regnamespace"), List.of("0"));
    }
}
