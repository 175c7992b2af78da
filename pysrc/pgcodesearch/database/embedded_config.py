"""Settings of the embedded server, sized from this machine's memory and cores at every start."""

from __future__ import annotations

import locale
import os
from pathlib import Path

import psutil

MAJOR_VERSION = 18
FILE = "pgcodesearch.conf"
_MIB = 1024 * 1024


def memory_bytes() -> int:
    """Memory this process may use: the machine's, or its control group's limit where that is smaller."""
    total = int(psutil.virtual_memory().total)
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(name).read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total


def cores() -> int:
    """Processor cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def character_type() -> str:
    """The C library's locale for LC_CTYPE: a UTF-8 one where it exists, so that words of any script are words."""
    current = locale.setlocale(locale.LC_CTYPE)
    for candidate in ("C.UTF-8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, candidate)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, current)
        return candidate
    return "C"


def settings(memory: int, processors: int, shared_memory: int | None) -> dict[str, str]:
    """Server settings for ``memory`` bytes and ``processors`` cores.

    ``shared_memory`` is the size of /dev/shm in bytes, None where there is none: pgvector's parallel index build
    puts maintenance_work_mem there, and containers give 64 MB, so a small one means building with one process.
    """
    mib = memory // _MIB
    shared_buffers = _clamp(mib // 4, 64, 4096)
    maintenance = _clamp(mib // 6, 64, 4096)
    enough = shared_memory is None or shared_memory >= (maintenance + 64) * _MIB
    return {
        "listen_addresses": "''",
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": f"{shared_buffers}MB",
        "effective_cache_size": f"{_clamp(mib * 6 // 10, 128, 1_000_000)}MB",
        "maintenance_work_mem": f"{maintenance}MB",
        "work_mem": f"{_clamp(mib // 256, 8, 64)}MB",
        "max_parallel_maintenance_workers": str(_clamp(processors - 1, 0, 4) if enough else 0),
        # Searches are short and many: several processes for one query only add to its start-up time.
        "max_parallel_workers_per_gather": "0" if processors <= 2 else "2",
        "max_worker_processes": str(8 + processors),
        "jit": "off",
        "random_page_cost": "1.1",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "autovacuum_naptime": "15s",
        "log_line_prefix": "'%m [%p] %a '",
    }


def write(data: Path, socket_directory: Path, port: int) -> None:
    """Write the file of settings that postgresql.conf includes; ``ALTER SYSTEM`` still has the last word."""
    values = settings(memory_bytes(), cores(), _shared_memory())
    values["unix_socket_directories"] = _quote(str(socket_directory))
    values["port"] = str(port)
    head = "# Written at every start of the embedded server. Change settings with ALTER SYSTEM.\n"
    lines = [f"{name} = {value}\n" for name, value in values.items()]
    path = data / FILE
    path.write_text(head + "".join(lines))
    path.chmod(0o644)


def _shared_memory() -> int | None:
    try:
        found = os.statvfs("/dev/shm")
    except OSError:
        return None
    return found.f_bsize * found.f_blocks


def _quote(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _clamp(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
