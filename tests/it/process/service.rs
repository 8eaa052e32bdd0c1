//! The unit for systemd: what it takes away from the process, so that whoever gets into it has gained
//! little. `systemd-analyze verify` and `systemd-analyze security --offline=true` say the rest.

use crate::tidy::root;
use std::collections::BTreeMap;

/// Each takes away something that the process never needs.
const TAKEN_AWAY: [(&str, &str); 29] = [
    ("UMask", "0077"),
    ("LimitCORE", "0"),
    ("NoNewPrivileges", "yes"),
    ("CapabilityBoundingSet", ""),
    ("AmbientCapabilities", ""),
    ("ProtectSystem", "strict"),
    ("ProtectHome", "yes"),
    ("ProtectProc", "invisible"),
    ("ProtectClock", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectControlGroups", "yes"),
    ("PrivateTmp", "yes"),
    ("PrivateDevices", "yes"),
    ("PrivateIPC", "yes"),
    ("KeyringMode", "private"),
    ("LockPersonality", "yes"),
    ("MemoryDenyWriteExecute", "yes"),
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("SystemCallArchitectures", "native"),
    ("SystemCallFilter", "@system-service ~@privileged @resources"),
    ("SystemCallErrorNumber", "EPERM"),
    ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
    ("IPAddressDeny", "169.254.0.0/16 fe80::/10"),
    ("StateDirectoryMode", "0700"),
];

#[test]
fn the_unit_takes_away_what_the_process_never_needs() {
    let unit = std::fs::read_to_string(root().join("infra/local/tradewind.service")).unwrap();
    let service = unit.split("[Service]").nth(1).unwrap().split("[Install]").next().unwrap();
    let mut said: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in service.lines().filter_map(|line| line.split_once('=')) {
        if name.starts_with('#') {
            continue;
        }
        // What is said twice adds up.
        let all = said.entry(name).or_default();
        *all = format!("{all} {value}").trim().to_owned();
    }
    for (name, value) in TAKEN_AWAY {
        assert_eq!(said.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(said["LimitNOFILE"].parse::<u32>().unwrap() >= 65_536, "a connection is a file");
    assert_ne!(said.get("User").map(String::as_str), None, "it must not be root");
}
