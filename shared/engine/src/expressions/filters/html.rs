//! Filters that make HTML. What they give out is not escaped again.

use super::super::error::Fault;
use super::super::missing::Missing;
use super::super::output::{Budget, Escape, escape_html, to_text};
use super::{Bounded, Filtered, items_of, member_of, money, text_of};
use minijinja::Value;

/// "This text is HTML already."
pub(in super::super) fn html(value: &Value) -> Filtered {
    Ok(Value::from_safe_string(text_of(value, "html")?.to_owned()))
}

const LABELS: [&str; 4] = ["Item", "Quantity", "Price", "Total"];
const CELL: &str = "style=\"padding:4px 8px;text-align:left;border-bottom:1px solid #ddd\"";
const AMOUNT: &str = "style=\"padding:4px 8px;text-align:right;border-bottom:1px solid #ddd\"";

/// The lines of an order as a table; the four headings can be given as a list, in another language.
pub(in super::super) fn order_table(lines: &Value, labels: Option<&Value>) -> Filtered {
    let lines = items_of(lines, "order_table")?;
    let mut table = Bounded::html();
    table.push("<table style=\"border-collapse:collapse\"><thead><tr>")?;
    for (index, label) in headings(labels)?.iter().enumerate() {
        let style = if index == 0 { CELL } else { AMOUNT };
        table.push(&format!("<th {style}>{}</th>", escape_html(label)))?;
    }
    table.push("</tr></thead><tbody>")?;
    for line in &lines {
        table.push(&row(line)?)?;
    }
    table.push("</tbody></table>")?;
    Ok(Value::from_safe_string(table.text))
}

fn headings(labels: Option<&Value>) -> Result<Vec<String>, Fault> {
    let Some(labels) = labels else {
        return Ok(LABELS.map(str::to_owned).to_vec());
    };
    let labels = items_of(labels, "order_table")?;
    if labels.len() != LABELS.len() {
        return Err(Fault::kind("`order_table` needs four headings"));
    }
    labels.iter().map(|label| text_of(label, "order_table").map(str::to_owned)).collect()
}

fn row(line: &Value) -> Result<String, Fault> {
    let member = |name: &str| member_of(line, name, "order_table");
    let name = escape_html(text_of(&member("name")?, "order_table")?);
    let sku = match line.get_attr("sku").unwrap_or_default() {
        sku if sku.is_undefined() || sku.is_none() => String::new(),
        sku => format!("<br><small>{}</small>", escape_html(text_of(&sku, "order_table")?)),
    };
    let quantity = match line.get_attr("quantity").unwrap_or_default() {
        unknown if unknown.is_undefined() || unknown.is_none() => String::new(),
        quantity => to_text(&quantity, Escape::Html, Missing::IsAnError, &mut Budget::new())?,
    };
    let price = amount(line, "unit_price")?;
    let total = amount(line, "total")?;
    Ok(format!(
        "<tr><td {CELL}>{name}{sku}</td><td {AMOUNT}>{quantity}</td>\
         <td {AMOUNT}>{price}</td><td {AMOUNT}>{total}</td></tr>"
    ))
}

/// A line without a price, such as a gift, has an empty cell, as has one without a quantity.
fn amount(line: &Value, name: &str) -> Result<String, Fault> {
    let value = line.get_attr(name).unwrap_or_default();
    if value.is_undefined() || value.is_none() {
        return Ok(String::new());
    }
    let (decimal, currency) = money::written(&value, "order_table")?;
    Ok(escape_html(&format!("{decimal} {currency}")))
}
