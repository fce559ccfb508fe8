//! Rights over the processes of others.

use crate::sys::Processes as _;
use crate::{Result, System};

impl System {
    /// Makes use of the caller's privilege to look into processes of others, and tells whether it has
    /// it.
    ///
    /// Windows gives it to administrators, but switched off. It is the calling process that is changed,
    /// for good: so nothing here does it unasked. psutil does when it is imported.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) where there is no such thing,
    /// [`Io`](crate::Error::Io) if the system fails to say.
    ///
    /// # Platforms
    ///
    /// Windows only: AdjustTokenPrivileges with `SeDebugPrivilege`.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Error, System};
    ///
    /// match System::host().enable_debug_privilege() {
    ///     Ok(true) => println!("processes of others can be looked into"),
    ///     Ok(false) => println!("you are no administrator"),
    ///     Err(Error::Unsupported(_)) => println!("not on this system"),
    ///     Err(err) => return Err(err),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn enable_debug_privilege(&self) -> Result<bool> {
        self.host.enable_debug_privilege()
    }
}
