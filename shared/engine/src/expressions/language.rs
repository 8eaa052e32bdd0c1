//! The environment every expression is compiled in: empty but for our own filters and tests.

use super::comparisons::{self, COMPARISONS};
use super::filters::{dates, html, lists, money, tests, text};
use super::{DEPTH_MAX, FUEL_MAX};
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use std::sync::LazyLock;

/// Our filters with the fewest and the most arguments each takes in brackets.
const FILTERS: [(&str, usize, usize); 25] = [
    ("contains", 1, 1),
    ("date", 1, 1),
    ("decimal", 0, 0),
    ("default", 1, 1),
    ("first", 0, 0),
    ("html", 0, 0),
    ("join", 1, 1),
    ("json", 0, 0),
    ("keys", 0, 0),
    ("last", 0, 0),
    ("length", 0, 0),
    ("lower", 0, 0),
    ("map", 1, 1),
    ("money", 0, 0),
    ("order_table", 0, 1),
    ("replace", 2, 2),
    ("round", 0, 0),
    ("sort", 0, 1),
    ("split", 1, 1),
    ("sum", 0, 1),
    ("text", 0, 0),
    ("trim", 0, 0),
    ("truncate", 1, 1),
    ("unique", 0, 0),
    ("upper", 0, 0),
];

const TESTS: [&str; 6] = ["containing", "defined", "empty", "ending_with", "none", "starting_with"];

/// The names of all filters.
pub(super) fn filter_names() -> impl Iterator<Item = &'static str> + Clone {
    FILTERS.iter().map(|(name, ..)| *name)
}

/// The names of all tests.
pub(super) fn test_names() -> impl Iterator<Item = &'static str> + Clone {
    TESTS.iter().copied()
}

/// The fewest and the most arguments of a filter.
pub(super) fn arguments_of(filter: &str) -> (usize, usize) {
    let found = FILTERS.iter().find(|(name, ..)| *name == filter);
    found.map_or((0, 0), |(_, least, most)| (*least, *most))
}

/// The environment.
pub(super) fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(build);
    &ENVIRONMENT
}

fn build() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL_MAX));
    environment.set_recursion_limit(DEPTH_MAX);

    environment.add_filter("contains", tests::containing);
    environment.add_filter("date", dates::date);
    environment.add_filter("decimal", money::decimal);
    environment.add_filter("default", lists::default);
    environment.add_filter("first", lists::first);
    environment.add_filter("html", html::html);
    environment.add_filter("join", lists::join);
    environment.add_filter("json", text::json);
    environment.add_filter("keys", lists::keys);
    environment.add_filter("last", lists::last);
    environment.add_filter("length", lists::length);
    environment.add_filter("lower", text::lower);
    environment.add_filter("map", lists::map);
    environment.add_filter("money", money::money);
    environment.add_filter("order_table", html::order_table);
    environment.add_filter("replace", text::replace);
    environment.add_filter("round", money::round);
    environment.add_filter("sort", lists::sort);
    environment.add_filter("split", text::split);
    environment.add_filter("sum", lists::sum);
    environment.add_filter("text", text::text);
    environment.add_filter("trim", text::trim);
    environment.add_filter("truncate", text::truncate);
    environment.add_filter("unique", lists::unique);
    environment.add_filter("upper", text::upper);

    for comparison in COMPARISONS {
        let compare = move |left: &Value, right: &Value| -> Result<bool, Error> {
            Ok(comparisons::compare(comparison, left, right)?)
        };
        environment.add_filter(comparison.1, compare);
    }

    environment.add_test("containing", tests::containing);
    environment.add_test("defined", tests::defined);
    environment.add_test("empty", tests::empty);
    environment.add_test("ending_with", tests::ending_with);
    environment.add_test("none", tests::none);
    environment.add_test("starting_with", tests::starting_with);
    environment
}
