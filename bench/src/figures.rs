//! The figures, one room each, and what a figure is.

mod decoding;
mod encoding;
mod fan_out;
mod idle;
mod receiving;
mod replay;
mod single;
mod stalled;

use crate::Miss;
use crate::arms::Arm;
use crate::instruments::paired::Paired;
use crate::machine::Machine;

/// One of the ids of the list of targets, or the part of one that is measured in one way.
pub(crate) struct Figure {
    pub(crate) id: &'static str,
    /// How it is measured, for the page.
    pub(crate) method: &'static str,
    /// What lies between us and the target, for the page where it does not hold.
    pub(crate) remains: &'static str,
    /// Whether it needs no clock, and so can be a gate.
    pub(crate) is_exact: bool,
    pub(crate) measure: fn(&Machine, Extent) -> Vec<Row>,
}

pub(crate) const FIGURES: &[Figure] = &[
    encoding::E1,
    encoding::E2,
    encoding::E3,
    single::S1,
    single::S2,
    single::S3,
    fan_out::F1,
    fan_out::F3,
    stalled::F4,
    idle::M1_HEAP,
    idle::M1_RESIDENT,
    replay::R1_CPU,
    replay::R1_WRITES,
    decoding::P1,
    receiving::P1_CLIENT,
];

/// Whom a figure is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everybody.
    Everybody,
    /// Only those whom the target is about.
    Judged,
}

/// One line of the table: what each arm needs for the same job, and what of it is held to a target.
pub(crate) struct Row {
    pub(crate) id: &'static str,
    /// What is counted, its unit included.
    pub(crate) what: &'static str,
    pub(crate) judged: Judged,
    /// What the gate lets pass where the target is not reached: a little more than was measured.
    held_to: Option<f64>,
    cells: Vec<(Arm, Result<f64, Miss>)>,
    /// The ratio that is held to the target, where it is not that of the cells but the median of many.
    ratio: Option<f64>,
}

/// What of a row is held to a target.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Judged {
    /// The figure of an arm itself.
    Figure(Arm, Target),
    /// That of the first divided by that of the second.
    Ratio(Arm, Arm, Target),
    /// Nothing; the arm is the one of ours that the row is about.
    Nothing(Arm),
}

impl Judged {
    fn is_about(self, arm: Arm) -> bool {
        match self {
            Self::Figure(of, _) => arm == of,
            Self::Ratio(of, to, _) => arm == of || arm == to,
            Self::Nothing(_) => false,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    pub(crate) fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}

impl Row {
    fn new(id: &'static str, what: &'static str, judged: Judged) -> Self {
        Self {
            id,
            what,
            judged,
            held_to: None,
            cells: Vec::new(),
            ratio: None,
        }
    }

    /// Says what the gate lets pass.
    fn held_to(mut self, bound: f64) -> Self {
        self.held_to = Some(bound);
        self
    }

    /// Takes the figure of each of `arms`, as far as it is wanted.
    fn each(
        mut self,
        extent: Extent,
        arms: impl IntoIterator<Item = Arm>,
        mut figure: impl FnMut(Arm) -> Result<f64, Miss>,
    ) -> Self {
        for arm in arms {
            if extent == Extent::Everybody || self.judged.is_about(arm) {
                self.cells.push((arm, figure(arm)));
            }
        }
        self
    }

    /// The medians of all arms that took part, and of their ratios.
    fn with_paired(mut self, paired: &Paired) -> Self {
        if let Judged::Ratio(of, to, _) = self.judged {
            self.ratio = paired.ratio(of, to);
        }
        self.cells.extend(paired.medians());
        self
    }

    /// What an arm needs; `None` where it does not do this job.
    pub(crate) fn cell(&self, arm: Arm) -> Option<Result<f64, &Miss>> {
        let (_, figure) = self.cells.iter().find(|(of, _)| *of == arm)?;
        Some(figure.as_ref().copied())
    }

    pub(crate) fn misses(&self) -> impl Iterator<Item = (Arm, &Miss)> {
        let cells = self.cells.iter();
        cells.filter_map(|(arm, figure)| Some((*arm, figure.as_ref().err()?)))
    }

    fn figure(&self, arm: Arm) -> Option<f64> {
        self.cell(arm)?.ok()
    }

    /// What is held to the target, where it was measured.
    pub(crate) fn value(&self) -> Option<f64> {
        match self.judged {
            Judged::Figure(arm, _) => self.figure(arm),
            Judged::Ratio(of, to, _) => self
                .ratio
                .or_else(|| Some(self.figure(of)? / self.figure(to)?)),
            Judged::Nothing(_) => None,
        }
    }

    pub(crate) fn target(&self) -> Option<Target> {
        match self.judged {
            Judged::Figure(_, target) | Judged::Ratio(_, _, target) => Some(target),
            Judged::Nothing(_) => None,
        }
    }

    /// The bound of the gate: the target, or what is let pass as long as that is not reached.
    pub(crate) fn bound(&self) -> Option<Target> {
        match (self.target()?, self.held_to) {
            (Target::AtMost(_), Some(bound)) => Some(Target::AtMost(bound)),
            (Target::AtLeast(_), Some(bound)) => Some(Target::AtLeast(bound)),
            (target, None) => Some(target),
        }
    }

    /// The arm of ours that the row is about.
    pub(crate) fn ours(&self) -> Arm {
        match self.judged {
            Judged::Figure(arm, _) | Judged::Nothing(arm) => arm,
            Judged::Ratio(..) => Arm::Ours,
        }
    }

    /// Whether more is better: where we are to reach a part of what another does.
    pub(crate) fn is_throughput(&self) -> bool {
        matches!(self.judged, Judged::Ratio(Arm::Ours, _, Target::AtLeast(_)))
    }
}
