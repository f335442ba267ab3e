# SPDX-License-Identifier: MIT
"""Small data under the names that the documents use."""
import io
import math
import random
import struct
import zipfile

WORDS = "the a film was story of and it is good dull bright long short we saw old new".split()


def draw(seed=1):
    return random.Random(seed)


def texts(rows=60):
    source, lines = draw(), ["text,label"]
    for number in range(rows):
        label = ("ham", "spam")[number % 2]
        words = source.choices(WORDS, k=9) + [("meeting", "money")[number % 2]]
        lines.append(f"{' '.join(words)},{label}")
    return "\n".join(lines) + "\n"


def book():
    source = draw()
    return ". ".join(" ".join(source.choices(WORDS, k=8)) for _ in range(900))


def tags(sentences=40):
    source, lines = draw(), []
    for _ in range(sentences):
        for _ in range(source.randint(3, 8)):
            word = source.choice(WORDS)
            lines.append(f"{word}\t{'SHORT' if len(word) < 4 else 'LONG'}")
        lines.append("")
    return "\n".join(lines) + "\n"


def walks(recordings=20, label=True):
    source, lines = draw(), ["recording,x,y" + (",activity" if label else "")]
    for number in range(recordings):
        for step in range(source.randint(5, 9)):
            lines.append(f"r{number},{math.sin(step * (1 + number % 2)):.4f},{source.random():.4f}"
                         + (f",{('walk', 'run')[number % 2]}" if label else ""))
    return "\n".join(lines) + "\n"


def weather(days=800):
    source, lines = draw(), ["date,precipitation,temp_max,temp_min,wind"]
    for day in range(days):
        high = 15 + 10 * math.sin(day / 365 * 6.283) + source.gauss(0, 2)
        lines.append(f"{2012 + day // 365}-{day % 365 // 31 + 1:02}-{day % 365 % 31 + 1:02},"
                     f"{max(source.gauss(0, 3), 0):.1f},{high:.1f},{high - 7:.1f},{source.random() * 5:.1f}")
    return "\n".join(lines) + "\n"


def npy(shape, values):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (-(11 + len(header)) % 64) + "\n"
    return (b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode() +
            struct.pack(f"<{len(values)}f", *values))


def digits():
    source, buffer = draw(), io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for part, count in (("train", 40), ("test", 20)):
            labels = [number % 3 for number in range(count)]
            values = [label + source.random() for label in labels for _ in range(64)]
            archive.writestr(f"x_{part}.npy", npy((count, 8, 8), values))
            archive.writestr(f"y_{part}.npy", npy((count,), labels))
    return buffer.getvalue()


FILES = {
    "mails.csv": texts, "more-mails.csv": texts,
    "book.txt": book, "another-book.txt": book, "kjv.txt": book,
    "tags.tsv": tags, "more-tags.tsv": tags, "stress-train.tsv": tags, "stress-test.tsv": tags,
    "walks.csv": walks, "more.csv": walks, "new.csv": lambda: walks(4, label=False),
    "weather.csv": weather, "seattle-weather.csv": weather,
    "digits.npz": digits,
    "review.txt": lambda: " ".join(draw().choices(WORDS, k=40)),
}
