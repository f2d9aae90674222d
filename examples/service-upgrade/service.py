"""A service that imports late: each request imports a module that the process has not used before."""

import importlib
import sys

PLUGINS = ["first", "second", "third"]

for line in sys.stdin:
    name = PLUGINS.pop(0)
    print(importlib.import_module(f"greeting.{name}").VERSION, flush=True)
