//! Words about addresses: `risky-host`, one that says little about who answers there, and `every-interface`, one on which a
//! server listens. Whether the way is encrypted is `plaintext-endpoint`'s question.

use super::super::place::{Field, Hit, Place, Verdict};
use super::endpoint_in;
use crate::deployment::HostKind;
use crate::matcher::Capture;
use crate::rule::RunnerKind;
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

/// `--host 0.0.0.0`, `--listen=[::]:8000`, `HOST=0.0.0.0`; inside a container nothing else would work.
pub(super) fn every_interface(place: &Place<'_>) -> Verdict {
    let server = place.server;
    if server.launch.package.as_ref().is_some_and(|package| package.kind == RunnerKind::Oci) {
        return Verdict::No;
    }
    let text = place.text();
    let is_option = |name: &str| {
        let name = name.trim_start_matches('-').to_ascii_lowercase();
        ["host", "bind", "listen", "address", "addr", "hostname", "interface"].iter().any(|word| name.ends_with(word))
    };
    let (name, value) = match (place.field.field, place.field.key, place.field.index) {
        (Field::Env, Some(key), _) => (key.decoded.as_str(), text),
        (Field::Argument, _, Some(index)) => match text.split_once('=').filter(|(name, _)| name.starts_with('-')) {
            Some(pair) => pair,
            None => {
                let before = index.checked_sub(1).and_then(|at| server.args.get(at));
                let Some(flag) = before.map(crate::deployment::Value::as_str).filter(|flag| flag.starts_with("--"))
                else {
                    return Verdict::No;
                };
                (flag, text)
            }
        },
        _ => return Verdict::No,
    };
    if !is_option(name) {
        return Verdict::No;
    }
    let host = value.strip_prefix("http://").unwrap_or(value);
    let host = host.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or_else(|| {
        // `::` is an address, `0.0.0.0:80` has a port.
        if host.matches(':').count() == 1 { host.split(':').next().unwrap_or(host) } else { host }
    });
    match host.parse::<IpAddr>() {
        Ok(address) if address.is_unspecified() => {
            let range = Span::new(text.len() - value.len(), text.len());
            let captures = vec![Capture::new("what", host)];
            Verdict::Hit(Hit { part: Some(place.part(range)), captures, ..Hit::default() })
        }
        Ok(address) if address.is_loopback() => Verdict::proof("listens-on-loopback", host),
        _ => Verdict::No,
    }
}
