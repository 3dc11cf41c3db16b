"""How a process ended that is not our child: the kernel tells whoever holds a pidfd."""

from __future__ import annotations

import contextlib
import fcntl
import struct

# struct pidfd_info, first version: mask, cgroup id, pid, tgid, ppid, eight ids, exit code.
_INFO = struct.Struct("=QQ11Ii")
_EXIT = 1 << 3
_GET_INFO = (3 << 30) | (_INFO.size << 16) | (0xFF << 8) | 11


def wait_status(pidfd: int) -> int | None:
    """Return the raw wait status of the ended process behind ``pidfd``.

    None where the kernel (before 6.15) does not tell, or the process still runs.
    """
    with contextlib.suppress(OSError):
        buffer = bytearray(_INFO.pack(_EXIT, *[0] * 13))
        fcntl.ioctl(pidfd, _GET_INFO, buffer)
        mask, *_, status = _INFO.unpack(buffer)
        if mask & _EXIT:
            return int(status)
    return None
