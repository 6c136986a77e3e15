"""What checks by random rounds share: seeds one after the other until the time is over.

PGPORT names the server, SEED the first round (default 1), SECONDS how long to go on (default 10: CI; an hour finds
more), REFERENCE_PORT a real server to compare with (optional), CHECK_FILTER as ever.
"""

import os
import time


def run_rounds(name, server_of, run_round, schema):
    """Runs run_round(seed, server, reference), which yields a title and the statements of each failure; server_of
    makes a server of a port. Drops the schema at the end. The exit status."""
    if os.environ.get("CHECK_FILTER", "") not in name:
        print("0 passed, 0 failed")
        return 0
    server = server_of(os.environ["PGPORT"])
    reference = server_of(os.environ["REFERENCE_PORT"]) if "REFERENCE_PORT" in os.environ else None
    seed, until = int(os.environ.get("SEED", "1")), time.monotonic() + float(os.environ.get("SECONDS", "10"))
    rounds = failed = 0
    while time.monotonic() < until:
        for title, shown in run_round(seed, server, reference):
            failed += 1
            print(f"FAIL {title}: seed {seed}: " + ";\n    ".join(shown).replace("\n", "\n    "), flush=True)
        seed, rounds = seed + 1, rounds + 1
    for one in filter(None, (server, reference)):
        one.run(f"DROP SCHEMA {schema} CASCADE")
    if not failed:
        print(f"ok rounds ({rounds})")
    print(f"{0 if failed else 1} passed, {failed} failed")
    return 1 if failed else 0
