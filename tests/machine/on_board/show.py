"""Shows one code at a reader's socket of the gate on this board: `python -m on_board.show SOCKET`.

Inside, any code will do.
"""

from __future__ import annotations

import socket
import sys

from hw.clock import boottime_ms
from hw.reader.messages import Scan, encode

if __name__ == "__main__":
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
        line.connect(sys.argv[1])
        line.sendall(encode(Scan(boottime_ms(), (b"anything at all",))))
