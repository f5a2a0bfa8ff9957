import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.util.*;

/** Connector/J of MariaDB, with parameters in the text or in prepared statements, which is which by DB_MODE. */
public class Jdbc {
  interface Work {
    Object run() throws Exception;
  }

  static final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  static String env(String name) {
    return System.getenv(name);
  }

  static String json(Object value) {
    if (value == null) return "null";
    if (value instanceof Boolean || value instanceof Number) return value.toString();
    if (value instanceof List<?> list) return "[" + String.join(",", list.stream().map(Jdbc::json).toList()) + "]";
    StringBuilder text = new StringBuilder("\"");
    for (char each : value.toString().toCharArray()) {
      if (each == '"' || each == '\\') text.append('\\').append(each);
      else if (each < ' ') text.append(String.format("\\u%04x", (int) each));
      else text.append(each);
    }
    return text.append('"').toString();
  }

  static void check(String name, Work work) {
    String line;
    try {
      line = "\"result\":" + json(work.run());
    } catch (SQLException error) {
      line = "\"error\":" + json(List.of("" + error.getErrorCode(), error.getMessage()));
    } catch (Exception error) {
      line = "\"error\":" + json(List.of(error.toString()));
    }
    out.println("{\"check\":" + json(name) + "," + line + "}");
  }

  static Connection connect() throws SQLException {
    String url = "jdbc:mariadb://" + env("DB_HOST") + ":" + env("DB_PORT") + "/" + env("DB_NAME");
    Properties options = new Properties();
    options.setProperty("user", env("DB_USER"));
    options.setProperty("password", env("DB_PASSWORD"));
    options.setProperty("allowMultiQueries", "true");
    options.setProperty("allowPublicKeyRetrieval", "true");
    options.setProperty("useServerPrepStmts", env("DB_MODE").equals("binary") ? "true" : "false");
    options.setProperty("sslMode", env("DB_CA").isEmpty() ? "disable" : "verify-full");
    if (!env("DB_CA").isEmpty()) options.setProperty("serverSslCert", env("DB_CA"));
    return DriverManager.getConnection(url, options);
  }

  static List<Object> read(ResultSet result) throws SQLException {
    List<Object> all = new ArrayList<>();
    int columns = result.getMetaData().getColumnCount();
    while (result.next()) {
      List<Object> row = new ArrayList<>();
      for (int i = 1; i <= columns; i++) row.add(result.getString(i));
      all.add(row);
    }
    return all;
  }

  static List<Object> rows(Connection link, String sql, Object... parameters) throws SQLException {
    try (PreparedStatement statement = link.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) statement.setObject(i + 1, parameters[i]);
      return statement.execute() ? read(statement.getResultSet()) : List.of();
    }
  }

  @SuppressWarnings("unchecked")
  static List<Object> row(Connection link, String sql, Object... parameters) throws SQLException {
    return (List<Object>) rows(link, sql, parameters).get(0);
  }

  static Object value(Connection link, String sql, Object... parameters) throws SQLException {
    return row(link, sql, parameters).get(0);
  }

  static int count(Connection link) throws SQLException {
    return Integer.parseInt((String) value(link, "SELECT COUNT(*) FROM things"));
  }

  static void run(Connection link, String sql) throws SQLException {
    try (Statement statement = link.createStatement()) {
      statement.execute(sql);
    }
  }

  static List<Object> results(Connection link, String sql) throws SQLException {
    List<Object> all = new ArrayList<>();
    try (Statement statement = link.createStatement()) {
      boolean isRows = statement.execute(sql);
      while (isRows || statement.getUpdateCount() != -1) {
        if (isRows) all.add(read(statement.getResultSet()));
        isRows = statement.getMoreResults();
      }
    }
    return all;
  }

  static Connection first;
  static Connection second;

  public static void main(String[] arguments) throws Exception {
    Driver driver = DriverManager.getDriver("jdbc:mariadb://");
    String version = driver.getMajorVersion() + "." + driver.getMinorVersion();
    out.println("{\"client\":" + json("MariaDB Connector/J " + version + ", Java " + Runtime.version().feature()) + "}");
    first = connect();
    second = connect();
    values();
    transactions();
    session();
    rest();
    first.close();
    second.close();
  }

  static void values() {
    check("version", () -> value(first, "SELECT VERSION()"));
    check("select", () -> value(first, "SELECT 1"));
    check("prepared", () -> {
      List<Object> answers = new ArrayList<>();
      try (PreparedStatement statement = first.prepareStatement("SELECT ?, ?, ?")) {
        for (Object[] parameters : new Object[][] {{"it's ☕ \"\\ ü", 42, null}, {"again", 7, "x"}}) {
          for (int i = 0; i < 3; i++) statement.setObject(i + 1, parameters[i]);
          answers.add(read(statement.executeQuery()).get(0));
        }
      }
      return answers;
    });
    check("blob", () -> {
      byte[] bytes = {0, 1, '\'', '\\', (byte) 0xff};
      rows(first, "INSERT INTO things (name, data) VALUES ('blob', ?)", (Object) bytes);
      return value(first, "SELECT HEX(data) FROM things WHERE name = 'blob'");
    });
    check("batch", () -> {
      try (PreparedStatement statement = first.prepareStatement("INSERT INTO things (name) VALUES (?)")) {
        for (String name : List.of("batch 1", "batch 2", "batch 3")) {
          statement.setString(1, name);
          statement.addBatch();
        }
        statement.executeBatch();
      }
      return value(first, "SELECT COUNT(*) FROM things WHERE name LIKE 'batch%'");
    });
    check("insert id", () -> {
      try (Statement statement = first.createStatement()) {
        statement.execute("INSERT INTO things (name) VALUES ('id')", Statement.RETURN_GENERATED_KEYS);
        String id = (String) ((List<?>) read(statement.getGeneratedKeys()).get(0)).get(0);
        return List.of(Integer.parseInt(id) > 0, value(first, "SELECT LAST_INSERT_ID()").equals(id));
      }
    });
    check("affected", () -> {
      try (Statement statement = first.createStatement()) {
        String sql = "UPDATE things SET data = 'a' WHERE name = 'id'";
        return List.of(statement.executeUpdate(sql), statement.executeUpdate(sql));
      }
    });
    check("big value", () -> "" + ((String) value(first, "SELECT REPEAT('x', 1048576)")).length());
    check("big rows", () -> {
      List<Object> all = rows(first, "SELECT n, filling FROM numbers ORDER BY n");
      long bytes = all.stream().mapToLong(row -> ((String) ((List<?>) row).get(1)).length()).sum();
      return List.of("" + all.size(), "" + bytes);
    });
    check("streamed rows", () -> {
      try (Statement statement = first.createStatement()) {
        statement.setFetchSize(100);
        return "" + read(statement.executeQuery("SELECT n FROM numbers ORDER BY n")).size();
      }
    });
    check("big parameter", () -> value(first, "SELECT LENGTH(?)", "y".repeat(1048576)));
  }

  static void transactions() {
    check("rollback", () -> {
      int before = count(first);
      first.setAutoCommit(false);
      run(first, "INSERT INTO things (name) VALUES ('rolled back')");
      int inside = count(first) - before;
      first.rollback();
      first.setAutoCommit(true);
      return List.of("" + inside, "" + (count(first) - before));
    });
    check("savepoint", () -> {
      int before = count(first);
      first.setAutoCommit(false);
      run(first, "INSERT INTO things (name) VALUES ('kept')");
      Savepoint savepoint = first.setSavepoint();
      run(first, "INSERT INTO things (name) VALUES ('not kept')");
      first.rollback(savepoint);
      first.commit();
      first.setAutoCommit(true);
      return "" + (count(first) - before);
    });
    check("isolation", () -> {
      int usual = first.getTransactionIsolation();
      first.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      int set = first.getTransactionIsolation();
      first.setTransactionIsolation(usual);
      return List.of(usual, set);
    });
    check("read only", () -> {
      first.setReadOnly(true);
      first.setReadOnly(false);
      return first.isReadOnly();
    });
    check("two connections", () -> {
      int before = count(second);
      first.setAutoCommit(false);
      run(first, "INSERT INTO things (name) VALUES ('seen')");
      int inside = count(second) - before;
      first.commit();
      first.setAutoCommit(true);
      return List.of("" + inside, "" + (count(second) - before));
    });
  }

  static void session() {
    check("session", () -> {
      run(first, "SET NAMES utf8mb4 COLLATE utf8mb4_bin");
      run(first, "SET time_zone = '+05:00'");
      run(first, "SET SESSION sql_mode = 'STRICT_ALL_TABLES,PIPES_AS_CONCAT'");
      String sql = "SELECT @@character_set_client, @@collation_connection, @@time_zone, @@sql_mode, 'a' || 'b'";
      return row(first, sql);
    });
    check("user variable", () -> {
      run(first, "SET @a = 'x', @b = 5");
      return row(first, "SELECT @a, @b");
    });
    check("use", () -> {
      first.setCatalog(env("DB_OTHER"));
      boolean other = env("DB_OTHER").equals(value(first, "SELECT DATABASE()"));
      run(first, "USE " + env("DB_NAME"));
      return List.of(other, env("DB_NAME").equals(value(first, "SELECT DATABASE()")));
    });
    check("temporary table", () -> {
      run(first, "CREATE TEMPORARY TABLE mine (a INT)");
      run(first, "INSERT INTO mine VALUES (1), (2)");
      return value(first, "SELECT SUM(a) FROM mine");
    });
  }

  static void rest() {
    check("call", () -> results(first, "CALL two()"));
    check("several", () -> results(first, "SELECT 1; DO 1; SELECT 2"));
    check("duplicate", () -> {
      try {
        run(first, "INSERT INTO things (name) VALUES ('id')");
        return null;
      } catch (SQLException error) {
        String message = error.getMessage().replaceFirst("^\\(conn=\\d+\\) ", "");
        return List.of("" + error.getErrorCode(), message, error.getSQLState());
      }
    });
    check("warnings", () -> {
      try (Statement statement = first.createStatement()) {
        statement.executeQuery("SELECT CAST('abc' AS SIGNED)");
        return "" + statement.getWarnings().getErrorCode();
      }
    });
    check("lock", () -> {
      String name = env("DB_NAME");
      return List.of(
          value(first, "SELECT GET_LOCK(?, 0)", name),
          value(second, "SELECT GET_LOCK(?, 0)", name),
          value(first, "SELECT RELEASE_LOCK(?)", name));
    });
    check("ping", () -> first.isValid(5));
    // MySQL ends its SLEEP without an error.
    check("query timeout", () -> {
      long began = System.nanoTime();
      try (Statement statement = first.createStatement()) {
        statement.setQueryTimeout(1);
        statement.executeQuery("SELECT SLEEP(30)");
      } catch (SQLException error) {
        // As on MariaDB.
      }
      return System.nanoTime() - began < 15_000_000_000L ? "stopped" : "ran to its end";
    });
    check("reconnect", () -> {
      first.close();
      first = connect();
      return row(first, "SELECT @a, @@time_zone");
    });
  }
}
