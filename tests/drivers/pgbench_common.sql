-- Clients write rows of their own, so that no run depends on who came first.
\set id 1 + :client_id
\set amount random(1, 100)
begin;
update accounts set balance = balance + :amount where id = :id;
select balance from accounts where id = :id;
insert into orders (account, note) values (:id, 'pgbench');
end;
