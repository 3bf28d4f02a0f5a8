"""What the Python drivers say; the other languages say the same in their own files."""

import os

TYPES = """select 1::int2, -2::int4, 3000000000::int8, 1.50::numeric, 'NaN'::float8, true, 'text ä'::text,
  '\\x00ff'::bytea, '2024-02-29'::date, '2024-02-29 12:00:00+00'::timestamptz, '1 day 02:00'::interval,
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{"a": [1, null]}'::jsonb, array[1, null, 3], null::text"""
SYNTAX_ERROR = "selec 1"
LARGE = "select repeat(md5(i::text), 32) from generate_series(1, 50000) i"  # 50 MB
SLOW = "select pg_sleep(30)"
TWICE = "create temp table if not exists once (id int)"  # The second time it is answered by a notice.
MANY = "select 1; select 'two', 2; create temp table many (x int); insert into many values (1), (2); select 3"
# What is refused: by the gateway's rule, or by Postgres itself when a test wants to know how that looks.
DENIED = os.environ.get("DENIED", "drop table orders")
