//! The tree of segments: finds the best route for a path without looking at each.
//!
//! Routes that begin alike share nodes. The ways on from a node are tried by kind, in order of precedence, and the
//! first kind that leads to a match decides, because precedence is compared segment by segment; among several ways
//! of one kind (mixed and constrained segments) the best of what they lead to is taken. No node is entered twice.

use std::cmp::Ordering;

use super::mixed;
use super::parameter::Parameter;
use super::path::{decode, next_segment};
use super::template::{Segment, Template};

/// A route's place in the order of precedence: the smallest that matches is the answer.
pub(super) type Rank = usize;

/// All routes of a table, by segments.
#[derive(Debug)]
pub(super) struct Trie {
    /// The first is the root.
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// By their text in lower case, sorted.
    literals: Vec<(String, usize)>,
    /// Mixed segments and constrained parameters.
    tight: Vec<(Tight, usize)>,
    /// Any parameter without constraints.
    plain: Option<usize>,
    /// Routes that may end here, best first.
    ends: Vec<Rank>,
    /// Catch-alls that begin here, best first.
    tails: Vec<(Parameter, Rank)>,
}

#[derive(Debug)]
struct Tight {
    segment: Segment,
    shape: String,
}

impl Trie {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Adds a route. Ranks must come in rising order.
    pub(super) fn add(&mut self, template: &Template, rank: Rank) {
        let least = template.least();
        let mut at = 0;
        for (index, segment) in template.segments.iter().enumerate() {
            if let Segment::Parameter(parameter) = segment
                && parameter.catch_all
            {
                self.nodes[at].tails.push((parameter.clone(), rank));
                return;
            }
            if index >= least {
                self.nodes[at].ends.push(rank);
            }
            at = self.step(at, segment);
        }
        self.nodes[at].ends.push(rank);
    }

    /// The best route for what is below the root, of those that are `allowed`.
    pub(super) fn find(&self, path: &str, allowed: &impl Fn(Rank) -> bool) -> Option<Rank> {
        self.walk(0, path, allowed)
    }

    fn walk(&self, at: usize, rest: &str, allowed: &impl Fn(Rank) -> bool) -> Option<Rank> {
        let node = &self.nodes[at];
        let Some((raw, after)) = next_segment(rest) else {
            let end = node.ends.iter().copied().find(|rank| allowed(*rank));
            // What may end here goes before any catch-all: its next segment, if it has one, is of a better kind.
            return end.or_else(|| node.tail("", allowed));
        };
        if raw.is_empty() {
            return None;
        }
        let text = decode(raw);
        if let Some(next) = node.literal(&text)
            && let Some(rank) = self.walk(next, after, allowed)
        {
            return Some(rank);
        }
        let fitting = node.tight.iter().filter(|(tight, _)| tight.matches(&text));
        if let Some(rank) = fitting.filter_map(|(_, next)| self.walk(*next, after, allowed)).min() {
            return Some(rank);
        }
        if let Some(next) = node.plain
            && let Some(rank) = self.walk(next, after, allowed)
        {
            return Some(rank);
        }
        if node.tails.is_empty() { None } else { node.tail(&decode(rest), allowed) }
    }

    /// The node behind `segment`, made if it is not there.
    fn step(&mut self, from: usize, segment: &Segment) -> usize {
        if let Some(known) = self.nodes[from].way(segment) {
            return known;
        }
        let next = self.nodes.len();
        self.nodes.push(Node::default());
        self.nodes[from].open(segment, next);
        next
    }
}

impl Node {
    fn literal(&self, text: &str) -> Option<usize> {
        let found = self.literals.binary_search_by(|(literal, _)| compare_folded(literal, text));
        found.ok().map(|place| self.literals[place].1)
    }

    fn tail(&self, rest: &str, allowed: &impl Fn(Rank) -> bool) -> Option<Rank> {
        let fits = |(parameter, rank): &&(Parameter, Rank)| allowed(*rank) && parameter.allows_rest(rest);
        self.tails.iter().find(fits).map(|(_, rank)| *rank)
    }

    fn way(&self, segment: &Segment) -> Option<usize> {
        match segment {
            Segment::Literal(literal) => self.literal(literal),
            Segment::Parameter(parameter) if parameter.constraints.is_empty() => self.plain,
            Segment::Parameter(_) | Segment::Mixed(_) => {
                let shape = segment.shape();
                self.tight.iter().find(|(tight, _)| tight.shape == shape).map(|(_, next)| *next)
            }
        }
    }

    fn open(&mut self, segment: &Segment, next: usize) {
        match segment {
            Segment::Literal(literal) => {
                let literal = literal.to_ascii_lowercase();
                let place = self.literals.partition_point(|(other, _)| *other < literal);
                self.literals.insert(place, (literal, next));
            }
            Segment::Parameter(parameter) if parameter.constraints.is_empty() => self.plain = Some(next),
            Segment::Parameter(_) | Segment::Mixed(_) => {
                self.tight.push((Tight { segment: segment.clone(), shape: segment.shape() }, next));
            }
        }
    }
}

impl Tight {
    fn matches(&self, text: &str) -> bool {
        match &self.segment {
            Segment::Parameter(parameter) => parameter.allows(text),
            Segment::Mixed(pieces) => mixed::matches(pieces, text),
            Segment::Literal(literal) => literal.eq_ignore_ascii_case(text),
        }
    }
}

/// Compares a text in lower case with one in any case.
fn compare_folded(lower: &str, text: &str) -> Ordering {
    lower.bytes().cmp(text.bytes().map(|byte| byte.to_ascii_lowercase()))
}
