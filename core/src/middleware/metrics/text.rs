//! The metrics as text, line by line, so that a page of any length leaves through a buffer of any size.

use super::{BOUNDS, Common, Metrics, Row, State};
use crate::body::sink::Sink;
use crate::body::source::{Pull, Pulled, Source};
use crate::bytes::number::Decimal;
use crate::connection::Cause;
use crate::message::method::MethodSet;
use crate::route::Pattern;
use crate::route::table::Router;

/// The page of the metrics: a source that an application's enum of streams has as one of its variants.
///
/// Each number is read when its line is written. A histogram is consistent all the same: its buckets are read once, and
/// the count is their sum.
#[derive(Clone, Copy)]
pub struct MetricsText {
    rows: &'static [Row],
    unmatched: &'static Row,
    common: &'static Common,
    routes: &'static dyn Table,
    is_open: bool,
    at: Place,
    /// Answers in the buckets of this histogram that have been written.
    cumulated: u64,
}

/// Which line comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// In [`FAMILIES`]; behind them comes the end.
    family: usize,
    /// The lines that describe a family come before those of its rows.
    is_described: bool,
    row: usize,
    line: usize,
}

/// What labels rows.
trait Table: Sync {
    fn label(&self, place: usize) -> Option<(Pattern, MethodSet)>;
}

impl<A, S, const N: usize> Table for Router<A, N, S> {
    fn label(&self, place: usize) -> Option<(Pattern, MethodSet)> {
        self.table().iter().nth(place).map(|route| (route.pattern(), route.methods()))
    }
}

/// One metric. Counters are named without `_total`, which stands at their samples.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    lines: Lines,
}

/// The samples of a family.
#[derive(Clone, Copy)]
enum Lines {
    /// For each route a histogram.
    Durations,
    /// For each route a counter of each class of status.
    Classes,
    /// For each route a number.
    Routes(fn(&Row) -> u64),
    /// One number.
    One(fn(&Common) -> u64),
    Refusals,
    States,
}

static FAMILIES: [Family; 11] = [
    Family {
        name: "http_server_request_duration_seconds",
        kind: "histogram",
        help: "Time from a request's first byte to the last of its answer.",
        lines: Lines::Durations,
    },
    Family {
        name: "http_server_requests",
        kind: "counter",
        help: "Requests answered, by the class of their status.",
        lines: Lines::Classes,
    },
    Family {
        name: "bantam_received_content_bytes",
        kind: "counter",
        help: "Content of requests.",
        lines: Lines::Routes(|row| row.received.get()),
    },
    Family {
        name: "bantam_sent_content_bytes",
        kind: "counter",
        help: "Content of answers, without heads and chunk lines.",
        lines: Lines::Routes(|row| row.sent.get()),
    },
    Family {
        name: "http_server_active_requests",
        kind: "gauge",
        help: "Requests whose handler runs or whose answer is on its way out.",
        lines: Lines::One(Common::active),
    },
    Family {
        name: "bantam_refusals",
        kind: "counter",
        help: "Requests refused before a handler, by what was wrong.",
        lines: Lines::Refusals,
    },
    Family {
        name: "bantam_cut_answers",
        kind: "counter",
        help: "Answers that ended before all of their content was sent.",
        lines: Lines::One(|common| common.cut.get()),
    },
    Family {
        name: "bantam_dropped_log_lines",
        kind: "counter",
        help: "Lines of the access log that could not be kept.",
        lines: Lines::One(|common| common.log_dropped.get()),
    },
    Family {
        name: "bantam_connections",
        kind: "gauge",
        help: "Connections by what they are doing.",
        lines: Lines::States,
    },
    Family {
        name: "bantam_accepted_connections",
        kind: "counter",
        help: "Connections accepted.",
        lines: Lines::One(|common| common.connections.accepted()),
    },
    Family {
        name: "bantam_closed_connections",
        kind: "counter",
        help: "Connections that have ended.",
        lines: Lines::One(|common| common.connections.closed()),
    },
];

impl MetricsText {
    pub(super) fn new<A: 'static, S: 'static, const ROUTES: usize>(
        metrics: &'static Metrics<ROUTES>,
        router: &'static Router<A, ROUTES, S>,
        is_open: bool,
    ) -> Self {
        let Metrics { rows, unmatched, common } = metrics;
        let at = Place { family: 0, is_described: false, row: 0, line: 0 };
        Self { rows, unmatched, common, routes: router, is_open, at, cumulated: 0 }
    }

    /// Writes what comes next, in whole lines; true behind the last.
    fn write(&mut self, space: &mut Space<'_>) -> bool {
        while let Some(family) = FAMILIES.get(self.at.family) {
            let before = space.used;
            let outcome = match self.at.is_described {
                false => self.describe(family, space),
                true => self.sample(family, space),
            };
            let Ok(next) = outcome else {
                space.used = before;
                return false;
            };
            self.at = next;
        }
        !self.is_open || space.put(&["# EOF\n"]).is_ok()
    }

    /// What a family is, and then its first sample.
    fn describe(&self, family: &Family, space: &mut Space<'_>) -> Result<Place, Full> {
        let suffix = if self.is_open { "" } else { family.suffix() };
        let Family { name, kind, help, .. } = family;
        space.put(&["# HELP ", name, suffix, " ", help, "\n# TYPE ", name, suffix, " ", kind, "\n"])?;
        Ok(Place { is_described: true, ..self.at })
    }

    /// The sample at hand, and the place behind it.
    fn sample(&mut self, family: &Family, space: &mut Space<'_>) -> Result<Place, Full> {
        let Place { row: place, line, .. } = self.at;
        let row = self.rows.get(place).unwrap_or(self.unmatched);
        let rows = self.rows.len().saturating_add(1);
        let number = |number: u64| Decimal::new(number);
        let (rows, lines) = match family.lines {
            Lines::Durations => {
                let cumulated = row.buckets.get(line).map_or(0, |bucket| bucket.get());
                let cumulated = cumulated.saturating_add(self.cumulated);
                let count = number(cumulated);
                let behind = line.saturating_sub(BOUNDS.len());
                space.put(&[
                    family.name,
                    ["_bucket", "_sum", "_count"].get(behind).copied().unwrap_or_default(),
                ])?;
                self.labels(space)?;
                match behind {
                    0 => {
                        let bound = BOUNDS.get(line).map_or("+Inf", |(_, text)| *text);
                        space.put(&[",le=\"", bound, "\"} ", count.as_str(), "\n"])?;
                    }
                    1 => {
                        let micros = row.micros.get();
                        // The one in front keeps the zeros behind it.
                        let fraction = number((micros % 1_000_000).saturating_add(1_000_000));
                        let fraction = fraction.as_str().get(1..).unwrap_or_default();
                        space.put(&["} ", number(micros / 1_000_000).as_str(), ".", fraction, "\n"])?;
                    }
                    _ => space.put(&["} ", count.as_str(), "\n"])?,
                }
                self.cumulated = if behind == 2 { 0 } else { cumulated };
                (rows, BOUNDS.len().saturating_add(3))
            }
            Lines::Classes => {
                // No answer has a status of 1xx but that of an upgrade, which is no request's.
                let class = line.saturating_add(1);
                let count = number(row.classes.get(class).map_or(0, |class| class.get()));
                let text = ["2xx", "3xx", "4xx", "5xx"].get(line).copied().unwrap_or_default();
                space.put(&[family.name, family.suffix()])?;
                self.labels(space)?;
                space.put(&[",http_response_status_code=\"", text, "\"} ", count.as_str(), "\n"])?;
                (rows, 4)
            }
            Lines::Routes(read) => {
                space.put(&[family.name, family.suffix()])?;
                self.labels(space)?;
                space.put(&["} ", number(read(row)).as_str(), "\n"])?;
                (rows, 1)
            }
            Lines::One(read) => {
                space.put(&[family.name, family.suffix(), " ", number(read(self.common)).as_str(), "\n"])?;
                (1, 1)
            }
            Lines::Refusals => {
                let word = Cause::LABELS.get(line).copied().unwrap_or_default();
                let count = number(self.common.refusals.get(line).map_or(0, |counter| counter.get()));
                self.labelled(family, "reason", word, count, space)?;
                (1, Cause::LABELS.len())
            }
            Lines::States => {
                let (state, word) = State::ALL.get(line).copied().unwrap_or((State::Idle, ""));
                let count = number(self.common.connections.count(state));
                self.labelled(family, "state", word, count, space)?;
                (1, State::ALL.len())
            }
        };
        Ok(self.at.next(rows, lines))
    }

    fn labelled(
        &self,
        family: &Family,
        label: &str,
        word: &str,
        count: Decimal,
        space: &mut Space<'_>,
    ) -> Result<(), Full> {
        space.put(&[family.name, family.suffix(), "{", label, "=\"", word, "\"} ", count.as_str(), "\n"])
    }

    /// The labels of the row at hand, without the closing brace.
    fn labels(&self, space: &mut Space<'_>) -> Result<(), Full> {
        let label = self.rows.get(self.at.row).and_then(|_| self.routes.label(self.at.row));
        let Some((pattern, methods)) = label else {
            return space.put(&["{http_route=\"unmatched\",http_request_method=\"_OTHER\""]);
        };
        space.put(&["{http_route=\""])?;
        pattern.pieces().parts().iter().try_for_each(|part| space.escaped(part))?;
        space.put(&["\",http_request_method=\""])?;
        for (place, method) in methods.iter().enumerate() {
            space.put(&[if place > 0 { "|" } else { "" }, method.as_str()])?;
        }
        space.put(&["\""])
    }
}

impl Place {
    /// The place behind this one in a family of so many rows of so many lines.
    fn next(self, rows: usize, lines: usize) -> Self {
        let line = self.line.saturating_add(1);
        if line < lines {
            return Self { line, ..self };
        }
        let row = self.row.saturating_add(1);
        if row < rows {
            return Self { row, line: 0, ..self };
        }
        Self { family: self.family.saturating_add(1), is_described: false, row: 0, line: 0 }
    }
}

impl Family {
    /// What stands behind the name of a sample.
    fn suffix(&self) -> &'static str {
        if self.kind == "counter" { "_total" } else { "" }
    }
}

/// There is no room for a line.
struct Full;

/// Where lines are written.
struct Space<'s> {
    bytes: &'s mut [u8],
    used: usize,
}

impl Space<'_> {
    fn put(&mut self, parts: &[&str]) -> Result<(), Full> {
        for part in parts {
            let end = self.used.saturating_add(part.len());
            let space = self.bytes.get_mut(self.used..end).ok_or(Full)?;
            space.copy_from_slice(part.as_bytes());
            self.used = end;
        }
        Ok(())
    }

    /// A part of a label's value.
    fn escaped(&mut self, value: &str) -> Result<(), Full> {
        for piece in value.split_inclusive(['"', '\\', '\n']) {
            let Some((at, last)) = piece.char_indices().next_back() else { continue };
            match (piece.get(..at), last) {
                (Some(plain), '"') => self.put(&[plain, "\\\""])?,
                (Some(plain), '\\') => self.put(&[plain, "\\\\"])?,
                (Some(plain), '\n') => self.put(&[plain, "\\n"])?,
                _ => self.put(&[piece])?,
            }
        }
        Ok(())
    }
}

impl<A> Source<A> for MetricsText {
    fn pull(&mut self, _: &A, pull: &mut Pull<'_>) -> Pulled {
        let mut space = Space { bytes: pull.space(), used: 0 };
        let is_whole = self.write(&mut space);
        if is_whole { Pulled::Last(space.used) } else { Pulled::Bytes(space.used) }
    }

    fn reads_content(&self) -> bool {
        false
    }
}

impl<A> Sink<A> for MetricsText {}

impl core::fmt::Debug for MetricsText {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MetricsText").field("at", &self.at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
