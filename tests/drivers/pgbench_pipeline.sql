-- Everything is sent before anything is answered.
\set id 1 + :client_id
\startpipeline
begin;
update accounts set balance = balance + 1 where id = :id;
select balance from accounts where id = :id;
end;
\endpipeline
