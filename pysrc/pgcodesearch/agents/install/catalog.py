"""The clients: where each reads its servers from, and how an entry looks there. Each from its own documentation."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pgcodesearch.database.errors import InvalidArgument


@dataclass(frozen=True)
class Surroundings:
    """Whose configuration it is: the home folder, the environment, and the kind of system."""

    home: Path = field(default_factory=Path.home)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    platform: str = sys.platform

    def configuration(self) -> Path:
        """Where programs keep their settings on Linux."""
        return Path(self.environment.get("XDG_CONFIG_HOME") or self.home / ".config")

    def support(self) -> Path:
        """Where programs with windows keep them: macOS has a folder of its own."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.configuration()


@dataclass(frozen=True)
class Client:
    """A client. ``section`` is the table of servers in its file; ``project_file`` that of one project, where it has
    one; ``more`` what its entries say beside command, args and env; ``source`` the page that says all this."""

    name: str
    title: str
    section: str
    user_file: str
    source: str
    project_file: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_toml(self) -> bool:
        """Whether its file is TOML; else JSON, with or without comments."""
        return self.user_file.endswith(".toml")

    def file(self, surroundings: Surroundings, project: Path | None = None) -> Path:
        """The file to edit. Raises InvalidArgument for a project where the client has no such file."""
        if project is not None:
            if self.project_file is None:
                raise InvalidArgument(
                    f"{self.title} has no configuration of a project", hint="leave out --project"
                )
            return project / self.project_file
        folders = {
            "HOME": surroundings.home,
            "CONFIG": surroundings.configuration(),
            "SUPPORT": surroundings.support(),
            "CODEX": Path(surroundings.environment.get("CODEX_HOME") or surroundings.home / ".codex"),
        }
        place, _, rest = self.user_file.partition("/")
        return folders[place] / rest


_ALL = [
    # User scope is the top level of ~/.claude.json, project scope .mcp.json at the project's root.
    Client("claude-code", "Claude Code", "mcpServers", "HOME/.claude.json", "https://code.claude.com/docs/en/mcp",
           ".mcp.json", {"type": "stdio"}),
    # Documented for macOS and Windows; builds for Linux read the same name below ~/.config.
    Client("claude-desktop", "Claude Desktop", "mcpServers", "SUPPORT/Claude/claude_desktop_config.json",
           "https://modelcontextprotocol.io/docs/develop/connect-local-servers"),
    Client("cursor", "Cursor", "mcpServers", "HOME/.cursor/mcp.json", "https://cursor.com/docs/mcp",
           ".cursor/mcp.json"),
    # "servers", in mcp.json of the user's profile; the default profile is the folder User.
    Client("vscode", "VS Code", "servers", "SUPPORT/Code/User/mcp.json",
           "https://code.visualstudio.com/docs/agents/reference/mcp-configuration", ".vscode/mcp.json",
           {"type": "stdio"}),
    Client("codex", "Codex CLI", "mcp_servers", "CODEX/config.toml", "https://developers.openai.com/codex/mcp",
           ".codex/config.toml"),
    Client("gemini", "Gemini CLI", "mcpServers", "HOME/.gemini/settings.json",
           "https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md", ".gemini/settings.json"),
    # JSON with comments; $XDG_CONFIG_HOME counts on Linux, ~/.config on macOS too.
    Client("zed", "Zed", "context_servers", "CONFIG/zed/settings.json", "https://zed.dev/docs/ai/mcp",
           ".zed/settings.json"),
    Client("windsurf", "Windsurf", "mcpServers", "HOME/.codeium/windsurf/mcp_config.json",
           "https://docs.windsurf.com/windsurf/cascade/mcp"),
]  # fmt: skip
CLIENTS = {client.name: client for client in _ALL}
