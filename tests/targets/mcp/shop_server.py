"""A real MCP server over stdin and stdout, which the tests start as a process."""

from __future__ import annotations

import asyncio
import os
import sys

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations

server = MCPServer("shop", log_level="CRITICAL")
seen: list[str] = []


@server.tool(description="Find an order by its number.")
def find_order(number: int) -> str:
    seen.append(str(number))
    return f"order {number}: oak shelf ({len(seen)} asked)"


@server.tool(description="Read a file of the shop.", annotations=ToolAnnotations(read_only_hint=True))
def read_file(path: str) -> str:
    if ".." in path:
        raise ValueError("outside of the shop")
    return f"text of {path}"


@server.tool(description="Wait.")
async def wait(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


@server.tool(description="Answer at length.")
def long(length: int) -> str:
    return "x" * length


@server.tool(description="What the process knows.")
def variable(name: str) -> str:
    return os.environ.get(name, "(unset)")


@server.tool(description="Go down.")
def die() -> str:
    sys.stderr.write("the disk is full\n")
    sys.stderr.flush()
    os._exit(3)


if __name__ == "__main__":
    server.run("stdio")
