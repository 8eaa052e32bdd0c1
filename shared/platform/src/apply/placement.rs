//! Where secrets stand: in the settings that are kept secret, and nowhere else.
//!
//! Invariant: what is applied holds no secret in clear, and names none in a setting whose value is stored,
//! shown, or becomes part of an address or a path.

use tradewind_connectors::provider::Provider;
use tradewind_engine::problems::Problem;
use tradewind_engine::project::{Connection, Setting};

/// Every secret that stands where it is not kept, and everything else that stands in the place of one.
pub(super) fn check_placement(connection: &Connection, provider: &Provider) -> Vec<Problem> {
    let mut looking = Looking { connection, provider, problems: Vec::new() };
    for (name, setting) in &connection.settings {
        looking.look(name, name, setting, false);
    }
    looking.problems
}

/// Whether the variable is one that Tradewind itself takes secrets from.
fn holds_secret(variable: &str) -> bool {
    variable.starts_with("TRADEWIND_SECRET_") || variable == "TRADEWIND_TOKEN"
}

struct Looking<'a> {
    connection: &'a Connection,
    provider: &'a Provider,
    problems: Vec<Problem>,
}

impl Looking<'_> {
    /// Looks at the setting of that name, such as `verify.secret`, which stands at `path`: an item of a list
    /// has a path of its own and the name of the list. What is below a secret setting is secret too.
    fn look(&mut self, name: &str, path: &str, setting: &Setting, is_below_secret: bool) {
        let is_secret =
            is_below_secret || self.provider.secrets.iter().any(|secret| secret == name);
        match setting {
            Setting::Map(_) if is_secret && !self.has_secrets_below(name) => {
                self.not_one_text(name, path);
            }
            Setting::Map(fields) => {
                for (member, field) in fields {
                    let path = format!("{path}.{member}");
                    self.look(&format!("{name}.{member}"), &path, field, is_secret);
                }
            }
            Setting::List(several) => {
                for (index, one) in several.iter().enumerate() {
                    self.look(name, &format!("{path}.{index}"), one, is_secret);
                }
            }
            Setting::Secret(secret) if !is_secret => self.not_kept(name, path, secret),
            Setting::Env(variable) if is_secret => self.in_clear(name, path, variable),
            Setting::Env(variable) if holds_secret(variable) => {
                self.not_kept(name, path, &format!("in ${variable}"));
            }
            Setting::Text(_) | Setting::Integer(_) | Setting::Bool(_) if is_secret => {
                self.written_out(name, path);
            }
            _ => {}
        }
    }

    fn has_secrets_below(&self, name: &str) -> bool {
        let below = format!("{name}.");
        self.provider.secrets.iter().any(|secret| secret.starts_with(&below))
    }

    /// A secret that is written out in a file under version control is no secret any more.
    fn written_out(&mut self, name: &str, path: &str) {
        let message = format!("connection {}: {name} is a secret", self.connection.name);
        let help = self.as_secret(name);
        self.add("secret_in_file", path, message, help);
    }

    fn in_clear(&mut self, name: &str, path: &str, variable: &str) {
        let message = format!(
            "connection {}: {name} is a secret, and ${variable} would be stored in clear",
            self.connection.name
        );
        let help = format!(
            "{}, or by $TRADEWIND_SECRET_{}",
            self.as_secret(name),
            self.secret_for(name).to_uppercase()
        );
        self.add("secret_from_environment", path, message, help);
    }

    fn not_one_text(&mut self, name: &str, path: &str) {
        let message = format!(
            "connection {}: {name} is a secret, which is one text and not a map",
            self.connection.name
        );
        let help = self.as_secret(name);
        self.add("type_mismatch", path, message, help);
    }

    fn not_kept(&mut self, name: &str, path: &str, secret: &str) {
        let (connection, provider) = (&self.connection.name, self.provider);
        let message = format!(
            "connection {connection}: {name} is stored and shown as it is, so that the secret {secret} \
             would be no secret there"
        );
        let kept = match &provider.secrets[..] {
            [] => format!("{} has no secret settings", provider.id),
            names => format!("the secret settings of {} are {}", provider.id, names.join(", ")),
        };
        let help = format!("write it out, or take it from `${{{{ env.NAME }}}}`; {kept}");
        self.add("secret_misplaced", path, message, help);
    }

    /// How to write it.
    fn as_secret(&self, name: &str) -> String {
        let secret = self.secret_for(name);
        format!(
            "write `${{{{ secret.{secret} }}}}` and set it with `tradewind secret set {secret}`"
        )
    }

    fn secret_for(&self, name: &str) -> String {
        format!("{}_{}", self.connection.name, name.replace('.', "_"))
    }

    fn add(&mut self, code: &str, path: &str, message: String, help: String) {
        let place = self.connection.place_of(path);
        self.problems.push(Problem::new(code, place, message).with_help(help));
    }
}
