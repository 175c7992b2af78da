#!/usr/bin/env python3
"""Fetches pages and keeps them."""

from __future__ import annotations

import functools
import os.path as osp
from collections.abc import Iterator
from urllib.parse import urlsplit as split_url

DEFAULT_RETRIES = 0

ENCODINGS = {
    "utf-8": ("utf8", "utf_8", "U8", "UTF", "cp65001"),
    "latin-1": ("iso-8859-1", "iso8859-1", "8859", "cp819", "latin", "latin1", "L1"),
    "ascii": ("646", "us-ascii"),
}


class FetchError(Exception):
    """A page could not be fetched."""


# keeps what was fetched
@functools.total_ordering
class PageCache(dict):
    """Pages by address.

    Old ones are dropped.
    """

    limit = 10

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.folder = osp.abspath(folder)

    @property
    def size(self) -> int:
        """Number of pages."""
        return len(self)  # cheap

    @size.setter
    def size(self, value: int) -> None:
        raise AttributeError(value)

    class Entry:
        def touch(self):
            # remember when
            self.touched = now()

    async def close_idle(
        self,
        older_than: float = 1.0,  # seconds
    ) -> None:
        for page in list(self):
            await page.close()


def retrying(times: int):
    """A decorator that tries again."""

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*arguments):
            for _ in range(times):
                try:
                    return function(*arguments)
                except FetchError:
                    continue

        return wrapper

    return decorate


def hosts(addresses: list[str]) -> Iterator[str]:
    return (split_url(address).hostname for address in addresses)


if __name__ == "__main__":
    print(list(hosts(["http://example.org"])))
