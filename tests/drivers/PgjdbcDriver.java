// pgjdbc: extended protocol with unnamed statements first and named, binary ones after five uses;
// batches, portals read by pieces, COPY, cancel. Run as a single source file: no build step.
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.net.URI;
import java.security.MessageDigest;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

class PgjdbcDriver {
  interface Body { void run() throws Exception; }

  static final String DENIED = System.getenv().getOrDefault("DENIED", "drop table orders");

  static Connection connection;

  static void step(String name) { System.out.println("== " + name); }

  static void saw(Object... things) {
    System.out.println("   " + String.join(" ", Arrays.stream(things).map(String::valueOf).toList()));
  }

  static void attempt(Body body) throws Exception {
    try {
      body.run();
    } catch (PSQLException error) {
      failed(error);
    } catch (BatchUpdateException error) {
      saw("batch", Arrays.toString(error.getUpdateCounts()));
      if (error.getNextException() instanceof PSQLException next) failed(next);
    }
  }

  static void failed(PSQLException error) {
    var said = error.getServerErrorMessage();
    saw(error.getSQLState(), said == null ? error.getMessage() : said.getSeverity() + " " + said.getMessage(),
        said == null ? "" : said.getHint());
  }

  static void run(String statement) throws Exception {
    attempt(() -> {
      try (Statement plain = connection.createStatement()) {
        boolean rows = plain.execute(statement);
        while (rows || plain.getUpdateCount() != -1) {
          if (rows) rows(plain.getResultSet()); else saw("count", plain.getUpdateCount());
          rows = plain.getMoreResults();
        }
        for (SQLWarning warning = plain.getWarnings(); warning != null; warning = warning.getNextWarning()) {
          saw("warning", warning.getSQLState(), warning.getMessage());
        }
      }
    });
  }

  static void rows(ResultSet result) throws SQLException {
    int columns = result.getMetaData().getColumnCount();
    while (result.next()) {
      Object[] row = new Object[columns];
      for (int i = 0; i < columns; ++i) {
        Object value = result.getObject(i + 1);
        row[i] = value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : value;
      }
      saw(row);
    }
  }

  static Connection connect(String dsn) throws Exception {
    URI uri = new URI(dsn);
    Properties properties = new Properties();
    String[] who = uri.getUserInfo().split(":");
    properties.setProperty("user", who[0]);
    properties.setProperty("password", who.length > 1 ? who[1] : "");
    properties.setProperty("ApplicationName", "drivers");
    properties.setProperty("currentSchema", "public");
    properties.setProperty("options", "-c statement_timeout=60s");
    String query = uri.getQuery() == null ? "" : "?" + uri.getQuery();
    String where = uri.getHost() + ":" + uri.getPort() + uri.getPath();
    return DriverManager.getConnection("jdbc:postgresql://" + where + query, properties);
  }

  static void values() throws Exception {
    step("startup parameters");
    for (String name : List.of("application_name", "search_path", "statement_timeout")) run("show " + name);
    step("types");
    run("select 1::int2, -2::int4, 3000000000::int8, 1.50::numeric, 'NaN'::float8, true, 'text ä', "
        + "'\\x00ff'::bytea, '2024-02-29'::date, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, "
        + "array[1, null, 3], null::text");
    step("parameters, seven times: from the sixth on it is a named statement with binary values");
    String all = "select ? + 1, ? || 'b', ?::bytea, ?::numeric, ?::text";
    try (PreparedStatement prepared = connection.prepareStatement(all)) {
      for (int i = 0; i < 7; ++i) {
        prepared.setInt(1, i);
        prepared.setString(2, "a'\\;--");
        prepared.setBytes(3, new byte[] {0, (byte) 0xff});
        prepared.setBigDecimal(4, new BigDecimal("1.50"));
        prepared.setNull(5, Types.VARCHAR);
        attempt(() -> rows(prepared.executeQuery()));
      }
    }
    step("many in one");
    run("select 1; select 'two'; create temp table many (x int); insert into many values (1), (2); select 3");
    step("a batch");
    batch("insert into many values (?)", 10, 20, 30);
    run("create temp table once (x int primary key)");
    batch("insert into once values (?)", 1, 2, 1, 3);
    run("select count(*) from once");
  }

  static void batch(String statement, int... numbers) throws Exception {
    try (PreparedStatement prepared = connection.prepareStatement(statement)) {
      for (int number : numbers) {
        prepared.setInt(1, number);
        prepared.addBatch();
      }
      attempt(() -> saw(Arrays.toString(prepared.executeBatch())));
    }
  }

  static void errors() throws Exception {
    step("errors");
    run("selec 1");
    run("insert into accounts values (1, 'again')");
    run("select 1 / 0");
    run("select 'still here'");
    run("create temp table if not exists once (x int)");
    step("errors in a transaction");
    connection.setAutoCommit(false);
    run("select * from missing");
    run("select 1");
    connection.rollback();
    step("savepoints");
    run("select 'the transaction'");
    Savepoint before = connection.setSavepoint("a");
    run("select 1 / 0");
    connection.rollback(before);
    run("select 'after the savepoint'");
    connection.commit();
    step("a portal read by pieces");
    String query = "select id from accounts where id <= ? order by id";
    try (PreparedStatement prepared = connection.prepareStatement(query)) {
      prepared.setFetchSize(3);
      prepared.setInt(1, 8);
      rows(prepared.executeQuery());
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  static void streams() throws Exception {
    step("copy");
    run("create temp table copied (id int, note text)");
    var copy = connection.unwrap(PGConnection.class).getCopyAPI();
    var lines = new StringReader("1,\"a,b\"\n2,\n");
    attempt(() -> saw(copy.copyIn("copy copied from stdin with (format csv)", lines)));
    StringWriter out = new StringWriter();
    attempt(() -> saw(copy.copyOut("copy copied to stdout", out)));
    saw(out);
    attempt(() -> saw(copy.copyIn("copy copied from stdin", new StringReader("x\ty\n"))));
    step("large result");
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    long count = 0;
    connection.setAutoCommit(false);
    try (Statement plain = connection.createStatement()) {
      plain.setFetchSize(500);
      String query = "select repeat(md5(i::text), 32) from generate_series(1, 50000) i";
      ResultSet result = plain.executeQuery(query);
      for (; result.next(); ++count) digest.update(result.getBytes(1));
    }
    connection.setAutoCommit(true);
    saw(count, HexFormat.of().formatHex(digest.digest(), 0, 8));
    step("listen and notify");
    run("listen channel");
    run("notify channel, 'a payload'");
    var listener = connection.unwrap(PGConnection.class);
    var notes = listener.getNotifications();
    for (var note : notes.length > 0 ? notes : listener.getNotifications(10000)) {
      saw(note.getName(), note.getParameter());
    }
  }

  static void cancelled() throws Exception {
    step("cancel");
    try (Statement slow = connection.createStatement()) {
      slow.setQueryTimeout(1);
      attempt(() -> rows(slow.executeQuery("select pg_sleep(30)")));
    }
    run("select 'after the cancel'");
  }

  static void denials() throws Exception {
    step("a denied statement");
    run(DENIED);
    run("select 'goes on'");
    step("a statement prepared before a denial lives on");
    try (PreparedStatement prepared = connection.prepareStatement("select ? + 1")) {
      for (int i = 0; i < 7; ++i) {
        prepared.setInt(1, i);
        attempt(() -> rows(prepared.executeQuery()));
        if (i % 3 == 0) run(DENIED);
      }
    }
    step("a denial inside a transaction");
    connection.setAutoCommit(false);
    run("update accounts set balance = 55 where id = 13");
    run(DENIED);
    run("select 1");
    connection.rollback();
    run("select balance from accounts where id = 13");
    connection.commit();
    connection.setAutoCommit(true);
    step("a denial in a batch");
    try (Statement plain = connection.createStatement()) {
      plain.addBatch("update accounts set balance = balance where id = 13");
      plain.addBatch(DENIED);
      plain.addBatch("update accounts set balance = balance where id = 13");
      attempt(() -> saw(Arrays.toString(plain.executeBatch())));
    }
    run("select 'the end'");
  }

  public static void main(String[] arguments) throws Exception {
    connection = connect(arguments[0]);
    if (arguments[1].equals("denials")) {
      denials();
    } else {
      values();
      errors();
      streams();
      cancelled();
    }
    connection.close();
  }
}
