"""How many threads a session may use: the CPUs this process is allowed, not those the host has.

ONNX Runtime counts the host's cores; in a container limited to two of 64 that means 64 threads
that wait for each other.
"""

from __future__ import annotations

import os
from pathlib import Path

CGROUP_V2_QUOTA = Path("/sys/fs/cgroup/cpu.max")
CGROUP_V1_QUOTA = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
CGROUP_V1_PERIOD = Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def available_cpus() -> int:
    """CPUs by affinity, capped by the cgroup's quota (rounded up); at least 1."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this platform
        allowed = os.cpu_count() or 1
    quota = cgroup_cpus()
    return max(1, allowed if quota is None else min(allowed, int(-(-quota // 1))))


def cgroup_cpus() -> float | None:
    """The cgroup's CPU quota in cores, or None where there is no limit."""
    try:
        quota, period = CGROUP_V2_QUOTA.read_text().split()
    except (OSError, ValueError):
        try:
            quota, period = CGROUP_V1_QUOTA.read_text(), CGROUP_V1_PERIOD.read_text()
        except OSError:
            return None
    try:
        limit = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):  # "max": unlimited
        return None
    return limit if limit > 0 else None
