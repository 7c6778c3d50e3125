#!/usr/bin/env python3
"""Makes guest profiles whose duplicates are known, for fitting and measuring the detector of duplicates.

    people.py generate --n 100000 --seed 7 --out guests.csv [--truth guests.truth.csv] [--mix 12]

Writes the profiles as a hotel group's registers would hold them, in the order of their creation, and the truth,
`record_id,cluster_id`: profiles of one cluster are one person. The same n, seed, mix and release of Faker give the same
files (a mix may also call people by the product's table of nicknames, so a change there changes them). It needs
`pip install faker`, whose tables of names it reads, and nothing else beside Python 3.11.

A mix says how often each thing happens: `plain`, `rich` and `poor` are fixed, and every other word or number draws its
own rates, widely, round those of mixes.py: what is learnt on many mixes does not rest on the habits of one. It draws
the home country and the guests' countries, the channels and how fully each fills a profile, the share of duplicates,
how steeply names fall off in frequency, who lives and travels with whom, and every sort of damage.

What makes one person look like two: portals' relay addresses, empty fields, one or two surnames, maiden names, halves
of double ones, particles dropped or glued, compound given names cut short, second given names, nicknames, cognates,
initials, swapped names, one field for both, machine-readable zones, titles and notes in names, typing, hearing and
scanning errors, accents dropped, transliterated or broken, columns too narrow, new addresses, phones, homes and
documents, every spelling of each. What makes two people look like one: couples and families on one address, twins,
parents and children of one name, siblings, namesakes of one city or one birth date, colleagues behind one desk, groups
behind one leader, friends who book, operators with thousands of guests, placeholders, dummies.
"""

import argparse
import csv
import os
import sys
import tempfile

from mixes import Mix
from records import COLUMNS, Register

SPOOLED_YEAR_PARTS = 4


def generate(n, seed, mix, out, truth):
    """Writes the two files and gives back how many people there are."""
    register = Register(mix, seed)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(out))) as folder:
        names = spool(register, n, folder)
        return write(names, out, truth)


def spool(register, n, folder):
    """Writes the rows unsorted into a file for every few months: a million of them need not be held at once."""
    files, rows = {}, register.rows()
    for _ in range(n):
        row, who = next(rows)
        created = row["created"]
        part = created[:4] + str(int(created[5:7]) * SPOOLED_YEAR_PARTS // 13)
        if part not in files:
            files[part] = open(os.path.join(folder, part), "w", encoding="utf-8", newline="")
        csv.writer(files[part], lineterminator="\n").writerow(
            [created, who, *(row[column].replace("\n", " ") for column in COLUMNS)]
        )
    for file in files.values():
        file.close()
    return [os.path.join(folder, part) for part in sorted(files)]


def write(names, out, truth):
    """Joins the sorted parts; ids tell nothing about who is whose duplicate."""
    clusters, n = {}, 0
    with (
        open(out, "w", encoding="utf-8", newline="") as profiles,
        open(truth, "w", encoding="utf-8", newline="") as answers,
    ):
        profile, answer = csv.writer(profiles, lineterminator="\n"), csv.writer(answers, lineterminator="\n")
        profile.writerow(COLUMNS)
        answer.writerow(("record_id", "cluster_id"))
        for name in names:
            with open(name, encoding="utf-8", newline="") as part:
                for _, who, *row in sorted(csv.reader(part)):
                    row[0] = f"G{n:08}"
                    profile.writerow(row)
                    answer.writerow((row[0], f"E{clusters.setdefault(who, len(clusters)):08}"))
                    n += 1
    return len(clusters)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    made = verbs.add_parser("generate")
    made.add_argument("--n", type=int, default=10_000, help="profiles")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--mix", default="plain", help="plain, rich, poor or any seed")
    made.add_argument("--out", required=True)
    made.add_argument("--truth", help="where the answers go; else beside OUT as .truth.csv")
    wanted = parser.parse_args()
    truth = wanted.truth or wanted.out.removesuffix(".csv") + ".truth.csv"
    people = generate(wanted.n, wanted.seed, Mix(wanted.mix), wanted.out, truth)
    print(
        f"{wanted.n} profiles of {people} people, {1 - people / wanted.n:.1%} duplicates, mix {wanted.mix}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
