"""Transcripts of a wire protocol: text files of cases, played against a server or recorded from the real one.

A file's first lines are comments and name the server that was recorded; `case NAME` begins a case; what its lines mean
is the protocol's replay to say. Lines that begin with "<" are what the server answered.
"""

import argparse
import glob
import itertools
import os


def split_cases(text):
    """(head, [(name, lines)])."""
    head, cases = [], []
    for line in text.splitlines():
        if line.startswith("case "):
            cases.append((line[5:], []))
        elif cases:
            if line:
                cases[-1][1].append(line)
        else:
            head.append(line)
    return head, cases


def difference(got, expected):
    """The first pair of lines that differ, None standing for a line that is missing; None when all agree."""
    pairs = itertools.zip_longest(got, expected)
    return next(((g, e) for g, e in pairs if g != e), None)


def write(path, head, cases):
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(head).rstrip() + "\n")
        for name, lines in cases:
            file.write("\n".join(["", "case " + name] + lines) + "\n")


def main(description, folder, run_case):
    """The command line of a replay: plays all files of the folder, or records them. run_case(host, port, name, lines)
    returns the case's lines with what the server really answered, and the first difference or None. Returns the exit
    status."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("filter", nargs="?", default="")
    args = parser.parse_intermixed_args()
    host, port = args.server.rsplit(":", 1)
    counts = {"ok": 0, "FAIL": 0}
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        with open(path, encoding="utf-8") as file:
            head, cases = split_cases(file.read())
        recorded = []
        for name, lines in cases:
            check = f"{os.path.basename(path)[:-4]}/{name}"
            if args.filter not in check:
                recorded.append((name, lines))
                continue
            try:
                out, differs = run_case(host, int(port), name, lines)
            except (OSError, RuntimeError, EOFError) as error:
                out, differs = lines, (f"{type(error).__name__}: {error}", "an answer")
            recorded.append((name, out))
            ok = differs is None or args.record
            counts["ok" if ok else "FAIL"] += 1
            print(f"ok {check}" if ok else f"FAIL {check}: got {differs[0]}, expected {differs[1]}", flush=True)
        if args.record:
            write(path, head, recorded)
    print(f"{counts['ok']} passed, {counts['FAIL']} failed")
    return 1 if counts["FAIL"] else 0
