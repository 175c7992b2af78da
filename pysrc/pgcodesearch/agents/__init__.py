"""What agents reach for: the MCP server and its tools, its entry in clients' files, and a skill that teaches it.

A tool is a typed function over one verb of the schema (``toolbox``); nothing here knows how code is found.
"""
