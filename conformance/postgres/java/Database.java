import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The server under test, PGPORT, and a database that is a program's own. */
final class Database {
    static final int PORT = Checks.port("PGPORT");
    static final String USER = "postgres";
    final String name;

    /** Makes the database anew. */
    Database(String name) throws SQLException {
        this.name = name;
        try (Connection admin = DriverManager.getConnection(url("postgres"), USER, ""); var statement = admin.createStatement()) {
            statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
            statement.execute("CREATE DATABASE " + name);
        }
    }

    static String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + PORT + "/" + database;
    }

    String url() {
        return url(name);
    }

    /** Options are the driver's, as in a URL: `&amp;autosave=always`. */
    Connection connect(String options) throws SQLException {
        return DriverManager.getConnection(url() + "?user=" + USER + options);
    }

    /** Statements that give nothing. */
    void execute(String... statements) throws SQLException {
        try (Connection connection = connect(""); var statement = connection.createStatement()) {
            for (String sql : statements) statement.execute(sql);
        }
    }

    List<String> rows(String sql) throws SQLException {
        try (Connection connection = connect(""); var statement = connection.createStatement()) {
            return rows(statement.executeQuery(sql));
        }
    }

    /** Each row as its columns' texts, `|` between them. */
    static List<String> rows(ResultSet result) throws SQLException {
        List<String> rows = new ArrayList<>();
        int count = result.getMetaData().getColumnCount();
        while (result.next()) {
            List<String> row = new ArrayList<>();
            for (int i = 1; i <= count; i++) row.add(String.valueOf(result.getString(i)));
            rows.add(String.join("|", row));
        }
        return rows;
    }
}
