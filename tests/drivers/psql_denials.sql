-- A refusal is an error like any other: the session goes on and knows its state.
drop table orders;
select 'goes on';
begin;
update accounts set balance = 77 where id = 11;
drop table orders;
select 1;
commit;
select balance from accounts where id = 11;
select 1\; drop table orders\; select 2;
begin;
savepoint a;
drop table orders;
rollback to a;
select 'after the savepoint';
rollback;
prepare gone as drop table orders;
explain analyze delete from orders where id = 1;
select 'the end';
