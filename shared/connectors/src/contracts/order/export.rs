//! `order.export`: an order into the books of another system, once for each number.

use crate::contract::{Contract, Tried};
use crate::contracts::text::{check_line, check_words, checked_words};
use crate::events::Order;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tradewind_engine::effects::{ActionError, OnUnknown};
use tradewind_engine::time::is_date;

/// An order, and what the other system has to know besides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderToExport {
    /// The order; its number is what it is found by there.
    pub order: Order,
    /// The customer's id or name there; the connection may say one for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// When it is due, such as `2026-11-30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub due: Option<String>,
}

/// The order is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderExported {
    /// The provider's id of the order.
    pub id: String,
    /// False: it was there before.
    pub created: bool,
}

/// Bring an order to another system.
pub struct OrderExport;

impl Contract for OrderExport {
    const ID: &'static str = "order.export";
    const SUMMARY: &'static str = "Bring an order to another system, once for each number";
    // An order that is there twice is delivered and charged twice.
    const ON_UNKNOWN: OnUnknown = OnUnknown::Hold;
    const SAMPLES_SEARCHED_MAX: usize = 1_000;
    type Input = OrderToExport;
    type Output = OrderExported;

    fn checked(export: OrderToExport) -> Result<OrderToExport, ActionError> {
        check_words(&export.order.number, "order.number")?;
        check_line(&export.order.id, "order.id")?;
        let customer = checked_words(export.customer, "customer")?;
        if export.due.as_deref().is_some_and(|due| !is_date(due)) {
            return Err(ActionError::bad_data("date_invalid", "due"));
        }
        Ok(OrderToExport { customer, ..export })
    }

    /// A number that was exported before has the id that it was given first.
    fn sample(export: &OrderToExport, tried: &Tried<'_, Self>) -> OrderExported {
        let number = &export.order.number;
        match tried.earlier.iter().find(|(other, _)| other.order.number == *number) {
            Some((_, done)) => OrderExported { id: done.id.clone(), created: false },
            None => OrderExported { id: tried.new_id.to_owned(), created: true },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export() -> OrderToExport {
        let order = super::super::sample::order("1001", Default::default());
        OrderToExport {
            order,
            customer: Some("CUST-7".to_owned()),
            due: Some("2026-11-30".to_owned()),
        }
    }

    fn check_refused(change: impl Fn(&mut OrderToExport), expected: &str) {
        let mut export = export();
        change(&mut export);
        assert_eq!(OrderExport::checked(export).unwrap_err().to_string(), expected);
    }

    #[test]
    fn an_order_stays_as_it_is() {
        assert_eq!(OrderExport::checked(export()), Ok(export()));
        let alone = OrderToExport { customer: None, due: None, ..export() };
        assert_eq!(OrderExport::checked(alone.clone()), Ok(alone.clone()));
        let blank = OrderToExport { customer: Some(" ".to_owned()), ..alone.clone() };
        assert_eq!(OrderExport::checked(blank), Ok(alone));
    }

    #[test]
    fn what_no_provider_would_take_is_named() {
        check_refused(|export| export.order.number = String::new(), "text_missing: order.number");
        check_refused(
            |export| export.order.number = "1\n2".to_owned(),
            "header_injection: order.number",
        );
        check_refused(
            |export| export.customer = Some("a\rb".to_owned()),
            "header_injection: customer",
        );
        for due in ["", "30.11.2026", "2026-11-31", "20261130", "2026-11-30T00:00:00Z", "2026-1-3"]
        {
            check_refused(|export| export.due = Some(due.to_owned()), "date_invalid: due");
        }
    }

    #[test]
    fn the_same_number_is_the_same_order_in_the_sandbox() {
        let done = OrderExported { id: "first".to_owned(), created: true };
        let earlier = [(export(), done)];
        let now = Default::default();
        let tried = |earlier| Tried { new_id: "new", now, earlier };
        let again = OrderExport::sample(&export(), &tried(&earlier));
        assert_eq!(again, OrderExported { id: "first".to_owned(), created: false });
        let new = OrderExport::sample(&export(), &tried(&[]));
        assert_eq!(new, OrderExported { id: "new".to_owned(), created: true });
    }
}
