"""All benchmarks, one after the other: `python -m benchmarks [--peer-python PYTHON]`."""

import subprocess
import sys

SCRIPTS = ("indexing", "extraction", "changing", "searching")

for script in SCRIPTS:
    print(f"\n== {script} ==", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{script}", *sys.argv[1:]], check=True)
