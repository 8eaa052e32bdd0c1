//! The stage of the gateway: which routes there are, and how much each takes.
//!
//! Invariant: every route has a throttle of its own. What is below `/hooks` and at no trigger endpoint of the catalog
//! goes to the function that takes the webhooks of the project's own providers, and where there is none to the admin
//! API's function, a few in a second. Either lists for people what leads nowhere; what no route takes at all is
//! answered by the gateway with 404, and reaches no function.

use super::fill;
use crate::function::{Function, Work};
use crate::naming;

/// Requests a second that a route takes, and how many more at once.
struct Throttle {
    rate: u32,
    burst: u32,
}

/// Of the webhooks of one provider.
const WEBHOOKS: Throttle = Throttle { rate: 200, burst: 400 };
/// Of the admin API: people, their commands and their dashboards.
const API: Throttle = Throttle { rate: 50, burst: 100 };
/// Of links, which people open.
const LINKS: Throttle = Throttle { rate: 20, burst: 40 };
/// Of what is asked for now and then: health, and addresses of hooks that lead nowhere.
const RARE: Throttle = Throttle { rate: 5, burst: 10 };

/// A route: its name in the template, its key, and what it takes.
struct Route {
    logical: String,
    key: String,
    throttle: Throttle,
}

/// The function that takes the webhooks of the project's own providers.
fn takes_own(functions: &[Function]) -> Option<&Function> {
    functions.iter().find(|function| function.takes_own())
}

/// The route of what is at no trigger endpoint of the catalog.
pub(super) fn strays(functions: &[Function]) -> String {
    let function = takes_own(functions).map_or("Api".to_owned(), Function::logical);
    let fragment = include_str!("../fragments/strays.yaml");
    fill(fragment, &[("path", naming::OTHER_HOOKS), ("Function", &function)])
}

/// The stage with all its routes.
pub(super) fn stage(functions: &[Function]) -> String {
    let routes = routes(functions);
    let names = routes.iter().map(|route| format!("      - {}", route.logical));
    let throttles = routes.iter().map(|Route { key, throttle: Throttle { rate, burst }, .. }| {
        format!(
            "        \"{key}\": {{ ThrottlingRateLimit: {rate}, ThrottlingBurstLimit: {burst} }}"
        )
    });
    fill(
        include_str!("../fragments/stage.yaml"),
        &[
            ("routes", &names.collect::<Vec<_>>().join("\n")),
            ("throttles", &throttles.collect::<Vec<_>>().join("\n")),
        ],
    )
}

fn routes(functions: &[Function]) -> Vec<Route> {
    let route = |logical: String, key: String, throttle| Route { logical, key, throttle };
    let strays = if takes_own(functions).is_some() { WEBHOOKS } else { RARE };
    let mut routes = vec![
        route("ApiRoute".to_owned(), "ANY /api/{proxy+}".to_owned(), API),
        route("HealthRoute".to_owned(), "GET /health".to_owned(), RARE),
        route("StrayRoute".to_owned(), format!("ANY {}", naming::OTHER_HOOKS), strays),
    ];
    let links = functions.iter().find(|function| matches!(function.work, Work::Links));
    routes.extend(links.map(|function| {
        let key = format!("ANY {}", naming::LINKS);
        route(format!("{}Route", function.logical()), key, LINKS)
    }));
    for function in functions {
        let Work::Trigger(provider) = &function.work else { continue };
        let (logical, key) = (function.logical(), format!("ANY {}", naming::hooks(&provider.id)));
        routes.push(route(format!("{logical}Route"), key, WEBHOOKS));
    }
    routes
}
