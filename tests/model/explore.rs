//! Breadth-first over all interleavings, so that the first trace found is a shortest one.
//!
//! Invariant: a state counts as stuck when no good end can be reached from it by moves that are not
//! faults. Going in circles is stuck, too.

use crate::faults;
use crate::harms::{Harm, harms, is_good_end};
use crate::model::{Model, Move};
use crate::work;
use crate::world::World;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};

/// More states than any variant has: a variant that reaches it has no finite state space.
const STATES_MAX: usize = 6_000_000;

/// The names of the moves that lead somewhere.
pub(crate) type Trace = Vec<&'static str>;

/// What was found.
pub(crate) struct Findings {
    pub(crate) states: usize,
    /// With a shortest trace to each.
    pub(crate) harms: BTreeMap<Harm, Trace>,
}

/// All states that can be reached.
#[derive(Default)]
struct Graph {
    numbers: HashMap<u128, u32, BuildHasherDefault<AsItIs>>,
    /// From which state, by which of its moves.
    origins: Vec<(u32, u8)>,
    /// Where the moves of each state start among the targets; faults are left out.
    starts: Vec<usize>,
    targets: Vec<u32>,
    good: Vec<bool>,
}

/// Explores the model.
pub(crate) fn explore(model: &Model) -> Findings {
    let mut graph = Graph::default();
    let mut first_with: BTreeMap<Harm, u32> = BTreeMap::new();
    let mut waiting = VecDeque::new();
    let first = World::new(model.variant.faults);
    graph.number(&first, (0, 0));
    waiting.push_back(first);
    for number in 0.. {
        let Some(world) = waiting.pop_front() else { break };
        for harm in harms(model, &world) {
            first_with.entry(harm).or_insert(number);
        }
        graph.good.push(is_good_end(model, &world));
        graph.starts.push(graph.targets.len());
        for (choice, next) in moves(model, &world).into_iter().enumerate() {
            let choice = u8::try_from(choice).expect("a state has few moves");
            let (target, is_new) = graph.number(&next.world, (number, choice));
            if !next.is_fault {
                graph.targets.push(target);
            }
            if is_new {
                waiting.push_back(next.world);
            }
        }
        assert!(graph.origins.len() < STATES_MAX, "{}: too many states", model.variant.name);
    }
    graph.starts.push(graph.targets.len());
    if let Some(stuck) = graph.first_stuck() {
        first_with.insert(Harm::Stuck, stuck);
    }
    let traced = first_with.into_iter().map(|(harm, number)| (harm, graph.trace(model, number)));
    Findings { states: graph.origins.len(), harms: traced.collect() }
}

fn moves(model: &Model, world: &World) -> Vec<Move> {
    let mut moves = Vec::new();
    work::work(model, world, &mut moves);
    faults::happen(model, world, &mut moves);
    for next in &mut moves {
        next.world.sort_workers();
    }
    moves
}

impl Graph {
    /// The state's number, and whether it is new.
    fn number(&mut self, world: &World, origin: (u32, u8)) -> (u32, bool) {
        let next = u32::try_from(self.origins.len()).expect("states are limited");
        let number = *self.numbers.entry(world.print()).or_insert(next);
        if number == next {
            self.origins.push(origin);
        }
        (number, number == next)
    }

    fn first_stuck(&self) -> Option<u32> {
        let states = self.good.len();
        // The moves the other way round, in one array: those into `n` stand before `ends[n]`.
        let mut ends = vec![0_u32; states + 1];
        for target in &self.targets {
            ends[*target as usize + 1] += 1;
        }
        for state in 0..states {
            ends[state + 1] += ends[state];
        }
        let starts = ends.clone();
        let mut sources = vec![0_u32; self.targets.len()];
        for state in 0..states {
            for target in &self.targets[self.starts[state]..self.starts[state + 1]] {
                let at = &mut ends[*target as usize];
                sources[*at as usize] = u32::try_from(state).expect("states are limited");
                *at += 1;
            }
        }
        let mut ends_well = self.good.clone();
        let mut waiting: Vec<usize> = (0..states).filter(|state| ends_well[*state]).collect();
        while let Some(state) = waiting.pop() {
            for source in &sources[starts[state] as usize..starts[state + 1] as usize] {
                if !std::mem::replace(&mut ends_well[*source as usize], true) {
                    waiting.push(*source as usize);
                }
            }
        }
        let stuck = ends_well.iter().position(|ends_well| !ends_well)?;
        u32::try_from(stuck).ok()
    }

    /// The way is walked once more, because only its numbers were kept.
    fn trace(&self, model: &Model, mut number: u32) -> Trace {
        let mut choices = Vec::new();
        while number != 0 {
            let (origin, choice) = self.origins[number as usize];
            choices.push(choice);
            number = origin;
        }
        let mut world = World::new(model.variant.faults);
        let mut trace = Trace::new();
        for choice in choices.into_iter().rev() {
            let next = moves(model, &world).swap_remove(usize::from(choice));
            trace.push(next.name);
            world = next.world;
        }
        trace
    }
}

/// Prints are spread evenly already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("only prints are hashed");
    }

    #[expect(clippy::cast_possible_truncation, reason = "half of a print is enough to place it")]
    fn write_u128(&mut self, print: u128) {
        self.0 = print as u64;
    }
}
