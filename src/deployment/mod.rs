//! The normalised model of a deployment: server declarations from every client format, with a span for every value.
//!
//! What a value means (a package, an endpoint, a shell script) is worked out here once, so that rules only ask.

mod context;
mod endpoint;
mod entry;
mod launch;
pub mod model_text;
#[cfg(test)]
mod oddities;
mod package;
mod read;
pub mod tools;

pub use context::{is_documentation, is_example, is_own, is_pipeline, is_test, is_user_level};
pub use endpoint::{Endpoint, HostKind};
pub use launch::{Launch, Word};
pub use package::{Package, Pin};
pub use read::{ClientFiles, is_candidate, read};

use crate::document::{NodeId, Text};
use crate::rule::Client;
use crate::text::Span;

/// One file as one client reads it.
#[derive(Debug)]
pub struct ClientFile<'k> {
    pub client: &'k Client,
    /// Whether the file holds this client's settings.
    pub has_settings: bool,
    /// Roots of the parsed document.
    pub roots: Vec<NodeId>,
    pub servers: Vec<Server>,
}

/// A scalar value of a configuration with its place.
#[derive(Clone, Debug)]
pub struct Value {
    pub text: Text,
    /// RFC 6901 pointer from the root of its document.
    pub pointer: String,
}

impl Value {
    pub fn as_str(&self) -> &str {
        &self.text.decoded
    }

    /// The content as it stands in the source, without quotes.
    pub fn span(&self) -> Span {
        self.text.span
    }
}

/// A named value: an environment variable or a header.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: Text,
    pub value: Value,
}

/// A server as a client is told to start or reach it.
#[derive(Clone, Debug)]
pub struct Server {
    pub name: Text,
    pub pointer: String,
    pub command: Option<Value>,
    pub args: Vec<Value>,
    pub env: Vec<Entry>,
    pub url: Option<Value>,
    pub headers: Vec<Entry>,
    pub cwd: Option<Value>,
    pub env_file: Option<Value>,
    /// Fields that hold a credential by value.
    pub credentials: Vec<Entry>,
    pub approvals: Vec<Approval>,
    pub enabled: bool,
    pub transport: Transport,
    pub launch: Launch,
}

/// How client and server talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// The client starts the server and talks to it through pipes.
    Stdio,
    /// Streamable HTTP.
    Http,
    /// HTTP with server-sent events, which the protocol has given up.
    Sse,
    WebSocket,
    /// The declaration does not say: a manifest that only names a package.
    Unsaid,
}

impl Transport {
    fn of(is_started: bool, url: Option<&Value>, declared: Option<&Value>) -> Self {
        if is_started {
            return Self::Stdio;
        }
        let declared = declared.map(|value| value.as_str().to_ascii_lowercase()).unwrap_or_default();
        let Some(url) = url else {
            return if declared == "stdio" { Self::Stdio } else { Self::Unsaid };
        };
        let path = url.as_str().split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        match declared.as_str() {
            "sse" => Self::Sse,
            "ws" | "websocket" => Self::WebSocket,
            "" if path.ends_with("/sse") => Self::Sse,
            _ if path.starts_with("ws") => Self::WebSocket,
            _ => Self::Http,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
            Self::Sse => "sse",
            Self::WebSocket => "websocket",
            Self::Unsaid => "unsaid",
        }
    }
}

/// A setting by which tools of a server run without being asked for.
#[derive(Clone, Debug)]
pub struct Approval {
    pub value: Value,
    /// Every tool, now and in future versions.
    pub all: bool,
}

impl Server {
    /// A server of which nothing is known yet.
    fn nameless(name: Text, pointer: String) -> Self {
        Self {
            name,
            pointer,
            command: None,
            args: Vec::new(),
            env: Vec::new(),
            url: None,
            headers: Vec::new(),
            cwd: None,
            env_file: None,
            credentials: Vec::new(),
            approvals: Vec::new(),
            enabled: true,
            transport: Transport::Unsaid,
            launch: Launch::default(),
        }
    }

    /// Whether the client reaches the server over a network instead of starting it.
    pub fn is_remote(&self) -> bool {
        self.url.is_some() && self.command.is_none()
    }
}
