//! Whether a source file belongs to a server of the protocol.

use super::guards::has_any;
use crate::matcher::Code;

const MARKS: &[&str] = &[
    "from mcp.server",
    "from mcp.types",
    "from mcp import types",
    "import mcp.server",
    "import mcp.types",
    "fastmcp",
    "FastMCP",
    "@modelcontextprotocol/sdk/server",
    "@modelcontextprotocol/sdk/types",
    "@modelcontextprotocol/server",
    "mark3labs/mcp-go",
    "modelcontextprotocol/go-sdk",
    "use rmcp",
    "mcp-framework",
    "@mcp.",
    "TextContent",
    "ToolError",
    "McpError",
    "CallToolResult",
    "CallToolRequestSchema",
    "registerTool",
    "call_tool",
    "github-mcp-server",
];

/// One that imports a library for servers, or uses its names.
pub(super) fn is_server(code: &Code<'_>) -> bool {
    has_any(code.module.text, MARKS)
}
