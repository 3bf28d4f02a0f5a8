// libpq by itself: what no wrapper shows. Pipelines with many statements in flight, errors in the middle
// of them, binary values both ways, rows one by one, cancel from a second connection.
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PGconn* connection;

static void step(const char* name) { printf("== %s\n", name); }

static void saw(const char* format, ...) {
  va_list values;
  va_start(values, format);
  printf("   ");
  vprintf(format, values);
  printf("\n");
  va_end(values);
}

static const char* field(const PGresult* result, int which) {
  const char* text = PQresultErrorField(result, which);
  return text == NULL ? "-" : text;
}

static void saw_values(const PGresult* result, int row) {
  for (int column = 0; column < PQnfields(result); ++column) {
    if (PQgetisnull(result, row, column)) {
      saw("  null");
    } else if (PQfformat(result, column) == 0) {
      saw("  %s", PQgetvalue(result, row, column));
    } else {
      printf("     binary of type %u:", PQftype(result, column));
      for (int i = 0; i < PQgetlength(result, row, column); ++i) {
        printf(" %02x", (unsigned char)PQgetvalue(result, row, column)[i]);
      }
      printf("\n");
    }
  }
}

// Says and frees a result; returns 0 for none.
static int saw_result(PGresult* result) {
  if (result == NULL) {
    saw("-- end of a statement");
    return 0;
  }
  saw("%s %s", PQresStatus(PQresultStatus(result)), PQcmdStatus(result));
  if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
    saw("  %s %s: %s; %s; %s", field(result, PG_DIAG_SEVERITY), field(result, PG_DIAG_SQLSTATE),
        field(result, PG_DIAG_MESSAGE_PRIMARY), field(result, PG_DIAG_MESSAGE_DETAIL),
        field(result, PG_DIAG_MESSAGE_HINT));
  }
  for (int row = 0; row < PQntuples(result); ++row) saw_values(result, row);
  PQclear(result);
  return 1;
}

static void run(const char* statement) { saw_result(PQexec(connection, statement)); }

static void queue(const char* statement, int count, const char* const* values) {
  if (!PQsendQueryParams(connection, statement, count, NULL, values, NULL, NULL, 0)) {
    saw("could not send: %s", PQerrorMessage(connection));
  }
}

// Reads until `syncs` sync points have been answered.
static void drain(int syncs) {
  while (syncs > 0) {
    PGresult* result = PQgetResult(connection);
    const int is_sync = result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    if (result == NULL && PQstatus(connection) != CONNECTION_OK) {
      saw("lost the connection");
      exit(1);
    }
    saw_result(result);
    syncs -= is_sync;
  }
}

static void binary(void) {
  step("binary both ways");
  const char number[4] = {0, 0, 1, 0};
  const char bytes[3] = {0, '\'', (char)0xff};
  const char* values[3] = {number, bytes, NULL};
  const int lengths[3] = {sizeof number, sizeof bytes, 0};
  const int formats[3] = {1, 1, 1};
  saw_result(PQexecParams(connection, "select $1::int4 + 1, $2::bytea, $3::text, 'x'::text", 3, NULL, values,
                          lengths, formats, 1));
  step("described");
  saw_result(PQprepare(connection, "plus", "select $1::int4 + $2 as sum", 0, NULL));
  PGresult* described = PQdescribePrepared(connection, "plus");
  saw("%d parameters, %d columns, first of type %u", PQnparams(described), PQnfields(described),
      PQparamtype(described, 0));
  PQclear(described);
  const char* addends[2] = {"1", "2"};
  for (int i = 0; i < 3; ++i) saw_result(PQexecPrepared(connection, "plus", 2, addends, NULL, NULL, 0));
  saw_result(PQprepare(connection, "plus", "select 1", 0, NULL));
  saw_result(PQexecPrepared(connection, "minus", 0, NULL, NULL, NULL, 0));
}

static void pipeline(const char* bad) {
  const char* id[1] = {"5"};
  PQenterPipelineMode(connection);
  queue("select 'one'", 0, NULL);
  queue("select owner from accounts where id = $1", 1, id);
  queue(bad, 0, NULL);
  queue("select 'never answered'", 0, NULL);
  PQpipelineSync(connection);
  queue("select 'after the sync'", 0, NULL);
  PQpipelineSync(connection);
  drain(2);
  step("an error rolls back its group");
  queue("update accounts set balance = 12345 where id = 5", 0, NULL);
  queue(bad, 0, NULL);
  PQpipelineSync(connection);
  queue("select balance <> 12345 from accounts where id = 5", 0, NULL);
  PQpipelineSync(connection);
  drain(2);
  step("a name that was never prepared");
  PQsendPrepare(connection, "bad", bad, 0, NULL);
  PQsendQueryPrepared(connection, "bad", 0, NULL, NULL, NULL, 0);
  PQpipelineSync(connection);
  PQsendQueryPrepared(connection, "bad", 0, NULL, NULL, NULL, 0);
  PQpipelineSync(connection);
  PQsendPrepare(connection, "bad", "select 'the name is free'", 0, NULL);
  PQsendQueryPrepared(connection, "bad", 0, NULL, NULL, NULL, 0);
  PQpipelineSync(connection);
  drain(3);
  step("a transaction over several groups");
  queue("begin", 0, NULL);
  PQpipelineSync(connection);
  queue(bad, 0, NULL);
  PQpipelineSync(connection);
  queue("select 'aborted'", 0, NULL);
  PQpipelineSync(connection);
  queue("rollback", 0, NULL);
  PQpipelineSync(connection);
  queue("select 'healthy'", 0, NULL);
  PQpipelineSync(connection);
  drain(5);
  saw("left the pipeline: %d, transaction status %d", PQexitPipelineMode(connection),
      PQtransactionStatus(connection));
}

// Far more than a socket buffer holds either way, so that whoever stops reading while it writes is stuck.
static void deep_pipeline(void) {
  step("a deep pipeline");
  static char text[8192];
  memset(text, 'x', sizeof text - 1);
  const char* values[1] = {text};
  long bytes = 0;
  int answers = 0;
  PQenterPipelineMode(connection);
  PQsetnonblocking(connection, 1);
  for (int i = 0; i < 1000; ++i) queue("select $1::text", 1, values);
  PQpipelineSync(connection);
  PQsetnonblocking(connection, 0);
  for (int synced = 0; !synced;) {
    PGresult* result = PQgetResult(connection);
    if (result == NULL && PQstatus(connection) != CONNECTION_OK) exit(1);
    synced = result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    if (result != NULL && PQntuples(result) == 1) {
      bytes += PQgetlength(result, 0, 0);
      ++answers;
    }
    PQclear(result);
  }
  PQexitPipelineMode(connection);
  saw("%d answers, %ld bytes", answers, bytes);
}

static void row_by_row(void) {
  step("rows one by one, then an error among them");
  PQsendQuery(connection, "select 1 / (3 - i) from generate_series(1, 5) i");
  PQsetSingleRowMode(connection);
  while (saw_result(PQgetResult(connection))) {
  }
}

// A request that overtakes its statement finds nothing to cancel, so it waits for the first row.
static void cancel(void) {
  step("cancel");
  char why[256] = "";
  PGcancel* request = PQgetCancel(connection);
  PQsendQuery(connection, "select repeat('x', 1000), case i when 100 then pg_sleep(30)::text end "
                          "from generate_series(1, 100) i");
  PQsetSingleRowMode(connection);
  PGresult* row = PQgetResult(connection);
  saw("cancel sent: %d %s", PQcancel(request, why, sizeof why), why);
  while (row != NULL && PQresultStatus(row) == PGRES_SINGLE_TUPLE) {
    PQclear(row);
    row = PQgetResult(connection);
  }
  PQfreeCancel(request);
  saw_result(row);
  while (saw_result(PQgetResult(connection))) {
  }
  run("select 'after the cancel'");
}

static void copies(void) {
  step("copy");
  run("create temp table copied (id int, note text)");
  saw_result(PQexec(connection, "copy copied from stdin"));
  for (int i = 0; i < 3; ++i) PQputCopyData(connection, "7\tseven\n", 8);
  PQputCopyEnd(connection, NULL);
  while (saw_result(PQgetResult(connection))) {
  }
  step("a copy the client gives up");
  saw_result(PQexec(connection, "copy copied from stdin"));
  PQputCopyData(connection, "8\teight\n", 8);
  PQputCopyEnd(connection, "changed my mind");
  while (saw_result(PQgetResult(connection))) {
  }
  step("copy out");
  saw_result(PQexec(connection, "copy copied to stdout"));
  char* line = NULL;
  while (PQgetCopyData(connection, &line, 0) > 0) {
    saw("  %.*s", (int)strcspn(line, "\n"), line);
    PQfreemem(line);
  }
  while (saw_result(PQgetResult(connection))) {
  }
}

static void quiet(void* unused, const char* message) {
  (void)unused;
  saw("notice: %.*s", (int)strcspn(message, "\n"), message);
}

int main(int count, char** arguments) {
  if (count != 3) return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  connection = PQconnectdb(arguments[1]);
  if (PQstatus(connection) != CONNECTION_OK) {
    saw("no connection: %s", PQerrorMessage(connection));
    return 1;
  }
  PQsetNoticeProcessor(connection, quiet, NULL);
  if (strcmp(arguments[2], "denials") == 0) {
    step("a denial in a pipeline");
    const char* denied = getenv("DENIED");
    pipeline(denied != NULL ? denied : "drop table orders");
  } else {
    binary();
    step("an error in a pipeline");
    pipeline("select 1 / 0");
    deep_pipeline();
    row_by_row();
    copies();
    cancel();
  }
  PQfinish(connection);
  return 0;
}
