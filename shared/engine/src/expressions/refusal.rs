//! Why an expression is none of ours.

/// Something an expression may not do.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Where, in bytes of the expression.
    pub(super) at: usize,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

pub(super) fn invalid(at: usize, message: String) -> Refusal {
    Refusal { at, code: "expression_invalid", message, help: None }
}
