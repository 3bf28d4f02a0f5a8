"""A private Postgres in a throwaway folder: TLS on, one user for each way of proving who one is."""

import contextlib
import os
import pathlib
import shutil
import signal
import tempfile

import psycopg2

from harness import certificates, process

PASSWORD = "correct horse"  # Of every user that has one.
DATABASE = "app"

_PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")

# Address, then user, then how; whoever is not named is refused.
_HBA = """
local   all  owner          trust
host    all  owner          127.0.0.1/32  trust
host    all  trust_user     127.0.0.1/32  trust
host    all  password_user  127.0.0.1/32  password
host    all  md5_user       127.0.0.1/32  md5
host    all  scram_user     127.0.0.1/32  scram-sha-256
host    all  app            127.0.0.1/32  scram-sha-256
hostssl all  cert_user      127.0.0.1/32  cert
"""

# fsync is off because the folder is gone in a minute anyway.
_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = '{folder}'
port = {port}
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
ssl_ca_file = '{folder}/ca.crt'
hba_file = '{folder}/pg_hba.conf'
password_encryption = 'scram-sha-256'
max_connections = 200
fsync = off
log_statement = 'all'
log_line_prefix = '%p %u '
timezone = 'UTC'
"""

_SEED = f"""
set password_encryption = 'md5';
create role md5_user login password '{PASSWORD}';
set password_encryption = 'scram-sha-256';
create role scram_user login password '{PASSWORD}';
create role password_user login password '{PASSWORD}';
create role trust_user login;
create role cert_user login;
create table accounts (id int primary key, owner text not null, balance bigint not null default 0);
insert into accounts select i, 'owner ' || i, 0 from generate_series(1, 100) i;
create table orders (id serial primary key, account int references accounts, note text);
insert into orders (account, note) select i % 100 + 1, 'order ' || i from generate_series(1, 1000) i;
grant select, insert, update, delete on all tables in schema public to public;
grant usage on all sequences in schema public to public;
grant create on schema public to public;
-- Who leaks a `drop` really drops it.
alter table orders owner to scram_user;
"""


def _owner():
    """Postgres refuses to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


class Postgres(process.Process):
    # "Fast" shutdown: sessions that tests left open do not hold it up.
    stop_signal = signal.SIGINT

    def __init__(self, settings=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="clawpatrol-postgres-"))
        self.port = process.free_port()
        self.settings = settings
        super().__init__([_PROGRAMS / "postgres", "-D", self.folder / "data"], self.folder / "log",
                         cwd=self.folder, **_owner())

    def __enter__(self):
        try:
            self._prepare()
            super().__enter__()
            self._seed()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *failure):
        if self.child is not None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _prepare(self):
        certificates.make(self.folder)
        (self.folder / "pg_hba.conf").write_text(_HBA)
        if os.geteuid() == 0:
            for path in [self.folder, *self.folder.iterdir()]:
                shutil.chown(path, "postgres", "postgres")
        process.run([_PROGRAMS / "initdb", "-D", self.folder / "data", "-U", "owner", "--auth", "reject",
                     "--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"], cwd=self.folder, **_owner())
        with open(self.folder / "data/postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(_SETTINGS.format(folder=self.folder, port=self.port) + self.settings)

    def _seed(self):
        with contextlib.closing(self.connect(dbname="postgres")) as connection:
            connection.cursor().execute(f"create database {DATABASE}")
        with contextlib.closing(self.connect()) as connection:
            connection.cursor().execute(_SEED)

    def is_ready(self):
        try:
            self.connect(dbname="postgres").close()
            return True
        except psycopg2.OperationalError:
            return False

    def connect(self, user="owner", dbname=DATABASE, **options):
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user=user, dbname=dbname, **options)
        connection.autocommit = True
        return connection

    def dsn(self, user="scram_user", password=PASSWORD):
        return dsn(self.port, user, password)


def dsn(port, user, password):
    return f"postgresql://{user}:{password.replace(' ', '%20')}@127.0.0.1:{port}/{DATABASE}"
