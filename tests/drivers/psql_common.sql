-- What a person at a prompt does, and what psql does by itself for \d and \copy.
\set QUIET on
\encoding
set application_name = 'drivers';
show application_name;
select 1::int2, 1.50::numeric, 'text ä'::text, '\x00ff'::bytea, null::text, array[1, null, 3];
select 1 as a \gdesc
select 'variable' as name \gset
\echo :name
\d accounts
\dt
\df pg_sleep
selec 1;
insert into accounts values (1, 'again');
insert into orders (account, note) values (0, 'no such account');
begin;
select 1 / 0;
select 1;
commit;
begin;
savepoint a;
select * from missing;
rollback to a;
select 'after the savepoint';
rollback;
prepare plus (int, int) as select $1 + $2;
execute plus(1, 2);
execute plus(2, 2);
deallocate plus;
create temp table copied (id int, note text);
create temp table if not exists copied (id int);
copy copied from stdin;
1	a
2	\N
\.
\copy (select * from copied order by id) to stdout with (format csv, header)
copy copied from stdin;
x	y
\.
select count(*) from copied;
select 1\; select 'two'\; select 3;
select 1\; selec 2\; select 3;
\set FETCH_COUNT 3
select id, owner from accounts where id <= 8 order by id;
\set FETCH_COUNT 0
begin;
declare c cursor for select id from accounts order by id;
fetch 2 from c;
move 3 in c;
fetch 1 from c;
close c;
commit;
listen channel;
notify channel, 'a payload';
explain (costs off) select * from accounts where id = 1;
set statement_timeout = '50ms';
select pg_sleep(30);
reset statement_timeout;
select 'the end';
