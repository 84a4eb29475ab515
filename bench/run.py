#!/usr/bin/env python3
"""Measures Gatehouse beside its peers and prints one table.

    bench/run.py --binary .build/release/gatehouse [--rounds 3] [--seconds 4] [--tenants 10000]
              [--users 1000000] [--logs 5000000] [--only NAME]

Everything runs on loopback, in one run, interleaved: a round measures one program after the other, some of them several
times, and medians are compared, of ratios where the machine's pace changes. A ratio says more than a rate, which belongs
to the machine.
"""
import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scripts"))

import edge  # noqa: E402
import flows  # noqa: E402
import login  # noqa: E402
import peers  # noqa: E402
import people  # noqa: E402
import tenants  # noqa: E402
import tokens  # noqa: E402
from report import Row  # noqa: E402

# Limits in milliseconds were set beside these: ARCHITECTURE, decision 2.
PLANNED_SIGNATURES = 3_500

MEASURES = {
    "edge": edge.measure, "tokens": tokens.measure, "login": login.measure, "flows": flows.measure_flows,
    "passwords": flows.measure_passwords, "tenants": tenants.measure, "people": people.measure,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--rounds", type=int, default=3,
                        help="interleaved rounds of each comparison (some measure several times in each)")
    parser.add_argument("--seconds", type=float, default=4,
                        help="length of one measurement (handshakes: as long, in turns of a second)")
    parser.add_argument("--tenants", type=int, default=10_000, help="how many tenants the large installation has")
    parser.add_argument("--users", type=int, default=1_000_000, help="how many people the large tenant has")
    parser.add_argument("--logs", type=int, default=5_000_000, help="how many events its log has")
    parser.add_argument("--only", choices=MEASURES, action="append", help="this part alone (may be repeated)")
    options = parser.parse_args()
    lacking = peers.missing()
    if lacking:
        print(f"Missing: {', '.join(lacking)}. `make bench` installs them.", file=sys.stderr)
        return 1
    rows = [speed_of_the_machine(options)]
    for name in options.only or MEASURES:
        print(f"… {name}", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
            rows += MEASURES[name](options, Path(folder))
    show(rows)
    return 0 if all(row.good for row in rows) else 2


def speed_of_the_machine(options):
    """What figures in milliseconds have to be read beside: the same program takes as much longer on a slower processor."""
    signature = tokens.signature_seconds(options.seconds)
    return Row("this machine: one RSA-2048 signature, × the one the limits in ms were set on",
               f"{signature * PLANNED_SIGNATURES:.2f}  ({signature * 1e3:.3f} : {1e3 / PLANNED_SIGNATURES:.3f} ms)",
               "(for the record)", True)


def show(rows):
    cells = [("measure", "value", "target", ""), *((r.name, r.value, r.target, "ok" if r.good else "MISSED") for r in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    for number, row in enumerate(cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


if __name__ == "__main__":
    sys.exit(main())
