//! What the project aims at, held against what was measured.

use crate::report::{Table, number};

/// One target and the figure beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Aim {
    what: String,
    bound: Bound,
    figure: f64,
}

/// On which side of the target the figure has to be.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Aim {
    /// A figure that must not be above the target.
    pub(crate) fn at_most(what: impl Into<String>, target: f64, figure: f64) -> Self {
        Self { what: what.into(), bound: Bound::AtMost(target), figure }
    }

    /// A figure that must not be below the target.
    pub(crate) fn at_least(what: impl Into<String>, target: f64, figure: f64) -> Self {
        Self { what: what.into(), bound: Bound::AtLeast(target), figure }
    }

    fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtMost(target) => self.figure <= target,
            Bound::AtLeast(target) => self.figure >= target,
        }
    }

    fn row(&self) -> Vec<String> {
        let target = match self.bound {
            Bound::AtMost(target) => format!("at most {}", number(target)),
            Bound::AtLeast(target) => format!("at least {}", number(target)),
        };
        let met = if self.is_met() { "yes" } else { "no" };
        vec![self.what.clone(), target, number(self.figure), met.to_owned()]
    }
}

/// All targets as a table; those that were not met say so.
pub(crate) fn table(aims: &[Aim]) -> Table {
    let met = aims.iter().filter(|aim| aim.is_met()).count();
    let note = format!("{met} of {} are met.", aims.len());
    let mut table = Table::new("Targets", &note, &["what", "target", "figure", "met"]);
    for aim in aims {
        table.push(aim.row());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_on_its_own_side_and_at_its_edge() {
        let met = |aim: Aim| aim.is_met();
        assert!(met(Aim::at_most("a", 2.0, 2.0)) && met(Aim::at_least("b", 2.0, 2.0)));
        assert!(!met(Aim::at_most("a", 2.0, 2.1)) && !met(Aim::at_least("b", 2.0, 1.9)));
        assert!(!met(Aim::at_most("nothing was measured", 2.0, f64::NAN)));
    }

    #[test]
    fn the_figure_stands_beside_the_target() {
        let shown = table(&[Aim::at_most("memory", 3.5, 7.25)]).to_string();
        assert!(shown.contains("| memory | at most 3.50 |   7.25 |  no |"), "{shown}");
        assert!(shown.contains("0 of 1 are met"), "{shown}");
    }
}
