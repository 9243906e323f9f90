//! The part of a URL that rules ask about: scheme and kind of host. No general URL parser.

use crate::text::Span;
use std::net::{IpAddr, Ipv4Addr};

/// Scheme and host of an absolute URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint<'a> {
    pub scheme: &'a str,
    /// The scheme's bytes in the text that was given.
    pub scheme_span: Span,
    /// Without user, password, port and brackets.
    pub host: &'a str,
    pub kind: HostKind,
}

/// Who can sit between this machine and the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HostKind {
    /// Nobody: the traffic stays on the machine.
    Loopback,
    /// A private network: RFC 1918 and the like, a name without a dot, an internal domain.
    Private,
    Public,
    /// A variable or placeholder: not known.
    Unknown,
}

impl<'a> Endpoint<'a> {
    /// The endpoint that `text` begins with, if it is an absolute URL with an authority.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        if scheme.is_empty() || !is_scheme || !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let host = match host_and_port.strip_prefix('[') {
            Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
            None => host_and_port.split(':').next().unwrap_or_default(),
        };
        Some(Self { scheme, scheme_span: Span::new(0, scheme.len()), host, kind: HostKind::of(host) })
    }

    /// Whether what is sent can be read and changed on the way.
    pub fn is_plaintext(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("http") || self.scheme.eq_ignore_ascii_case("ws")
    }
}

impl HostKind {
    pub fn of(host: &str) -> Self {
        if host.is_empty() || host.contains(['$', '{', '<', '%', '*', ' ']) {
            return Self::Unknown;
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            return Self::of_address(address);
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if below("localhost") || below("localhost.localdomain") || host == "ip6-localhost" {
            return Self::Loopback;
        }
        let internal =
            ["local", "internal", "lan", "intranet", "corp", "home", "test", "svc", "cluster.local", "home.arpa"];
        if !host.contains('.') || internal.iter().any(|domain| below(domain)) {
            return Self::Private;
        }
        if host.starts_with("your") {
            return Self::Unknown;
        }
        Self::Public
    }

    fn of_address(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) if v4.is_loopback() || v4.is_unspecified() => Self::Loopback,
            IpAddr::V4(v4) if v4.is_private() || v4.is_link_local() || is_shared(v4) => Self::Private,
            IpAddr::V6(v6) if v6.is_loopback() || v6.is_unspecified() => Self::Loopback,
            IpAddr::V6(v6) if v6.is_unique_local() || v6.is_unicast_link_local() => Self::Private,
            _ => Self::Public,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Public => "public",
            Self::Unknown => "unknown",
        }
    }
}

/// 100.64.0.0/10, the address space shared behind carriers' translators (RFC 6598).
fn is_shared(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    first == 100 && (64..128).contains(&second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, host: &str, kind: HostKind) {
        let endpoint = Endpoint::parse(url).unwrap();
        assert_eq!((endpoint.host, endpoint.kind), (host, kind), "{url}");
    }

    #[test]
    fn hosts_are_told_apart() {
        check("http://mcp.example.com/mcp", "mcp.example.com", HostKind::Public);
        check("http://u:p@127.0.0.1:80/x", "127.0.0.1", HostKind::Loopback);
        check("http://[::1]:9/x", "::1", HostKind::Loopback);
        check("ws://api.localhost", "api.localhost", HostKind::Loopback);
        check("http://10.2.3.4/sse", "10.2.3.4", HostKind::Private);
        check("http://gateway:8811/sse", "gateway", HostKind::Private);
        check("http://${HOST}/x", "${HOST}", HostKind::Unknown);
        check("http://8.8.8.8", "8.8.8.8", HostKind::Public);
        check("http://100.24.1.2", "100.24.1.2", HostKind::Public);
        check("http://100.64.1.2", "100.64.1.2", HostKind::Private);
    }

    #[test]
    fn what_is_no_absolute_url_is_none() {
        for text in ["example.com", "://x", "a b://x", "mailto:x@y", ""] {
            assert!(Endpoint::parse(text).is_none(), "{text}");
        }
    }
}
