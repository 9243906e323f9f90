//! The reference MCP server that mcp-picket is validated against: a forecasting calculator.
//!
//! The crate is a member of the workspace and imports nothing of the auditor, so that what the auditor says of it is
//! said from outside. The server itself is not written yet.
