//! For whom a request is.

/// For whom a request is: a provider, and the hosts that are its own. The hosts are data, of the catalog
/// or of a file, and no setting of a connection adds to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    provider: String,
    hosts: Vec<String>,
}

impl Recipient {
    /// A provider with its hosts, each a name such as `api.sendgrid.com`; `*` in it stands for any one label, as
    /// in `*.commercelayer.io`.
    pub fn new<Host: AsRef<str>>(provider: &str, hosts: &[Host]) -> Self {
        let hosts = hosts.iter().map(|host| host.as_ref().to_ascii_lowercase());
        Self { provider: provider.to_owned(), hosts: hosts.collect() }
    }

    /// The provider, as tradewind.yaml names it.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Its hosts.
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// Whether the host is the provider's own.
    pub fn owns(&self, name: &str) -> bool {
        self.hosts.iter().any(|host| {
            host.split('.').count() == name.split('.').count()
                && host
                    .split('.')
                    .zip(name.split('.'))
                    .all(|(own, label)| !label.is_empty() && (own == "*" || own == label))
        })
    }
}
