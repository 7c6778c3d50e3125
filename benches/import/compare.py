#!/usr/bin/env python3
"""Measures `cardex import` beside what a hotel would use otherwise, in one run.

    compare.py generate DIR [--guests 25000] [--reservations 100000]
    compare.py measure DIR --postgres postgres://user@127.0.0.1:5432 [--program target/release/cardex]

`generate` writes companies.csv, guests.csv and reservations.csv in the layout `cardexgen` of docs/files.md, the same for
the same sizes. `measure` loads the folder four times, each into a database of its own: COPY into a staging table and an
upsert (the floor: nothing is checked), dlt with merge disposition where it can be imported (`pip install dlt[postgres]
pyarrow`), cardex on PostgreSQL and cardex on SQLite, each of the last two twice. It prints rows per second, CPU per row
of the program and of the server, and the program's peak memory. The server has to run on this machine, and its user has
to be allowed to create databases.
"""
import argparse
import csv
import glob
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time

TABLES = {"companies": "company_id", "guests": "guest_id", "reservations": "reservation_id"}
COLUMNS = {
    "companies": "company_id,kind,name,vat_number,country,contact_email,contact_name,iata_number,credit_limit",
    "guests": "guest_id,hotel_code,title,first_name,last_name,gender,birth_date,nationality,language,doc_type,"
    "doc_number,doc_expiry,email,phone,address,city,postal_code,country,company_id,loyalty_level,loyalty_number,"
    "loyalty_points,vip_code,preferences,notes,marketing_consent,consent_at,created_at,updated_at",
    "reservations": "reservation_id,confirmation,hotel_code,guest_id,status,arrival,departure,nights,rooms,adults,"
    "children,child_ages,room_category,room_numbers,rate_code,board,channel,payment_method,currency,room_amount,"
    "extras_amount,total_amount,extras,company_id,agency_id,group_code,requests,cancelled_at,created_at,updated_at",
}
GIVEN = ["Ana", "Luca", "Fleur", "Paco", "Jörg", "Maria", "Tom", "Inês", "Claire", "Ewa"]
FAMILY = ["García", "Costa", "Janssen", "Müller", "O'Brien", "Silva", "Martin", "Nowak", "Rossi", "Smith"]
COUNTRIES = [("ES", "es", "+34600%06d"), ("IT", "it", "+39320%07d"), ("DE", "de", "+49151%08d"), ("FR", "fr", "+336%08d")]


def generate(folder, guests, reservations):
    """Writes the three files."""
    os.makedirs(folder, exist_ok=True)
    luck = random.Random(guests * 1_000_003 + reservations)
    companies = max(guests // 100, 1)

    def write(table, rows):
        with open(os.path.join(folder, table + ".csv"), "w", encoding="utf-8", newline="") as out:
            lines = csv.writer(out, lineterminator="\n")
            lines.writerow(COLUMNS[table].split(","))
            lines.writerows(rows)

    write("companies", ((f"C{n:06}", "COMPANY", f"Company {n} GmbH", "", "DE", f"office@c{n}.example", "", "", "")
                        for n in range(companies)))

    def guest(n):
        country, language, phone = luck.choice(COUNTRIES)
        given, family = luck.choice(GIVEN), f"{luck.choice(FAMILY)} {luck.choice(FAMILY)}"
        mail = f"g{n}@mail.example" if luck.random() < 0.7 else ""
        number = phone % luck.randrange(1_000_000) if luck.random() < 0.6 else ""
        return (f"G{n:08}", "H001", "", given, family, luck.choice("MFX"), f"{luck.randrange(1930, 2005)}-05-17",
                country, language, "", "", "", mail, number, f"Street {n % 977}, 4", "Town", f"{n % 90000 + 1000}",
                country, "", "", "", "", "", luck.choice(["", "QUIET", "QUIET|PARKING"]), "", "0", "",
                "2024-09-20T18:35:05Z", "2024-11-25T07:51:09Z")

    write("guests", (guest(n) for n in range(guests)))

    def stay(n):
        year, month, day = luck.randrange(2016, 2026), luck.randrange(1, 13), luck.randrange(1, 22)
        nights, room, extra = luck.randrange(1, 7), luck.randrange(4_000, 90_000), luck.randrange(0, 5_000)
        status = luck.choice(["CHECKED_OUT"] * 8 + ["CANCELLED", "NO_SHOW"])
        money = lambda cents: f"{cents // 100}.{cents % 100:02}"
        return (f"R{n:09}", f"{n:08X}", f"H{n % 12 + 1:03}", f"G{luck.randrange(guests):08}", status,
                f"{year}-{month:02}-{day:02}", f"{year}-{month:02}-{day + nights:02}", nights, 1, luck.randrange(1, 3), 0,
                "", luck.choice(["STD", "DLX"]), str(luck.randrange(100, 500)), "BAR", luck.choice(["RO", "BB", "HB"]),
                luck.choice(["WEB", "PHONE", "OTA"]), "CARD", "EUR", money(room), money(extra), money(room + extra),
                f"REST:{money(extra)}" if extra else "", "", "", "", "", "", f"{year}-01-03T07:12:48Z",
                f"{year}-{month:02}-{day:02}T22:23:26Z")

    write("reservations", (stay(n) for n in range(reservations)))


class Server:
    """A PostgreSQL server of this machine."""

    def __init__(self, url):
        self.url = url.rstrip("/")

    def sql(self, text, database="postgres", stdin=None):
        """Runs statements and gives back what they print."""
        command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-d", f"{self.url}/{database}", "-c", text]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=stdin, text=True).stdout.strip()

    def fresh(self, database):
        """Makes an empty database and gives back its URL."""
        self.sql(f"drop database if exists {database}")
        self.sql(f"create database {database}")
        return f"{self.url}/{database}"

    def cpu(self):
        """The seconds of CPU that the server has used, its finished processes included."""
        main = int(open(self.sql("show data_directory") + "/postmaster.pid", encoding="ascii").readline())
        ticks = 0
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                fields = open(path, encoding="utf-8", errors="replace").read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(path.split("/")[2]) == main:
                ticks += sum(int(field) for field in fields[11:15])
            elif int(fields[1]) == main:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def timed(name, rows, server, work):
    """Runs `work` and prints a line."""
    server_before, own_before, start = server.cpu(), usage(), time.monotonic()
    work()
    seconds, own, served = time.monotonic() - start, usage() - own_before, server.cpu() - server_before
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{name:28} {rows / seconds:9,.0f} rows/s {own / rows * 1e6:7.1f} us/row "
          f"+ server {served / rows * 1e6:6.1f} us/row   peak {peak:5.0f} MiB so far", flush=True)


def usage():
    """The seconds of CPU that finished children have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def floor(folder, server):
    """COPY into a staging table and an upsert, text columns and a primary key."""
    server.fresh("compare_floor")
    for table, key in TABLES.items():
        columns = COLUMNS[table].split(",")
        defined = ", ".join(f"{column} text" for column in columns)
        moved = ", ".join(f"{column} = excluded.{column}" for column in columns if column != key)
        with open(os.path.join(folder, table + ".csv"), encoding="utf-8") as rows:
            server.sql(f"create table {table} ({defined}, primary key ({key}))", "compare_floor")
            server.sql(f"create table staging_{table} ({defined})", "compare_floor")
            server.sql(f"copy staging_{table} from stdin with (format csv, header)", "compare_floor", stdin=rows)
        server.sql(f"insert into {table} select * from staging_{table} on conflict ({key}) do update set {moved}; "
                   f"drop table staging_{table}", "compare_floor")


DLT = """
import dlt, pyarrow.csv, sys
folder, url = sys.argv[1:]
keys = {"companies": "company_id", "guests": "guest_id", "reservations": "reservation_id"}
pipeline = dlt.pipeline("compare", destination=dlt.destinations.postgres(url), dataset_name="compare",
                        pipelines_dir=sys.argv[1] + "/.dlt")
def rows(table):
    options = pyarrow.csv.ParseOptions(newlines_in_values=True)
    yield from pyarrow.csv.open_csv(f"{folder}/{table}.csv", parse_options=options)
pipeline.run([dlt.resource(rows(table), name=table, primary_key=key, write_disposition="merge")
              for table, key in keys.items()])
"""

SITE = """
[store]
url = "{url}"
[properties.compare]
name = "Compare"
time_zone = "Europe/Madrid"
currency = "EUR"
country = "ES"
[systems.pms]
connector = "files"
property = "compare"
side = "pms"
[systems.pms.settings]
layout = "cardexgen"
"""


def cardex(program, folder, url, work):
    """One import."""
    site = os.path.join(work, "cardex.toml")
    with open(site, "w", encoding="utf-8") as out:
        out.write(SITE.format(url=url))
    command = [program, "--config", site, "--output", "json", "import", "pms", "--from", folder,
               "--rejects", os.path.join(work, "rejects.jsonl")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 65):
        sys.exit(done.stderr)
    told = json.loads(done.stdout.splitlines()[0])
    print("   ", {name: told[name] for name in ("rows", "rejected", "applied", "unchanged", "new")}, flush=True)


def measure(folder, url, program):
    """Prints one line for each way."""
    server = Server(url)
    rows = 0
    for table in TABLES:
        with open(os.path.join(folder, table + ".csv"), encoding="utf-8", newline="") as lines:
            rows += sum(1 for _ in csv.reader(lines)) - 1
    with tempfile.TemporaryDirectory() as work:
        # The smallest first: the peak of finished children only grows.
        timed("COPY and upsert", rows, server, lambda: floor(folder, server))
        for name, target in [("cardex on PostgreSQL", server.fresh("compare_cardex")),
                             ("cardex on SQLite", f"sqlite://{work}/hub.db")]:
            timed(name, rows, server, lambda: cardex(program, folder, target, work))
            timed(name + ", again", rows, server, lambda: cardex(program, folder, target, work))
        try:
            __import__("dlt")
        except ImportError:
            print("dlt is not installed: left out")
            return
        # dlt wants a password, also where the server asks for none.
        target = server.fresh("compare_dlt").replace("@", ":none@", 1)
        timed("dlt, merge", rows, server,
              lambda: subprocess.run([sys.executable, "-c", DLT, folder, target], check=True, stdout=sys.stderr))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    made = verbs.add_parser("generate")
    made.add_argument("folder")
    made.add_argument("--guests", type=int, default=25_000)
    made.add_argument("--reservations", type=int, default=100_000)
    run = verbs.add_parser("measure")
    run.add_argument("folder")
    run.add_argument("--postgres", required=True, metavar="URL")
    run.add_argument("--program", default="target/release/cardex")
    wanted = parser.parse_args()
    if wanted.verb == "generate":
        generate(wanted.folder, wanted.guests, wanted.reservations)
    else:
        measure(os.path.abspath(wanted.folder), wanted.postgres, wanted.program)


if __name__ == "__main__":
    main()
