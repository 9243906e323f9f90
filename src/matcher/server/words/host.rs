//! The word `risky-host`: an address that says little about who answers there. Whether the way to it is encrypted is
//! `plaintext-endpoint`'s question.

use super::super::place::{Hit, Place, Verdict};
use super::endpoint_in;
use crate::deployment::HostKind;
use crate::matcher::Capture;
use crate::text::Span;
use std::net::IpAddr;

/// Domains under which anybody gets a name, for a while.
const TUNNELS: &[&str] = &[
    "ngrok.io",
    "ngrok.app",
    "ngrok.dev",
    "ngrok-free.app",
    "ngrok-free.dev",
    "ngrok.pizza",
    "trycloudflare.com",
    "loca.lt",
    "localtunnel.me",
    "serveo.net",
    "serveousercontent.com",
    "tunnelmole.net",
    "localhost.run",
    "lhr.life",
    "lhr.rocks",
    "pinggy.io",
    "pinggy.link",
    "pinggy.online",
    "bore.pub",
    "telebit.io",
    "devtunnels.ms",
    "playit.gg",
    "zrok.io",
    "tunnelto.dev",
    "pagekite.me",
    "localxpose.io",
    "loclx.io",
];
/// Domains of development machines that somebody may stop or share at any time.
const PREVIEWS: &[&str] = &[
    "gitpod.io",
    "gitpod.dev",
    "github.dev",
    "githubpreview.dev",
    "csb.app",
    "codesandbox.io",
    "stackblitz.io",
    "webcontainer.io",
    "repl.co",
    "replit.dev",
    "cloudworkstations.dev",
    "idx.dev",
    "glitch.me",
];

pub(super) fn risky_host(place: &Place<'_>) -> Verdict {
    let Some((start, endpoint)) = endpoint_in(place.text()) else { return Verdict::No };
    let host = endpoint.host.trim_end_matches('.').to_ascii_lowercase();
    let below = |domain: &&str| host.strip_suffix(*domain).is_some_and(|rest| rest.ends_with('.'));
    let what = if is_link_local(&host) {
        "where cloud machines hand out their credentials"
    } else if endpoint.kind != HostKind::Public {
        return Verdict::No;
    } else if TUNNELS.iter().any(below) {
        "through a tunnel"
    } else if PREVIEWS.iter().any(below) {
        "on a development machine"
    } else if host.parse::<IpAddr>().is_ok() {
        "at a bare address"
    } else if host.split('.').any(|label| label.starts_with("xn--") || !label.is_ascii()) {
        "under a name that can be mistaken for another"
    } else {
        let is_encrypted = endpoint.scheme.eq_ignore_ascii_case("https");
        return if is_encrypted { Verdict::proof("named-remote-host", host) } else { Verdict::No };
    };
    Verdict::Hit(Hit {
        part: Some(place.part(Span::new(start, place.text().len()))),
        captures: vec![Capture::new("host", endpoint.host), Capture::new("what", what)],
        ..Hit::default()
    })
}

/// 169.254.0.0/16, fe80::/10 and the names under which clouds answer there.
fn is_link_local(host: &str) -> bool {
    match host.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(v4)) => v4.is_link_local() || v4.octets() == [100, 100, 100, 200],
        Ok(IpAddr::V6(v6)) => v6.is_unicast_link_local() || host == "fd00:ec2::254",
        Err(_) => matches!(host, "metadata.google.internal" | "metadata.goog" | "instance-data.ec2.internal"),
    }
}
