"""A coordinator and its shards: databases with repositories of their own, searched as one."""
