//! How long what holds now is taken from memory.

use super::*;
use crate::given::{clock, memory};
use futures::FutureExt;
use tradewind_engine::ports::DefinitionsChange;
use tradewind_engine::time::after;

#[test]
fn what_holds_is_read_again_after_as_long_as_it_was_told() {
    for current_for in [CURRENT_FOR, Duration::from_secs(5)] {
        let (clock, nanosecond) = (clock(), Duration::from_nanos(1));
        let memory = memory(&clock);
        let deployed = Deployed::new(memory.clone(), Arc::new(clock.clone()), current_for);
        let revision = || {
            let current = deployed.current().now_or_never().expect("nothing waits in here");
            current.unwrap().revision
        };
        assert_eq!((revision(), deployed.current_for()), (0, current_for));
        let change = DefinitionsChange::default();
        assert_eq!(memory.change(&change).now_or_never(), Some(Ok(true)));
        clock.advance_to(after(clock.now(), current_for - nanosecond));
        assert_eq!(revision(), 0);
        clock.advance_to(after(clock.now(), nanosecond));
        assert_eq!(revision(), 1);
    }
}
