//! What a request must not do: lose its key, write over what it says already, or send what belongs to the
//! connection between two machines.

use super::Check;
use crate::descriptions::{Action, Auth, Body, FormContent, KeyPlace, Way};
use crate::problems::{Place, Problem};

/// Headers that are made of the address, the body or the connection. With a `Host` from a file or from data the
/// credentials would reach whoever else is served at that address.
const OF_THE_CONNECTION: [&str; 10] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

impl Check<'_> {
    /// Headers of the whole file, and how a call proves who makes it.
    pub(super) fn credentials(&mut self) {
        let description = self.description;
        for header in &description.headers {
            self.may_be_sent(&header.name, header.place);
        }
        match &description.auth {
            Some(Auth::Headers(headers)) => {
                for (name, place, pattern) in headers {
                    self.may_be_sent(name, *place);
                    let mut named = pattern.settings();
                    if !named.any(|(name, _)| self.is_secret(name)) {
                        self.no_secret(*place);
                    }
                }
            }
            Some(Auth::Basic { user, password }) => {
                let mut named = user.settings().chain(password.settings());
                if !named.any(|(name, _)| self.is_secret(name)) {
                    self.no_secret(user.place);
                }
            }
            _ => {}
        }
    }

    /// The requests of an action.
    pub(super) fn requests(&mut self, action: &Action) {
        for way in &action.ways {
            for header in &way.headers {
                self.may_be_sent(&header.name, header.place);
            }
            self.key_is_placed(way);
        }
    }

    fn is_secret(&self, name: &str) -> bool {
        self.description.setting(name).is_some_and(|setting| setting.secret)
    }

    fn no_secret(&mut self, place: Place) {
        let message =
            "nothing in these credentials is secret: it would be stored and shown as it is";
        let problem = Problem::new("not_a_secret", place, message);
        let help = "put it into a setting with `secret: true` and name it here as `{setting}`";
        self.problems.push(problem.with_help(help));
    }

    fn may_be_sent(&mut self, name: &str, place: Place) {
        if OF_THE_CONNECTION.contains(&name.to_ascii_lowercase().as_str()) {
            let message = format!("the header `{name}` is made of the address or the connection");
            self.problems.push(Problem::new("header_invalid", place, message));
        }
    }

    /// A key that is lost, or that something else takes the place of, is none.
    fn key_is_placed(&mut self, way: &Way) {
        let Some(key) = &way.key else { return };
        let taken = match &key.sent {
            None => return,
            Some(KeyPlace::Header(name)) => {
                self.may_be_sent(name, key.place);
                let is_it = |other: &str| other.eq_ignore_ascii_case(name);
                let of_auth = match &self.description.auth {
                    Some(Auth::Headers(headers)) => headers.iter().any(|(name, ..)| is_it(name)),
                    Some(_) => is_it("authorization"),
                    None => false,
                };
                let mut headers = self.description.headers.iter().chain(&way.headers);
                of_auth || headers.any(|header| is_it(&header.name))
            }
            Some(KeyPlace::Query(name)) => way.query.iter().any(|member| member.name == *name),
            Some(KeyPlace::Body(name)) => match &way.body {
                Body::Json(form) | Body::Form { fields: form, .. } => match &form.content {
                    FormContent::Map(map) => {
                        let is_whole = map.condition.is_none() && map.merge.is_none();
                        if !is_whole || map.using.is_some() {
                            self.key_has_no_place(key.place);
                            return;
                        }
                        map.members.iter().any(|member| member.name == *name)
                    }
                    _ => return self.key_has_no_place(key.place),
                },
                Body::None => return self.key_has_no_place(key.place),
            },
        };
        if taken {
            let message = "something else of the request stands where the key is to be sent";
            self.problems.push(Problem::new("key_not_sent", key.place, message));
        }
    }

    fn key_has_no_place(&mut self, place: Place) {
        let message = "the key is put into the body, which is no map that is written out";
        let problem = Problem::new("key_not_sent", place, message);
        self.problems
            .push(problem.with_help("write the body as a map, or send the key in a header"));
    }
}
