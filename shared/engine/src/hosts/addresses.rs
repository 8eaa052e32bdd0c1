//! What an address leads to.
//!
//! Invariant: what is not known to be global is not global. Forms that carry an IPv4 address inside an
//! IPv6 one lead to nothing: they are how a check of the one is passed with the other.
//!
//! <https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Somewhere on the internet.
    Global,
    /// Somewhere in the operator's own network.
    Private,
    /// This machine.
    Loopback,
    /// Where no call may go, whoever allows it: what hands out the machine's own credentials, groups of
    /// machines, and nobody.
    Never,
}

/// Where clouds serve a machine its metadata, outside the ranges that are closed anyway.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

/// What the address leads to.
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    if METADATA_V4.contains(&address) {
        return Reach::Never;
    }
    match address.octets() {
        [0, ..] | [169, 254, ..] | [224..=255, ..] => Reach::Never,
        [127, ..] => Reach::Loopback,
        [10, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        | [100, 64..=127, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [192, 31, 196, _]
        | [192, 52, 193, _]
        | [192, 175, 48, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Reach::Private,
        _ => Reach::Global,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if address == Ipv6Addr::LOCALHOST {
        return Reach::Loopback;
    }
    if METADATA_V6.contains(&address) {
        return Reach::Never;
    }
    let segments = address.segments();
    match segments {
        // Unspecified, compatible and mapped IPv4, link-local, multicast.
        [0, 0, 0, 0, 0, ..] | [0xfe80..=0xfebf, ..] | [0xff00..=0xffff, ..] => Reach::Never,
        // The translated form is what networks without IPv4 give every name: it leads where the address
        // within leads.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => match reach_v4(embedded(high, low)) {
            Reach::Global => Reach::Global,
            _ => Reach::Never,
        },
        // Local translation, Teredo and 6to4.
        [0x64, 0xff9b, ..] | [0x2001, 0, ..] | [0x2002, ..] => Reach::Never,
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reach::Private,
        [0x2620, 0x4f, 0x8000, ..] => Reach::Private,
        [0x2000..=0x3fff, ..] => Reach::Global,
        _ => Reach::Private,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}
