//! Figures that a noisy machine disturbs, taken in turn: what disturbs one disturbs its neighbours too,
//! and their ratio hardly.

use crate::Miss;
use crate::arms::Arm;

/// Rounds that count, after one that warms up. Odd, so that there is a median.
pub(crate) const ROUNDS: usize = 9;

/// Those who take turns, each with what it needs for that, or the reason why it cannot.
#[derive(Debug)]
pub(crate) struct Contest<S> {
    arms: Vec<(Arm, Result<S, Miss>)>,
}

impl<S> Contest<S> {
    pub(crate) fn new(
        arms: impl IntoIterator<Item = Arm>,
        mut start: impl FnMut(Arm) -> Result<S, Miss>,
    ) -> Self {
        let arms = arms.into_iter().map(|arm| (arm, start(arm)));
        Self {
            arms: arms.collect(),
        }
    }

    /// Takes a sample of each in every round. Who fails once is out.
    pub(crate) fn run(&mut self, mut sample: impl FnMut(&mut S) -> Result<f64, Miss>) -> Paired {
        let mut rounds = Vec::new();
        for (arm, state) in &self.arms {
            let figures = state.as_ref().map(|_| Vec::new()).map_err(Clone::clone);
            rounds.push((*arm, figures));
        }
        for round in 0..=ROUNDS {
            for ((_, state), (_, figures)) in self.arms.iter_mut().zip(&mut rounds) {
                let (Ok(state), Ok(taken)) = (state, &mut *figures) else {
                    continue;
                };
                match sample(state) {
                    Ok(_) if round == 0 => {}
                    Ok(figure) => taken.push(figure),
                    Err(miss) => *figures = Err(miss),
                }
            }
        }
        Paired { rounds }
    }
}

/// What each arm needed, round by round.
#[derive(Debug)]
pub(crate) struct Paired {
    rounds: Vec<(Arm, Result<Vec<f64>, Miss>)>,
}

impl Paired {
    /// The median of the ratios of each round.
    pub(crate) fn ratio(&self, of: Arm, to: Arm) -> Option<f64> {
        let pairs = self.of(of)?.iter().zip(self.of(to)?);
        median(pairs.map(|(of, to)| of / to).collect())
    }

    /// The median of each arm's rounds.
    pub(crate) fn medians(&self) -> impl Iterator<Item = (Arm, Result<f64, Miss>)> {
        self.rounds.iter().map(|(arm, figures)| {
            let figures = figures.as_ref().map_err(Clone::clone);
            let median = figures.and_then(|figures| {
                median(figures.clone()).ok_or_else(|| Miss::failed("there was no round"))
            });
            (*arm, median)
        })
    }

    fn of(&self, arm: Arm) -> Option<&[f64]> {
        let (_, figures) = self.rounds.iter().find(|(of, _)| *of == arm)?;
        figures.as_deref().ok()
    }
}

fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_ratios_and_not_the_ratio_of_medians() {
        let rounds = vec![
            (Arm::Ours, Ok(vec![1.0, 20.0, 300.0])),
            (Arm::Raw, Ok(vec![1.0, 10.0, 100.0])),
        ];
        assert_eq!(Paired { rounds }.ratio(Arm::Ours, Arm::Raw), Some(2.0));
    }

    #[test]
    fn who_fails_is_out_and_the_others_go_on() {
        let mut contest = Contest::new([Arm::Raw, Arm::Ours], |arm| Ok(arm == Arm::Raw));
        let paired = contest.run(|is_raw| match is_raw {
            true => Ok(1.0),
            false => Err(Miss::failed("no")),
        });
        assert_eq!(paired.of(Arm::Raw).map(<[_]>::len), Some(ROUNDS));
        assert!(paired.of(Arm::Ours).is_none());
    }
}
