"""The MCP server: the tools of ``toolbox`` by the protocol's official SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server

import pgcodesearch
from pgcodesearch.agents.service import Service
from pgcodesearch.agents.toolbox import TOOLS, Tool
from pgcodesearch.searching.pool import DEFAULT_SIZE

_INSTRUCTIONS = """
Search of indexed repositories, by meaning and by words. Begin with search_code; read a result with read_chunk. Every
answer ends with its freshness: what it says changed since, read from disk. 'Nothing found' holds for what is indexed;
index_status says what that is. After the work, record_feedback tells which result was used.
"""
# The one session of a process that serves one client.
_ONLY = "stdio"


def make_server(service: Service, by_http: bool = False) -> Server[Any]:
    """A server over a service; ``by_http``: of many clients, told apart by their session's id."""
    limiter = anyio.CapacityLimiter(DEFAULT_SIZE)

    async def list_tools(
        context: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_listed(tool) for tool in TOOLS.values()])

    async def call_tool(
        context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        session = service.sessions.session(_session_id(context) if by_http else _ONLY)
        outcome = await anyio.to_thread.run_sync(
            service.call,
            params.name,
            params.arguments or {},
            session,
            limiter=limiter,
            abandon_on_cancel=True,
        )
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=outcome.text)],
            structured_content=outcome.structured,
            is_error=outcome.failed,
        )

    @asynccontextmanager
    async def nothing_to_open(server: Server[Any]) -> AsyncIterator[dict[str, Any]]:
        yield {}

    return Server(
        "pgcodesearch",
        version=pgcodesearch.__version__,
        title="pgcodesearch",
        instructions=" ".join(_INSTRUCTIONS.split()),
        lifespan=nothing_to_open,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def serve_stdio(server: Server[Any]) -> None:
    """Serve the client that started this process, until it closes standard input."""
    async with stdio_server() as (received, sent):
        await server.run(received, sent, server.create_initialization_options())


def _listed(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            read_only_hint=not tool.writes, destructive_hint=False, open_world_hint=False
        ),
    )


def _session_id(context: ServerRequestContext[Any]) -> str | None:
    """The id that the transport gave the client; none since the protocol knows no sessions (2026-07-28)."""
    return context.request.headers.get("mcp-session-id") if context.request else None
