"""Where the server under test listens: REDIS_PORT names its port."""

import os

HOST = "127.0.0.1"
PORT = int(os.environ.get("REDIS_PORT", "6379"))
