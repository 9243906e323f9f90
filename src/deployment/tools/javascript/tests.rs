//! Handlers of JavaScript and TypeScript servers.
