#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What Doxygen reads in place of a public header: plain comments before or behind a declaration as documentation,
indented lines in them as they stand. Doxygen calls it with a file's name."""
import re
import sys

COMMENT = re.compile(r"\s*//( ?)(.*)$")
# Behind a member or an enumerator, not behind a parameter.
TRAILING = re.compile(r"^(.*[;{}]|\s*\w+(?: = \w+)?,)(\s+)// (.*)$")


def escaped(text):
    return re.sub(r"([\\@<>#%])", r"\\\1", text)


def documentation(lines, first):
    """Lines of one comment, without its slashes, as a block for Doxygen."""
    out, indented = [first], False
    for line in lines:
        deep = line.startswith("  ")
        if deep != indented:
            out.append("@verbatim" if deep else "@endverbatim")
            indented = deep
        out.append(line if deep else escaped(line))
    if indented:
        out.append("@endverbatim")
    return out + ["*/"]


def column_of_comment(line):
    return line.index("//")


def converted(lines):
    at, seen_code = 0, False
    while at < len(lines):
        line = lines[at]
        if COMMENT.match(line):
            end = at
            while end < len(lines) and COMMENT.match(lines[end]):
                end += 1
            block = [COMMENT.match(each).group(2) for each in lines[at:end] if "SPDX-" not in each]
            code_follows = end < len(lines) and lines[end].strip() and not lines[end].startswith("#")
            if not seen_code:
                yield from documentation(block, "/** @file")
            elif code_follows and lines[end].strip() not in ("public:", "private:", "};", "}"):
                yield from documentation(block, "/**")
            seen_code, at = True, end
            continue
        trailing = TRAILING.match(line)
        if trailing and '"' not in trailing.group(3) and not line.lstrip().startswith(("#", "namespace", "}")):
            texts, column = [trailing.group(3)], column_of_comment(line)
            while at + 1 < len(lines) and COMMENT.match(lines[at + 1]) and column_of_comment(lines[at + 1]) == column:
                at += 1
                texts.append(COMMENT.match(lines[at]).group(2).strip())
            yield f"{trailing.group(1)}  /**< {escaped(' '.join(texts))} */"
        else:
            yield line
        seen_code = seen_code or bool(line.strip())
        at += 1


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print("\n".join(converted(file.read().splitlines())))
