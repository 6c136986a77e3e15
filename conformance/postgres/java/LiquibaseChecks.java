import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.UpdateSummaryOutputEnum;
import liquibase.database.DatabaseFactory;
import liquibase.database.jvm.JdbcConnection;
import liquibase.diff.DiffGeneratorFactory;
import liquibase.diff.DiffResult;
import liquibase.diff.compare.CompareControl;
import liquibase.diff.output.DiffOutputControl;
import liquibase.diff.output.changelog.DiffToChangeLog;
import liquibase.resource.DirectoryResourceAccessor;
import liquibase.structure.DatabaseObject;
import liquibase.structure.core.Catalog;

/** Liquibase: updates, rollbacks, the change log generated from a live schema, and diffs. */
public class LiquibaseChecks {
    static final String LOG = """
        databaseChangeLog:
        - changeSet:
            id: 1
            author: a
            changes:
            - createSequence: {sequenceName: numbers, startValue: 100, incrementBy: 5}
            - createTable:
                tableName: customer
                remarks: who pays
                columns:
                - column: {name: id, type: bigint, autoIncrement: true, constraints: {primaryKey: true, nullable: false}}
                - column: {name: name, type: varchar(40), remarks: full, constraints: {nullable: false, unique: true, uniqueConstraintName: uq_name}}
                - column: {name: balance, type: 'numeric(12, 2)', defaultValueNumeric: 0}
                - column: {name: active, type: boolean, defaultValueBoolean: true}
                - column: {name: at, type: timestamp with time zone, defaultValueComputed: now()}
                - column: {name: doc, type: jsonb}
                - column: {name: tags, type: 'text[]'}
        - changeSet:
            id: 2
            author: a
            changes:
            - createTable:
                tableName: invoice
                columns:
                - column: {name: id, type: uuid, defaultValueComputed: gen_random_uuid(), constraints: {primaryKey: true}}
                - column: {name: customer, type: bigint, constraints: {nullable: false}}
            - addForeignKeyConstraint: {constraintName: fk_customer, baseTableName: invoice, baseColumnNames: customer,
                referencedTableName: customer, referencedColumnNames: id, onDelete: CASCADE, deferrable: true, initiallyDeferred: true}
            - createIndex: {indexName: ix_customer, tableName: invoice, columns: [{column: {name: customer}}]}
            - createView: {viewName: payers, selectQuery: 'SELECT id, balance FROM customer'}
            - insert: {tableName: customer, columns: [{column: {name: name, value: ann}}]}
        - changeSet:
            id: 3
            author: a
            changes:
            - addColumn: {tableName: invoice, columns: [{column: {name: note, type: text}}]}
            - renameColumn: {tableName: invoice, oldColumnName: note, newColumnName: remark}
            - modifyDataType: {tableName: customer, columnName: name, newDataType: varchar(80)}
            - addUniqueConstraint: {tableName: invoice, columnNames: 'customer, remark', constraintName: uq_remark}
            - dropDefaultValue: {tableName: customer, columnName: active}
        - changeSet:
            id: 4
            author: a
            preConditions: [{onFail: MARK_RAN}, {not: [{tableExists: {tableName: customer}}]}]
            changes: [{createTable: {tableName: never, columns: [{column: {name: a, type: int}}]}}]
        """;
    static Database first, second;
    static Path folder;

    public static void main(String[] args) throws Exception {
        Logger.getLogger("liquibase").setLevel(Level.OFF);
        first = new Database("liquibase_checks");
        second = new Database("liquibase_second");
        folder = Files.createTempDirectory("liquibase");
        Files.writeString(folder.resolve("log.yaml"), LOG);
        Checks.check("update makes the schema", () -> update(first, "log.yaml"));
        Checks.check("what was made", LiquibaseChecks::made);
        Checks.check("a second update, status and SQL", LiquibaseChecks::again);
        Checks.check("rollback and update again", LiquibaseChecks::rollback);
        Checks.check("the generated change log makes the same schema", LiquibaseChecks::generate);
        Checks.check("diff finds what differs", LiquibaseChecks::diff);
        Checks.check("drop all", LiquibaseChecks::dropAll);
        Checks.close();
    }

    interface Work {
        void run(Liquibase liquibase) throws Exception;
    }

    static void with(Database database, String log, Work work) throws Exception {
        var connection = new JdbcConnection(database.connect(""));
        try (var liquibase = new Liquibase(log, new DirectoryResourceAccessor(folder),
                DatabaseFactory.getInstance().findCorrectDatabaseImplementation(connection))) {
            liquibase.setShowSummaryOutput(UpdateSummaryOutputEnum.LOG);
            work.run(liquibase);
        }
    }

    static void update(Database database, String log) throws Exception {
        with(database, log, liquibase -> liquibase.update(new Contexts(), new LabelExpression()));
    }

    static void made() throws Exception {
        Checks.equal(first.rows("SELECT id, exectype FROM databasechangelog ORDER BY orderexecuted"),
            List.of("1|EXECUTED", "2|EXECUTED", "3|EXECUTED", "4|MARK_RAN"));
        Checks.equal(first.rows("SELECT locked FROM databasechangeloglock"), List.of("f"));
        Checks.equal(first.rows("SELECT column_name, data_type, column_default FROM information_schema.columns"
                + " WHERE table_name = 'customer' ORDER BY ordinal_position"),
            List.of("id|bigint|null", "name|character varying|null", "balance|numeric|0", "active|boolean|null",
                "at|timestamp with time zone|now()", "doc|jsonb|null", "tags|ARRAY|null"));
        Checks.equal(first.rows("SELECT nextval('numbers'), nextval('numbers')"), List.of("100|105"));
    }

    static void again() throws Exception {
        update(first, "log.yaml");
        with(first, "log.yaml", liquibase -> Checks.equal(liquibase.listUnrunChangeSets(new Contexts(), new LabelExpression()).size(), 0));
        with(second, "log.yaml", liquibase -> {
            var sql = new StringWriter();
            liquibase.update(new Contexts(), new LabelExpression(), sql);
            Checks.equal(sql.toString().contains("ALTER TABLE public.invoice ADD CONSTRAINT fk_customer FOREIGN KEY (customer)"
                + " REFERENCES public.customer (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"), true);
        });
    }

    static void rollback() throws Exception {
        Files.writeString(folder.resolve("short.yaml"), LOG.substring(0, LOG.indexOf("    - insert")) + """
            - changeSet:
                id: 3
                author: a
                changes:
                - addColumn: {tableName: invoice, columns: [{column: {name: note, type: text}}]}
                - renameColumn: {tableName: invoice, oldColumnName: note, newColumnName: remark}
                - addUniqueConstraint: {tableName: invoice, columnNames: 'customer, remark', constraintName: uq_remark}
            """);
        update(second, "short.yaml");
        with(second, "short.yaml", liquibase -> liquibase.rollback(2, "", new Contexts(), new LabelExpression()));
        Checks.equal(second.rows("SELECT relname FROM pg_class WHERE relname IN ('customer', 'invoice', 'payers', 'numbers') ORDER BY 1"),
            List.of("customer", "numbers"));
        with(second, "short.yaml", liquibase -> {
            liquibase.tag("one");
            liquibase.update(new Contexts(), new LabelExpression());
            liquibase.rollback("one", new Contexts(), new LabelExpression());
            liquibase.update(new Contexts(), new LabelExpression());
        });
        Checks.equal(second.rows("SELECT count(*), max(tag) FROM databasechangelog"), List.of("3|one"));
    }

    static DiffResult compare(liquibase.database.Database left, liquibase.database.Database right) throws Exception {
        return DiffGeneratorFactory.getInstance().compare(left, right, CompareControl.STANDARD);
    }

    static String names(Collection<? extends DatabaseObject> objects) {
        return objects.stream().filter(object -> !(object instanceof Catalog)).map(Object::toString).sorted()
            .collect(Collectors.toList()).toString();
    }

    static String changed(DiffResult result) {
        return names(result.getChangedObjects().keySet());
    }

    static void generate() throws Exception {
        with(first, "log.yaml", liquibase -> {
            var diff = compare(liquibase.getDatabase(), null);
            new DiffToChangeLog(diff, new DiffOutputControl(false, false, true, null)).print(folder.resolve("made.xml").toString());
        });
        String made = Files.readString(folder.resolve("made.xml"));
        for (String part : List.of("sequenceName=\"numbers\"", "remarks=\"who pays\"", "type=\"JSONB\"", "type=\"TEXT[]\"",
                "defaultValueComputed=\"now()\"", "viewName=\"payers\"", "constraintName=\"uq_name\"", "initiallyDeferred=\"true\"",
                "indexName=\"ix_customer\"", "autoIncrement=\"true\"", "type=\"numeric(12, 2)\""))
            if (!made.contains(part)) throw new AssertionError("no " + part + " in " + made);
        var third = new Database("liquibase_third");
        update(third, "made.xml");
        with(first, "log.yaml", one -> with(third, "log.yaml", two -> {
            var result = compare(one.getDatabase(), two.getDatabase());
            Checks.equal(names(result.getMissingObjects()) + names(result.getUnexpectedObjects()) + changed(result), "[][][]");
        }));
    }

    static void diff() throws Exception {
        second.execute("ALTER TABLE customer ADD extra int", "DROP VIEW payers", "ALTER TABLE customer ALTER name TYPE text",
            "CREATE TABLE more (a int PRIMARY KEY)");
        with(first, "log.yaml", one -> with(second, "log.yaml", two -> {
            var result = compare(one.getDatabase(), two.getDatabase());
            Checks.equal(names(result.getMissingObjects()), "[payers, public.payers.balance, public.payers.id]");
            Checks.equal(names(result.getUnexpectedObjects()), "[more, more_pkey UNIQUE  ON public.more(a),"
                + " more_pkey on public.more(a), public.customer.extra, public.more.a]");
            Checks.equal(changed(result), "[public.customer.active, public.customer.name]");
        }));
    }

    static void dropAll() throws Exception {
        with(first, "log.yaml", Liquibase::dropAll);
        Checks.equal(first.rows("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"), List.of("0"));
    }
}
