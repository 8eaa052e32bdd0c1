//! One queue whose messages stay at work for as long as a test wants.

use super::*;
use std::io::{self, Write};
use std::sync::Mutex;
use tempfile::{TempDir, tempdir};
use tracing_subscriber::fmt::MakeWriter;
use tradewind_engine::ports::Bus as _;
use tradewind_engine::protocol::WakeUp;
use tradewind_engine::queues::Queue;
use tradewind_memory::VirtualClock;

const QUEUE: &str = "email.send";

struct World {
    loops: Loops,
    stop: watch::Sender<bool>,
    _folder: TempDir,
}

impl World {
    async fn with_messages(count: usize) -> Self {
        let folder = tempdir().unwrap();
        let clock = VirtualClock::new("2026-11-23T12:00:00Z".parse().unwrap());
        let store = Store::open(folder.path(), Arc::new(clock.clone())).unwrap();
        for _ in 0..count {
            let wake = WakeUp::new(&"run_1".into(), &"confirm".into());
            let send = Command::Send {
                to: Queue::Action(QUEUE.into()),
                wake,
                not_before: None,
                via: None,
            };
            store.commit(None, &[send]).await.unwrap();
        }
        let (stop, stopping) = watch::channel(false);
        let loops = Loops {
            store,
            clock: Arc::new(clock),
            times: Times::STANDARD,
            progress: Arc::default(),
            in_flight: Arc::new(InFlight::new(Arc::default())),
            large_kib: Arc::new(Semaphore::new(LARGE_KIB_MAX as usize)),
            stop: stopping,
        };
        Self { loops, stop, _folder: folder }
    }
}

/// Counts what it was given, and ends when it may.
struct Slow {
    started: watch::Sender<usize>,
    may_end: Semaphore,
}

#[async_trait]
impl Handler for Slow {
    async fn handle(&self, _: &Received) -> Result<Handled, Unavailable> {
        self.started.send_modify(|count| *count += 1);
        let _permit = self.may_end.acquire().await;
        Ok(Handled::Left("it was slow".to_owned()))
    }
}

#[tokio::test]
async fn after_the_stop_nothing_more_is_taken() {
    let world = World::with_messages(WORKERS + 6).await;
    let (started, mut count) = watch::channel(0);
    let handler = Arc::new(Slow { started, may_end: Semaphore::new(0) });
    let serving = tokio::spawn(world.loops.clone().serve(QUEUE.to_owned(), handler.clone()));
    count.wait_for(|count| *count == WORKERS).await.unwrap();
    // Whoever waits for a place does so now.
    let _ = world.loops.store.queue_depths(world.loops.clock.now()).await;
    world.stop.send_replace(true);
    handler.may_end.add_permits(1_000);
    serving.await.unwrap();
    assert_eq!(*count.borrow(), WORKERS);
}

/// In memory they take many times what stands beside their messages.
#[tokio::test]
async fn large_events_are_worked_on_as_far_as_there_is_room_and_all_in_the_end() {
    let world = World::with_messages(0).await;
    let store = &world.loops.store;
    let event = |id: &str, letters: usize| {
        let event = serde_json::json!({
            "v": 1, "id": id, "name": "order.placed", "data": {}, "raw": "e30=".repeat(letters),
            "accepted_at": "2026-11-23T12:00:00Z",
        });
        serde_json::from_value(event).unwrap()
    };
    let large = ["evt_1", "evt_2", "evt_3"].map(|id| event(id, 1_000_000));
    store.publish(&large).await.unwrap();
    store.publish(&[event("evt_4", 1)]).await.unwrap();
    let (started, mut count) = watch::channel(0);
    let handler = Arc::new(Slow { started, may_end: Semaphore::new(0) });
    let queue = DISPATCH_QUEUE.to_owned();
    let serving = tokio::spawn(world.loops.clone().serve(queue, handler.clone()));
    // One of the large ones, and the small one, which waits for nobody.
    count.wait_for(|count| *count == 2).await.unwrap();
    for _ in 0..5 {
        world.loops.store.queue_depths(world.loops.clock.now()).await.unwrap();
    }
    assert_eq!(*count.borrow(), 2);
    handler.may_end.add_permits(1_000);
    count.wait_for(|count| *count == 4).await.unwrap();
    world.stop.send_replace(true);
    serving.await.unwrap();
}

struct Panics;

#[async_trait]
impl Handler for Panics {
    async fn handle(&self, _: &Received) -> Result<Handled, Unavailable> {
        std::panic::resume_unwind(Box::new("what somebody wrote"))
    }
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_panic_at_a_message_is_an_error_in_the_log() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    log_panic(QUEUE, tokio::spawn(async {}).await);
    assert_eq!(lines.text(), "");
    let world = World::with_messages(1).await;
    let handler = Arc::new(Panics);
    let received =
        world.loops.store.receive(QUEUE, 1, world.loops.times.visibility, world.loops.clock.now());
    let message = received.await.unwrap().remove(0);
    let loops = world.loops.clone();
    log_panic(QUEUE, tokio::spawn(async move { loops.work_on(&message, &*handler).await }).await);
    let text = lines.text();
    assert!(text.contains("the work on a message panicked; it shows again later"), "{text}");
    assert!(!text.contains("what somebody wrote"), "{text}");
}
