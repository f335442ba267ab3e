#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The fortunes of Debian's packages fortunes and fortunes-min as labelled texts, train.csv and test.csv: each cookie
with the topic whose file it stands in. Topics of less than --least cookies are left out, as are pictures and
cookies that stand twice. Of each five cookies, in an order drawn once, one goes to test.csv."""
import argparse
import csv
import pathlib
import random
import re

PICTURES = {"art", "ascii-art"}


def cookies_of(path):
    text = path.read_text(encoding="utf-8", errors="replace")
    for cookie in re.split(r"^%\n", text, flags=re.MULTILINE):
        words = " ".join(cookie.split())
        if words:
            yield words


def read(folder, least):
    topics, seen = {}, set()
    for path in sorted(folder.iterdir()):
        if path.suffix or path.is_symlink() or path.name in PICTURES:
            continue
        cookies = [cookie for cookie in cookies_of(path) if cookie not in seen and not seen.add(cookie)]
        if len(cookies) >= least:
            topics[path.name] = cookies
    return topics


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=pathlib.Path, help="folder for train.csv and test.csv")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/usr/share/games/fortunes"))
    parser.add_argument("--least", type=int, default=100)
    options = parser.parse_args()
    topics = read(options.folder, options.least)
    rows = [(cookie, topic) for topic, cookies in topics.items() for cookie in cookies]
    random.Random(1).shuffle(rows)
    options.out.mkdir(parents=True, exist_ok=True)
    cut = len(rows) // 5
    for name, part in (("test.csv", rows[:cut]), ("train.csv", rows[cut:])):
        with open(options.out / name, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *part])
    print(f"{len(rows)} cookies of {len(topics)} topics: {len(rows) - cut} to train on, {cut} to test")


if __name__ == "__main__":
    main()
