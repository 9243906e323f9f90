//! Audits MCP deployments offline: what in this deployment would hurt, where exactly, why, and what to change.
//!
//! The way through the house, data flowing left to right: `intake` → `document` → `deployment` → `engine` → `triage` →
//! `report`. `ARCHITECTURE.md` holds the map and the invariants.

pub mod app;
pub mod cases;
pub mod cli;
pub mod deployment;
pub mod document;
pub mod engine;
pub mod finding;
pub mod fix;
pub mod flow;
pub mod intake;
pub mod lower;
pub mod matcher;
pub mod report;
pub mod rule;
pub mod text;
pub mod triage;
