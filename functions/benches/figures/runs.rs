//! Orders on their way through the functions: what each run asks of AWS, and what memory the functions
//! have before and after.

use crate::Failure;
use crate::function::Function;
use crate::ledger::{Asked, Units};
use crate::site::{Fed, Site, delivery, of_steps};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs whose requests are counted; with one step they are also those that memory is measured over.
const RUNS_OF_ONE: u32 = 1_000;
const RUNS_OF_FIVE: u32 = 100;
/// Before anything is counted: connections are opened, and what was applied is read.
const WARM_UP: u32 = 100;

/// What is measured.
pub(crate) struct Measured {
    /// Runs of one step and of five.
    pub(crate) runs: Vec<Runs>,
    /// The functions' memory.
    pub(crate) memory: Vec<Memory>,
}

/// Runs of the same workflow.
pub(crate) struct Runs {
    /// The steps of each.
    pub(crate) steps: u64,
    /// How many there were.
    pub(crate) count: u32,
    /// The webhooks that started them.
    pub(crate) webhooks: u32,
    /// How often the functions were called.
    pub(crate) calls: usize,
    /// What they asked for.
    pub(crate) asked: BTreeMap<Asked, Units>,
}

/// The memory of a function, in kilobytes.
pub(crate) struct Memory {
    /// Its program.
    pub(crate) program: &'static str,
    /// Before the first call.
    pub(crate) idle_kb: u64,
    /// After [`WARM_UP`] calls.
    pub(crate) warm_kb: u64,
    /// After a thousand more.
    pub(crate) end_kb: u64,
}

/// The functions that a mail on an order needs.
struct Functions {
    trigger: Function,
    dispatch: Fed,
    action: Fed,
}

/// Sends the orders and follows them to their ends.
pub(crate) async fn measure() -> Result<Measured, Failure> {
    let site = Site::open(json!({ "one": of_steps(1), "five": of_steps(5) })).await?;
    let functions = Functions {
        trigger: site.function("trigger-commercelayer").await?,
        dispatch: site.fed("platform-dispatch", "dispatch").await?,
        action: site.fed("action-email-send", "email-send").await?,
    };
    let idle = functions.resident_kb()?;
    functions.serve(&site, 1, 0..WARM_UP).await?;
    let warm = functions.resident_kb()?;
    let one = functions.serve(&site, 1, WARM_UP..WARM_UP + RUNS_OF_ONE).await?;
    let end = functions.resident_kb()?;
    let five = functions.serve(&site, 5, 0..RUNS_OF_FIVE).await?;
    let memory = ["trigger-commercelayer", "platform-dispatch", "action-email-send"];
    let memory = memory.into_iter().enumerate().map(|(at, program)| Memory {
        program,
        idle_kb: idle[at],
        warm_kb: warm[at],
        end_kb: end[at],
    });
    Ok(Measured { runs: vec![one, five], memory: memory.collect() })
}

impl Functions {
    fn resident_kb(&self) -> Result<[u64; 3], Failure> {
        let functions = [&self.trigger, &self.dispatch.function, &self.action.function];
        let mut resident = [0; 3];
        for (function, resident) in functions.into_iter().zip(&mut resident) {
            *resident = function.resident_kb()?;
        }
        Ok(resident)
    }

    /// Orders of these numbers; each function works on one thing at a time, and all of them at once.
    async fn serve(
        &self,
        site: &Site,
        steps: u64,
        numbers: std::ops::Range<u32>,
    ) -> Result<Runs, Failure> {
        site.ledger.take();
        let mails = site.services.happened().mails.lock().unwrap().values().sum::<u32>();
        let runs = numbers.len();
        let calls = AtomicUsize::new(0);
        let taking = async {
            for number in numbers.clone() {
                // The two shops have different orders.
                let delivery = delivery(steps, number + 10_000 * steps as u32);
                let answer = self.trigger.invoke(delivery).await?;
                calls.fetch_add(1, Ordering::Relaxed);
                if answer["statusCode"] != 200 {
                    return Err(Failure::from(format!("the delivery was refused: {answer}")));
                }
            }
            Ok(())
        };
        let dispatching = drain(site, &self.dispatch, runs, &calls);
        let acting = drain(site, &self.action, runs * steps as usize, &calls);
        tokio::try_join!(taking, dispatching, acting)?;
        // There should be nothing left; what there is counts.
        for fed in [&self.dispatch, &self.action] {
            calls.fetch_add(site.feed(fed, 10).await?, Ordering::Relaxed);
        }
        let now = site.services.happened().mails.lock().unwrap().values().sum::<u32>();
        let sent = u64::from(now - mails);
        if sent != runs as u64 * steps {
            return Err(format!("{sent} mails of {runs} runs of {steps} steps").into());
        }
        for fed in [&self.dispatch, &self.action] {
            let kept_back = fed.kept_back.load(Ordering::Relaxed);
            if kept_back > 0 {
                return Err(
                    format!("{kept_back} messages were kept back, which nothing hindered").into()
                );
            }
        }
        let (asked, calls) = (site.ledger.take(), calls.into_inner());
        let count = numbers.len() as u32;
        Ok(Runs { steps, count, webhooks: count, calls, asked })
    }
}

/// Feeds the function until it has had so many messages.
pub(crate) async fn drain(
    site: &Site,
    fed: &Fed,
    messages: usize,
    calls: &AtomicUsize,
) -> Result<(), Failure> {
    let (mut left, mut patience) = (messages, 30);
    while left > 0 {
        let fed = site.feed(fed, left).await?;
        calls.fetch_add(fed, Ordering::Relaxed);
        left -= fed;
        patience = if fed == 0 { patience - 1 } else { 30 };
        if patience == 0 {
            return Err(format!("{left} of {messages} messages did not come").into());
        }
    }
    Ok(())
}
