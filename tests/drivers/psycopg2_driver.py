"""psycopg2, the most used Python driver: simple queries, client-side parameters, COPY, notifications."""

import io
import select
import sys
import threading

import psycopg2

import statements
from transcript import Digest, saw, step


def attempt(cursor, statement, values=None):
    try:
        cursor.execute(statement, values)
        rows = cursor.fetchall() if cursor.description else []
        saw(cursor.statusmessage, *([plain(value) for value in row] for row in rows))
    except psycopg2.Error as error:
        failed(error)


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def failed(error):
    diagnosis = error.diag
    saw(type(error).__name__, error.pgcode, diagnosis.severity, diagnosis.message_primary,
        diagnosis.message_detail, diagnosis.message_hint, diagnosis.statement_position,
        diagnosis.constraint_name)


def common(dsn):
    connection = psycopg2.connect(dsn, application_name="drivers", client_encoding="UTF8",
                                  options="-c search_path=public,pg_catalog -c statement_timeout=60s")
    connection.autocommit = True
    cursor = connection.cursor()
    startup(connection, cursor)
    values(cursor)
    errors(connection, cursor)
    copies(cursor)
    large(cursor)
    notices(connection, cursor)
    cancelled(connection, cursor)
    connection.close()


def startup(connection, cursor):
    step("startup parameters")
    for name in ("application_name", "client_encoding", "search_path", "statement_timeout", "DateStyle"):
        attempt(cursor, f"show {name}")
    for name in ("server_encoding", "integer_datetimes", "server_version"):
        saw(name, connection.get_parameter_status(name))


def values(cursor):
    step("types")
    attempt(cursor, statements.TYPES)
    saw([column.type_code for column in cursor.description])
    step("parameters")
    attempt(cursor, "select %s + 1, %s || 'b', %s is null, %s", (1, "a'\\;--", None, [1, 2]))
    attempt(cursor, "select %(bytes)s::bytea", {"bytes": psycopg2.Binary(b"\x00\xff")})
    step("prepared")
    attempt(cursor, "prepare plus (int, int) as select $1 + $2")
    for a in range(3):
        attempt(cursor, "execute plus(%s, 10)", (a,))
    attempt(cursor, "deallocate plus")
    attempt(cursor, "execute plus(1, 2)")
    step("many in one")
    attempt(cursor, statements.MANY)
    attempt(cursor, "select 1; selec 2; select 3")
    attempt(cursor, "")


def errors(connection, cursor):
    step("errors")
    attempt(cursor, statements.SYNTAX_ERROR)
    attempt(cursor, "insert into accounts values (1, 'again')")
    attempt(cursor, "select 1 / 0")
    attempt(cursor, "select 'still here'")
    step("errors in a transaction")
    connection.autocommit = False
    attempt(cursor, "update accounts set balance = balance + 5 where id = 7")
    attempt(cursor, "select * from missing")
    attempt(cursor, "select 1")
    saw("status", connection.info.transaction_status)
    connection.rollback()
    attempt(cursor, "select balance from accounts where id = 7")
    step("savepoints")
    attempt(cursor, "savepoint a")
    attempt(cursor, "insert into orders (account, note) values (0, 'no such account')")
    attempt(cursor, "rollback to savepoint a")
    attempt(cursor, "select count(*) from orders where account = 0")
    connection.commit()
    step("a cursor of the server's")
    with connection.cursor("portal") as portal:
        portal.itersize = 3
        portal.execute("select id from accounts where id <= 8 order by id")
        saw(portal.fetchmany(3), portal.fetchmany(3), portal.fetchmany(3))
    connection.rollback()
    connection.autocommit = True


def copies(cursor):
    step("copy")
    attempt(cursor, "create temp table copied (id int, note text)")
    cursor.copy_expert("copy copied from stdin with (format csv)", io.StringIO('1,"a,b"\n2,\n'))
    saw(cursor.rowcount)
    out = io.StringIO()
    cursor.copy_expert("copy (select * from copied order by id) to stdout", out)
    saw(out.getvalue())
    try:
        cursor.copy_expert("copy copied from stdin", io.StringIO("x\ty\n"))
    except psycopg2.Error as error:
        failed(error)
    attempt(cursor, "select count(*) from copied")


def large(cursor):
    step("large result")
    digest = Digest()
    cursor.execute(statements.LARGE)
    for (text,) in cursor:
        digest.add(text)
    digest.saw()


def notices(connection, cursor):
    step("notices")
    for _ in range(2):
        attempt(cursor, statements.TWICE)
    saw(connection.notices)
    step("listen and notify")
    attempt(cursor, "listen channel")
    attempt(cursor, "notify channel, 'a payload'")
    if not connection.notifies:
        select.select([connection], [], [], 10)
        connection.poll()
    saw([(note.channel, note.payload) for note in connection.notifies])


def cancelled(connection, cursor):
    step("cancel")
    timer = threading.Timer(0.3, connection.cancel)
    timer.start()
    attempt(cursor, statements.SLOW)
    timer.join()
    attempt(cursor, "select 'after the cancel'")


def denials(dsn):
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    cursor = connection.cursor()
    step("a denied statement")
    attempt(cursor, statements.DENIED)
    attempt(cursor, "select 'goes on'")
    step("a denial inside a transaction")
    connection.autocommit = False
    attempt(cursor, "update accounts set balance = 1000 where id = 9")
    attempt(cursor, statements.DENIED)
    attempt(cursor, "select 1")
    saw("status", connection.info.transaction_status)
    connection.rollback()
    attempt(cursor, "select balance from accounts where id = 9")
    connection.rollback()
    connection.close()


if __name__ == "__main__":
    {"common": common, "denials": denials}[sys.argv[2]](sys.argv[1])
