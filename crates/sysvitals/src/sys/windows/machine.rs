//! The machine as a whole.

use super::Host;
use crate::Roots;
use crate::sys::Machine;

impl Machine for Host {
    fn new(roots: Roots) -> Self {
        Self::at(roots)
    }

    fn roots(&self) -> &Roots {
        self.roots_of()
    }

    /// Nothing of Windows is read from files, so that no machine can be recorded.
    fn is_live(&self) -> bool {
        *self.roots_of() == Roots::default()
    }
}
