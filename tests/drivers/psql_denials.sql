-- A refusal is an error like any other: the session goes on and knows its state.
:denied;
select 'goes on';
begin;
update accounts set balance = 77 where id = 11;
:denied;
select 1;
commit;
select balance from accounts where id = 11;
begin;
savepoint a;
:denied;
select 1;
rollback to a;
select 'after the savepoint';
commit;
\set ON_ERROR_ROLLBACK on
begin;
:denied;
select 'psql set a savepoint of its own';
commit;
select 1 \gdesc
:denied \gdesc
select 'the end';
