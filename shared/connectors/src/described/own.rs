//! Actions that only one provider has: a project's file says what they take and give, and how they are done.
//!
//! Invariant: such an action has its provider's name before it, so that no two files can name the same one.

use super::Described;
use crate::action::Action;
use crate::providers::sandbox;
use tradewind_engine::descriptions::OwnContract;
use tradewind_engine::effects::OnUnknown;
use tradewind_engine::ids::ActionId;

impl Described {
    /// The actions that only this provider has. The sandbox stands in for it.
    pub fn own_actions(&self) -> Vec<Action> {
        let actions = self.description().actions.iter();
        let own = actions.filter_map(|action| Some((&action.id, action.own.as_ref()?)));
        own.filter(|(id, _)| self.is_own(id)).map(|(id, own)| self.own_action(id, own)).collect()
    }

    fn is_own(&self, id: &ActionId) -> bool {
        let before = id.as_str().split_once('.').map(|(before, _)| before);
        before == Some(self.provider().id.as_str())
    }

    fn own_action(&self, id: &ActionId, own: &OwnContract) -> Action {
        let summary = format!("{} (an action of this project's own)", self.said(id));
        // What a second try would do is not known here, so a person decides.
        let (input, output) = (own.input.clone(), own.output.clone());
        let action = Action::of_schemas(id.as_str(), &summary, input, output, OnUnknown::Hold);
        let action = action.held_to_schemas();
        let action = match action.described(self) {
            Some(implementation) => action.by(implementation),
            None => action,
        };
        let stand_in = sandbox::stand_in(id, &own.output);
        action.by(stand_in)
    }

    /// What an action does, as its id tells it: `Acme Desk: create ticket`.
    fn said(&self, id: &ActionId) -> String {
        let verb = id.as_str().split_once('.').map_or("", |(_, verb)| verb);
        format!("{}: {}", self.provider().title, verb.replace('_', " "))
    }
}
