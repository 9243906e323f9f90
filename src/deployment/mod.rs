//! The normalised model of a deployment: server declarations from every client format, with a span for every value.
//!
//! What a value means (a package, an endpoint, a shell script) is worked out here once, so that rules only ask.

mod context;
mod endpoint;
mod launch;
mod package;
mod read;

pub use context::{is_documentation, is_example, is_test, is_user_level};
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
    pub launch: Launch,
}

/// A setting by which tools of a server run without being asked for.
#[derive(Clone, Debug)]
pub struct Approval {
    pub value: Value,
    /// Every tool, now and in future versions.
    pub all: bool,
}

impl Server {
    /// Whether the client reaches the server over a network instead of starting it.
    pub fn is_remote(&self) -> bool {
        self.url.is_some() && self.command.is_none()
    }
}
