//! What is said of facts, and what of their meaning depends on more than themselves.

use bantam_core::explain::Fact;
use bantam_core::parse::field_line::Known;
use bantam_core::parse::target::Form;

/// How the facts of one connection are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct View {
    /// Whether in which pieces bytes come is said.
    pub(crate) with_pieces: bool,
    /// Whether which route answers is said.
    pub(crate) with_routes: bool,
    /// Whether the application sees fields with an underscore in their name.
    pub(crate) with_underscored: bool,
    /// Whether the fact belongs to a request whose target names the host that is asked.
    pub(crate) has_host_in_target: bool,
}

impl View {
    /// Goes on to `fact`.
    pub(crate) fn follow(&mut self, fact: &Fact<'_>) {
        self.has_host_in_target = match fact {
            Fact::RequestLine { form, .. } => *form == Form::Absolute,
            Fact::FieldLine { .. } => self.has_host_in_target,
            _ => false,
        };
    }

    /// Whether `fact` is a `Host` that does not count, because the target names the host.
    pub(super) fn ignores(self, fact: &Fact<'_>) -> bool {
        self.has_host_in_target && matches!(fact, Fact::FieldLine { known: Known::Host, .. })
    }

    /// Whether `fact` is a field that the application does not see.
    pub(super) fn hides(self, fact: &Fact<'_>) -> bool {
        !self.with_underscored && matches!(fact, Fact::FieldLine { known: Known::Underscored, .. })
    }

    /// The section that says so; empty for what is nobody's rule.
    pub(super) fn section(self, fact: &Fact<'_>) -> &'static str {
        if self.ignores(fact) { "RFC 9112 §3.2.2" } else { fact.section() }
    }

    /// Whether anything is said of `fact`.
    pub(super) fn has(self, fact: &Fact<'_>) -> bool {
        match fact {
            Fact::Piece { .. } => self.with_pieces,
            Fact::Route { .. } => self.with_routes,
            _ => true,
        }
    }
}
