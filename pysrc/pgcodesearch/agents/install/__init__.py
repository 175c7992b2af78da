"""The server's entry in the configuration of agents' clients: put in, brought up to date and taken out again.

Files are others' property: an edit changes the entry alone, is checked by parsing what comes of it, and is refused,
with the text to paste, where it cannot be made safely.
"""

from pgcodesearch.agents.install.catalog import CLIENTS, Client, Surroundings
from pgcodesearch.agents.install.entries import Change, entry_of, install, uninstall

__all__ = ["CLIENTS", "Change", "Client", "Surroundings", "entry_of", "install", "uninstall"]
