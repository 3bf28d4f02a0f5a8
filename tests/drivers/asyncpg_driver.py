"""asyncpg: always the extended protocol, always binary values, statements prepared under names and reused."""

import asyncio
import io
import sys

import asyncpg

import statements
from transcript import Digest, saw, step


async def attempt(call):
    try:
        result = await call
        saw([tuple(row) for row in result] if isinstance(result, list) else result)
    except asyncpg.PostgresError as error:
        saw(type(error).__name__, error.sqlstate, error.message, error.detail, error.hint, error.position)


async def common(dsn):
    settings = {"application_name": "drivers", "search_path": "public"}
    connection = await asyncpg.connect(dsn, server_settings=settings, command_timeout=60)
    await values(connection)
    await errors(connection)
    await copies(connection)
    await large(connection)
    await notifications(connection)
    await cancelled(connection)
    await connection.close()
    await pooled(dsn)


async def values(connection):
    step("startup parameters")
    await attempt(connection.fetch("show application_name"))
    await attempt(connection.fetch("show search_path"))
    step("types")
    await attempt(connection.fetch(statements.TYPES))
    step("parameters")
    await attempt(connection.fetch("select $1::int + 1, $2::text || 'b', $3::text is null, $4::int[]",
                                   1, "a'\\;--", None, [1, None]))
    await attempt(connection.fetch("select $1::bytea, $2::numeric", b"\x00\xff", 1))
    step("prepared")
    statement = await connection.prepare("select $1::int + $2::int as sum")
    saw([parameter.name for parameter in statement.get_parameters()],
        [(column.name, column.type.name) for column in statement.get_attributes()])
    for a in range(3):
        await attempt(statement.fetch(a, 10))
    await attempt(connection.executemany("insert into accounts values ($1, $2) on conflict do nothing",
                                         [(1, "a"), (2, "b"), (3, "c")]))
    step("many in one")
    await attempt(connection.execute(statements.MANY))


async def errors(connection):
    step("errors")
    await attempt(connection.fetch(statements.SYNTAX_ERROR))
    await attempt(connection.fetch("insert into accounts values ($1, $2)", 1, "again"))
    await attempt(connection.fetch("select 1 / $1::int", 0))
    await attempt(connection.fetch("select 'still here'"))
    step("errors in a transaction")
    transaction = connection.transaction()
    await transaction.start()
    await attempt(connection.fetch("select * from missing"))
    await attempt(connection.fetch("select 1"))
    saw("in a transaction", connection.is_in_transaction())
    await transaction.rollback()
    step("savepoints")
    async with connection.transaction():
        inner = connection.transaction()
        await inner.start()
        await attempt(connection.fetch("select 1 / 0"))
        await inner.rollback()
        await attempt(connection.fetch("select 'the outer one lives'"))
    step("a portal read by pieces")
    async with connection.transaction():
        query = "select id from accounts where id <= $1 order by id"
        saw([row["id"] async for row in connection.cursor(query, 8, prefetch=3)])


async def copies(connection):
    step("copy")
    await attempt(connection.execute("create temp table copied (id int, note text)"))
    await attempt(connection.copy_to_table("copied", source=io.BytesIO(b"1\ta\n2\t\\N\n")))
    await attempt(connection.copy_records_to_table("copied", records=[(3, "binary"), (4, None)]))
    out = io.BytesIO()
    await attempt(connection.copy_from_query("select * from copied order by id", output=out))
    saw(out.getvalue())
    await attempt(connection.copy_to_table("copied", source=io.BytesIO(b"x\ty\n")))
    await attempt(connection.fetch("select count(*) from copied"))


async def large(connection):
    step("large result")
    digest = Digest()
    async with connection.transaction():
        async for row in connection.cursor(statements.LARGE, prefetch=1000):
            digest.add(row[0])
    digest.saw()


async def notifications(connection):
    step("listen and notify")
    heard = asyncio.get_running_loop().create_future()
    await connection.add_listener("channel", lambda *note: heard.set_result(note[2:]))
    await attempt(connection.execute("notify channel, 'a payload'"))
    saw(await asyncio.wait_for(heard, 10))


async def cancelled(connection):
    step("cancel")
    try:
        await connection.fetch(statements.SLOW, timeout=0.3)
    except asyncio.TimeoutError:
        saw("timed out")
    await attempt(connection.fetch("select 'after the cancel'"))


async def pooled(dsn):
    step("a pool, which resets what it gives back")
    async with asyncpg.create_pool(dsn, min_size=2, max_size=4) as pool:
        sums = await asyncio.gather(*(pool.fetchval("select $1::int * 2", a) for a in range(20)))
        saw(sums)


async def denials(dsn):
    connection = await asyncpg.connect(dsn)
    step("a denied statement is denied when it is prepared")
    await attempt(connection.prepare(statements.DENIED))
    await attempt(connection.fetch(statements.DENIED))
    await attempt(connection.fetch("select 'goes on'"))
    step("a statement prepared before a denial lives on")
    statement = await connection.prepare("select $1::int + 1")
    await attempt(connection.execute(statements.DENIED))
    await attempt(statement.fetch(1))
    step("a denial inside a transaction")
    transaction = connection.transaction()
    await transaction.start()
    await attempt(connection.fetch(statements.DENIED))
    await attempt(connection.fetch("select 1"))
    saw("in a transaction", connection.is_in_transaction())
    await transaction.rollback()
    await attempt(connection.fetch("select 'rolled back'"))
    await connection.close()


if __name__ == "__main__":
    asyncio.run({"common": common, "denials": denials}[sys.argv[2]](sys.argv[1]))
