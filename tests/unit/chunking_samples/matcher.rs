//! Matching of paths.

use std::collections::HashMap;
use std::path::{Path, PathBuf as Owned};

const LIMIT: usize = 10;

/// Whether a path is wanted.
#[derive(Clone, Debug)]
pub enum Match<T> {
    None,
    Ignore(T),
}

impl<T> Match<T> {
    /// True for ignored paths.
    #[inline]
    pub fn is_ignore(&self) -> bool {
        matches!(self, Match::Ignore(_))
    }

    /// The other one when this is none.
    pub fn or(self, other: Self) -> Self {
        if self.is_none() { other } else { self }
    }
}

impl<T: Debug> fmt::Display for Match<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self)
    }
}

pub trait Matcher {
    type Output;
    fn matched(&self, path: &Path) -> bool;
    fn strict(&self) -> bool { true }
}

pub struct Rules;

type Index = HashMap<Owned, usize>;

macro_rules! square {
    ($x:expr) => { $x * $x };
}

/// Reads rules.
pub fn read<P: AsRef<Path>>(path: P) -> Result<Rules, Error> {
    let rules = Rules::parse(path)?; // may fail
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads() {
        assert!(read("x").is_err());
    }
}
