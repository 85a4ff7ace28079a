"""`dying_worker.py` for a channel: packages are stored two at a time, so that few of them make many writes."""

import asyncio
import sys

import dying_worker

from kodit.application.channels import extract

if __name__ == "__main__":
    extract.BATCH = 2
    asyncio.run(dying_worker.main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
