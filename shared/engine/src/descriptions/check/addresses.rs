//! Settings where they stand by name: in addresses and credentials.

use super::Check;
use crate::descriptions::{Auth, Pattern, PatternPiece, Setting, SettingKind};
use crate::problems::{Place, Problem};

impl<'a> Check<'a> {
    pub(super) fn addresses(&mut self) {
        let description = self.description;
        self.address(&description.base_url, "base_url");
        let Some(auth) = &description.auth else { return };
        for pattern in auth.patterns() {
            self.settings_of(pattern);
        }
        match auth {
            Auth::Bearer(token) => self.must_be_secret(token, "bearer"),
            Auth::OAuth(oauth) => {
                self.must_be_secret(&oauth.secret, "secret");
                self.address(&oauth.at, "at");
            }
            Auth::Named { name, place, arguments } => self.authenticator(name, *place, arguments),
            Auth::Headers(_) | Auth::Basic { .. } => {}
        }
    }

    /// One that is written in Rust: it is there, and told what it has to be told and nothing else.
    fn authenticator(&mut self, name: &str, place: Place, told: &[(String, Place, Pattern)]) {
        let known = self.contracts.authenticators();
        let Some(authenticator) = known.iter().find(|one| one.name == name) else {
            let message = format!("there is no authenticator `{name}`");
            let problem = Problem::new("unknown_key", place, message);
            let words = ["headers", "bearer", "basic", "oauth"].into_iter();
            let words: Vec<_> = words.chain(known.iter().map(|one| one.name)).collect();
            let listed = problem.with_help(format!("there are {}", words.join(", ")));
            self.problems.push(listed.with_nearest(name, words));
            return;
        };
        for (argument, place, pattern) in told {
            let Some(wanted) = authenticator.arguments.iter().find(|one| one.name == argument)
            else {
                let problem = Problem::new(
                    "unknown_key",
                    *place,
                    format!("unknown key `{argument}` in `{name}`"),
                );
                let names = authenticator.arguments.iter().map(|one| one.name);
                self.problems.push(problem.with_nearest(argument, names));
                continue;
            };
            match pattern.whole_setting() {
                Some(_) if wanted.secret => self.must_be_secret(pattern, argument),
                None if wanted.secret => {
                    let message = format!("`{argument}` is a secret, and stands in the file");
                    let problem = Problem::new("not_a_secret", *place, message);
                    let help =
                        "put it into a setting with `secret: true` and name that as `{setting}`";
                    self.problems.push(problem.with_help(help));
                }
                _ => {}
            }
        }
        for wanted in authenticator.arguments.iter().filter(|one| one.required) {
            if !told.iter().any(|(argument, ..)| argument == wanted.name) {
                let message = format!("the key `{}` is missing in `{name}`", wanted.name);
                self.problems.push(Problem::new("missing_key", place, message));
            }
        }
    }

    fn must_be_secret(&mut self, pattern: &Pattern, key: &str) {
        let setting = pattern.whole_setting().and_then(|name| self.description.setting(name));
        if let Some(setting) = setting.filter(|setting| !setting.secret) {
            self.refuse_no_secret(setting, key, pattern.place);
        }
    }

    pub(super) fn refuse_no_secret(&mut self, setting: &Setting, key: &str, place: Place) {
        let message = format!("`{key}` names the setting `{}`, which is no secret", setting.name);
        let problem = Problem::new("not_a_secret", place, message);
        self.problems.push(problem.with_help("write `secret: true` at the setting"));
    }

    /// The setting of that name; a problem where there is none.
    pub(super) fn named_setting(&mut self, name: &str, place: Place) -> Option<&'a Setting> {
        let description = self.description;
        let setting = description.setting(name);
        if setting.is_none() {
            let message = format!("there is no setting `{name}`");
            let problem = Problem::new("unknown_setting", place, message);
            let names = description.settings.iter().map(|setting| setting.name.as_str());
            self.problems.push(problem.with_nearest(name, names));
        }
        setting
    }

    fn settings_of(&mut self, pattern: &Pattern) {
        for (name, place) in pattern.settings() {
            self.named_setting(name, place);
        }
    }

    /// A setting in an address is a host, a label of one, a segment of the path, or all of it.
    fn address(&mut self, pattern: &Pattern, key: &str) {
        if let Some(name) = pattern.whole_setting() {
            let Some(setting) = self.named_setting(name, pattern.place) else { return };
            if setting.kind != SettingKind::Url || setting.hosts.is_empty() {
                let message = format!("`{key}` is the whole of the setting `{name}`");
                let problem = Problem::new("setting_type", pattern.place, message);
                let help = "that needs `type: url`, and the hosts it may name as `hosts: […]`";
                self.problems.push(problem.with_help(help));
            }
            return;
        }
        let mut before = String::new();
        for (at, piece) in pattern.pieces.iter().enumerate() {
            match piece {
                PatternPiece::Text(text) => before.push_str(text),
                PatternPiece::Setting { name, place } => {
                    let after = match pattern.pieces.get(at + 1) {
                        Some(PatternPiece::Text(text)) => text.chars().next(),
                        Some(PatternPiece::Setting { .. }) => Some('{'),
                        None => None,
                    };
                    self.piece_of_address(name, *place, &before, after);
                    before.push('x');
                }
            }
        }
    }

    fn piece_of_address(&mut self, name: &str, place: Place, before: &str, after: Option<char>) {
        let Some(setting) = self.named_setting(name, place) else { return };
        let behind_scheme = before.strip_prefix("https://").unwrap_or_default();
        let in_path = behind_scheme.contains('/');
        let ends = after.is_none_or(|next| next == '/');
        let wanted = match () {
            () if in_path && before.ends_with('/') && ends => SettingKind::Segment,
            () if !in_path && behind_scheme.is_empty() && ends => SettingKind::Host,
            () if !in_path && after == Some('.') && is_label_start(behind_scheme) => {
                SettingKind::Label
            }
            // The end of a host would be a domain of anybody's.
            () => {
                let message = format!("`{{{name}}}` is only a part of a segment or of a label");
                let problem = Problem::new("setting_type", place, message);
                let help =
                    "a setting stands for a whole host, a label before a `.`, or a whole segment";
                self.problems.push(problem.with_help(help));
                return;
            }
        };
        if setting.kind == wanted && !setting.secret {
            return;
        }
        let word =
            SettingKind::ALL.iter().find(|(_, kind)| *kind == wanted).map_or("", |(word, _)| word);
        let (message, help) = match setting.secret {
            true => (
                format!("the secret `{name}` stands in a part of an address"),
                "a secret is the whole address or none of it".to_owned(),
            ),
            false => (
                format!("`{name}` stands in an address as a {word}"),
                format!("that needs `type: {word}` at the setting"),
            ),
        };
        self.problems.push(Problem::new("setting_type", place, message).with_help(help));
    }
}

fn is_label_start(host: &str) -> bool {
    host.is_empty() || host.ends_with('.')
}
