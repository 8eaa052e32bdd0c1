//! What names lead to.

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tradewind_engine::hosts::{AllowedHosts, Blocked, Reach, reach};
use tradewind_engine::ports::HttpError;

/// Looks names up.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of the name.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's own way: its hosts file and its name servers.
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Looks a name up once for each connection and gives on what was checked, so that nothing else is
/// connected to.
///
/// Invariant: one address that may not be called refuses the name. To keep the good ones of a mixed
/// answer would be to trust whoever mixed it.
pub(super) struct CheckedLookup {
    lookup: Arc<dyn Lookup>,
    allowed: Arc<AllowedHosts>,
}

impl CheckedLookup {
    pub(super) fn new(lookup: Arc<dyn Lookup>, allowed: Arc<AllowedHosts>) -> Self {
        Self { lookup, allowed }
    }

    /// The addresses of the name, where all of them may be called.
    pub(super) async fn checked(&self, name: &str) -> Result<Vec<IpAddr>, HttpError> {
        let found = self.lookup.addresses(name).await;
        let found = found.map_err(|error| HttpError::NotSent(error.to_string()))?;
        check(name, &found, &self.allowed)?;
        Ok(found)
    }
}

impl Resolve for CheckedLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, allowed) = (Arc::clone(&self.lookup), Arc::clone(&self.allowed));
        Box::pin(async move {
            let addresses = lookup.addresses(name.as_str()).await?;
            check(name.as_str(), &addresses, &allowed)?;
            // The port is the one of the URL.
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

fn check(name: &str, addresses: &[IpAddr], allowed: &AllowedHosts) -> Result<(), Blocked> {
    let refused = addresses.iter().filter(|address| !allowed.permits_address(name, **address));
    let refused: Vec<Reach> = refused.map(|address| reach(*address)).collect();
    match refused.as_slice() {
        [] => Ok(()),
        all if all.iter().all(|one| *one == Reach::Private) => Err(Blocked::leads_to_private(name)),
        _ => Err(Blocked::leads_nowhere(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::Mutex;

    struct Rebinding(Mutex<VecDeque<Vec<IpAddr>>>);

    #[async_trait]
    impl Lookup for Rebinding {
        async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            self.0.lock().unwrap().pop_front().ok_or_else(|| io::Error::other("once too often"))
        }
    }

    /// What is connected to after each look-up, or the code of what refuses it.
    async fn check(answers: &[&[&str]], expected: &[&str]) {
        let parsed = |texts: &&[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let lookup = Arc::new(Rebinding(Mutex::new(answers.iter().map(parsed).collect())));
        let checked = CheckedLookup::new(lookup, Arc::default());
        let mut found = Vec::new();
        for _ in answers {
            let resolved = checked.resolve("api.acme.example".parse().unwrap()).await;
            found.push(match resolved {
                Ok(addresses) => {
                    addresses.map(|one| one.ip().to_string()).collect::<Vec<_>>().join(" ")
                }
                Err(error) => error.downcast::<Blocked>().unwrap().reason.code().to_owned(),
            });
        }
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn each_connection_gets_what_was_checked_for_it() {
        check(&[&["1.1.1.1"], &["10.0.0.1"]], &["1.1.1.1", "private_address"]).await;
        check(
            &[&["10.0.0.1"], &["1.1.1.1", "2606:4700::1"]],
            &["private_address", "1.1.1.1 2606:4700::1"],
        )
        .await;
        check(&[&["1.1.1.1", "169.254.169.254"]], &["private_address"]).await;
    }
}
