# SPDX-License-Identifier: MIT
"""A group's table: a line a case, eddy first, then every peer with its ratio."""
from .pairing import OURS, median_of

# Key in the record or in eddy's lines, heading, factor, format; a column stands where there is one.
EXTRAS = [("gflops", "GFLOP/s", 1, "8.1f"), ("share_of_peak", "of peak", 100, "6.1f %"),
          ("tokens_per_second", "tokens/s", 1, "11.3g"), ("peak_mb", "memory", 1, "5.0f MB")]
TIME = 12


def time_of(record, side, unit):
    return f"{median_of(record, side, 'seconds') * record['scale']:.4g} {unit}".rjust(TIME)


def extras(record):
    for key, heading, factor, form in EXTRAS:
        value = record[key] if key in record else median_of(record, OURS, key)
        if value is not None:
            form, _, suffix = form.partition(" ")
            text = f"{value * factor:{form}}" + (f" {suffix}" if suffix else "")
            yield heading.rjust(len(text)), text


def peer_part(record, peer, unit):
    ratio = record["ratios"][peer]
    text = (f"{time_of(record, peer, unit)}  {ratio['median']:6.2f} x  "
            f"({ratio['least']:.2f} to {ratio['most']:.2f})")
    memory = median_of(record, peer, "peak_mb")
    return text + (f"  {memory:.0f} MB" if memory is not None else "")


def heading(name, record, unit, width):
    parts = [f"{name} ({unit})".ljust(width), OURS.rjust(TIME), "threads"]
    parts += [head for head, _ in extras(record)]
    parts += [f"{peer.rjust(TIME)}     ratio   (spread)       " for peer in record["ratios"]]
    return "  ".join(parts).rstrip()


def line(record, unit, width):
    parts = [record["case"].ljust(width), time_of(record, OURS, unit),
             str(record["rounds"][0][OURS]["threads"]).rjust(len("threads"))]
    parts += [text for _, text in extras(record)]
    parts += [peer_part(record, peer, unit).ljust(TIME + 30) for peer in record["ratios"]]
    if not any(record["calm"]):
        parts.append("! other programs were busy")
    return "  ".join(parts).rstrip()


def about(records):
    """Versions and chosen variants of the peers, for the line below a table."""
    seen = {}
    for record in records:
        for results in record["rounds"]:
            for side, result in results.items():
                if side != OURS:
                    words = [result.get("version", ""), result["variant"]]
                    seen.setdefault(side, {})[" ".join(word for word in words if word)] = None
    return {side: ", ".join(words) for side, words in seen.items()}
