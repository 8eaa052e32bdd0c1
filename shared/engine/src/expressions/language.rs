//! The environments in which expressions are compiled: empty but for our own filters and tests.

use super::comparisons::{self, COMPARISONS, RELATIONS};
use super::filters::{
    Filtered, Tested, amounts, dates, html, lists, mailboxes, maps, money, numbers, tests, text,
    words,
};
use super::missing::{Missing, is_nothing, null_for_undefined};
use super::{DEPTH_MAX, FUEL_MAX};
use minijinja::{Environment, Error, UndefinedBehavior, Value};
use std::sync::LazyLock;

/// What a filter does, by the arguments it takes in brackets.
#[derive(Clone, Copy)]
enum Filter {
    Alone(fn(&Value) -> Filtered),
    With(fn(&Value, &Value) -> Filtered),
    WithOrWithout(fn(&Value, Option<&Value>) -> Filtered),
    WithTwo(fn(&Value, &Value, &Value) -> Filtered),
}

/// What a test asks, by the arguments it takes.
#[derive(Clone, Copy)]
enum Test {
    Alone(fn(&Value) -> Tested),
    With(fn(&Value, &Value) -> Tested),
}

use Filter::{Alone, With, WithOrWithout, WithTwo};

/// The filters of every expression.
const FILTERS: [(&str, Filter); 25] = [
    ("contains", With(tests::contains)),
    ("date", With(dates::date)),
    ("decimal", Alone(money::decimal)),
    ("default", With(lists::default)),
    ("first", Alone(lists::first)),
    ("html", Alone(html::html)),
    ("join", With(lists::join)),
    ("json", Alone(text::json)),
    ("keys", Alone(lists::keys)),
    ("last", Alone(lists::last)),
    ("length", Alone(lists::length)),
    ("lower", Alone(text::lower)),
    ("map", With(lists::map)),
    ("money", Alone(money::money)),
    ("order_table", WithOrWithout(html::order_table)),
    ("replace", WithTwo(text::replace)),
    ("round", Alone(money::round)),
    ("sort", WithOrWithout(lists::sort)),
    ("split", With(text::split)),
    ("sum", WithOrWithout(lists::sum)),
    ("text", Alone(text::text)),
    ("trim", Alone(text::trim)),
    ("truncate", With(text::truncate)),
    ("unique", Alone(lists::unique)),
    ("upper", Alone(text::upper)),
];

/// Those that only descriptions of providers have: between the forms of vendors and ours.
const FILTERS_OF_DESCRIPTIONS: [(&str, Filter); 14] = [
    ("as_money", With(amounts::as_money)),
    ("ascii_mailbox", With(mailboxes::ascii_mailbox)),
    ("blank", Alone(words::blank)),
    ("lookup", With(maps::lookup)),
    ("mailbox", With(mailboxes::mailbox)),
    ("minor", With(amounts::minor)),
    ("negative", Alone(amounts::negative)),
    ("number", Alone(numbers::number)),
    ("share", With(amounts::share)),
    ("texts", Alone(maps::texts)),
    ("time", With(dates::time)),
    ("unescape", Alone(words::unescape)),
    ("with", WithTwo(maps::with)),
    ("word", Alone(words::word)),
];

/// Where undefined is null, these look into lists and maps in which something is missing.
const FILTERS_THAT_KNOW_NULL: [(&str, Filter); 3] = [
    ("contains", With(tests::contains_or_null)),
    ("json", Alone(text::json_with_nulls)),
    ("map", With(lists::map_or_null)),
];

const TESTS: [(&str, Test); 6] = [
    ("containing", Test::With(tests::containing)),
    ("defined", Test::Alone(tests::defined)),
    ("empty", Test::Alone(tests::empty)),
    ("ending_with", Test::With(tests::ending_with)),
    ("none", Test::Alone(tests::none)),
    ("starting_with", Test::With(tests::starting_with)),
];

const TESTS_THAT_KNOW_NULL: [(&str, Test); 2] = [
    ("containing", Test::With(tests::containing_or_null)),
    ("defined", Test::Alone(tests::not_null)),
];

/// The names of all filters.
pub(super) fn filter_names(missing: Missing) -> impl Iterator<Item = &'static str> + Clone {
    filters(missing).map(|(name, _)| name)
}

/// The names of all tests.
pub(super) fn test_names() -> impl Iterator<Item = &'static str> + Clone {
    TESTS.iter().map(|(name, _)| *name)
}

/// The fewest and the most arguments of a filter.
pub(super) fn arguments_of(filter: &str) -> (usize, usize) {
    let found = filters(Missing::IsNull).find(|(name, _)| *name == filter);
    found.map_or((0, 0), |(_, filter)| match filter {
        Alone(_) => (0, 0),
        With(_) => (1, 1),
        WithOrWithout(_) => (0, 1),
        WithTwo(_) => (2, 2),
    })
}

fn filters(missing: Missing) -> impl Iterator<Item = (&'static str, Filter)> + Clone {
    let others: &[_] = match missing {
        Missing::IsAnError => &[],
        Missing::IsNull => &FILTERS_OF_DESCRIPTIONS,
    };
    FILTERS.iter().chain(others).copied()
}

/// The environment in which undefined is that.
pub(super) fn environment(missing: Missing) -> &'static Environment<'static> {
    static STRICT: LazyLock<Environment<'static>> = LazyLock::new(strict);
    static WITH_NULLS: LazyLock<Environment<'static>> = LazyLock::new(with_nulls);
    match missing {
        Missing::IsAnError => &STRICT,
        Missing::IsNull => &WITH_NULLS,
    }
}

fn empty(missing: Missing) -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(match missing {
        Missing::IsAnError => UndefinedBehavior::Strict,
        Missing::IsNull => UndefinedBehavior::Chainable,
    });
    environment.set_fuel(Some(FUEL_MAX));
    environment.set_recursion_limit(DEPTH_MAX);
    for comparison in COMPARISONS {
        let compare = move |left: &Value, right: &Value| -> Result<bool, Error> {
            Ok(comparisons::compare(comparison, missing, left, right)?)
        };
        environment.add_filter(comparison.1, compare);
    }
    environment
}

fn strict() -> Environment<'static> {
    let mut environment = empty(Missing::IsAnError);
    for (name, filter) in filters(Missing::IsAnError) {
        match filter {
            Alone(filter) => environment.add_filter(name, filter),
            With(filter) => environment.add_filter(name, filter),
            WithOrWithout(filter) => environment.add_filter(name, filter),
            WithTwo(filter) => environment.add_filter(name, filter),
        }
    }
    for (name, test) in TESTS {
        match test {
            Test::Alone(test) => environment.add_test(name, test),
            Test::With(test) => environment.add_test(name, test),
        }
    }
    environment
}

fn with_nulls() -> Environment<'static> {
    let mut environment = empty(Missing::IsNull);
    for (name, filter) in filters(Missing::IsNull).chain(FILTERS_THAT_KNOW_NULL) {
        add_filter_that_passes_null_on(&mut environment, name, filter);
    }
    for (name, test) in TESTS.into_iter().chain(TESTS_THAT_KNOW_NULL) {
        match test {
            Test::Alone(test) => {
                environment.add_test(name, move |value: &Value| test(&null_for_undefined(value)));
            }
            Test::With(test) => environment.add_test(name, move |value: &Value, other: &Value| {
                test(&null_for_undefined(value), &null_for_undefined(other))
            }),
        }
    }
    for (_, name, holds) in RELATIONS {
        let relation =
            move |left: &Value, right: &Value| -> Result<bool, Error> { Ok(holds(left, right)?) };
        environment.add_filter(name, relation);
    }
    environment
}

/// Only `default` makes something of null.
fn add_filter_that_passes_null_on(
    environment: &mut Environment<'static>,
    name: &'static str,
    filter: Filter,
) {
    let passes = move |value: &Value| is_nothing(value) && name != "default";
    let null = || Ok(Value::from(()));
    let given = null_for_undefined;
    match filter {
        Alone(filter) => environment.add_filter(name, move |value: &Value| -> Filtered {
            if passes(value) { null() } else { filter(value) }
        }),
        With(filter) => environment.add_filter(name, move |value: &Value, one: &Value| {
            if passes(value) { null() } else { filter(value, &given(one)) }
        }),
        WithOrWithout(filter) => {
            environment.add_filter(name, move |value: &Value, one: Option<&Value>| {
                if passes(value) { null() } else { filter(value, one.map(given).as_ref()) }
            });
        }
        WithTwo(filter) => {
            environment.add_filter(name, move |value: &Value, one: &Value, two: &Value| {
                if passes(value) { null() } else { filter(value, &given(one), &given(two)) }
            });
        }
    }
}
