//! What a process has open.

use super::process::Target;
use super::{Host, net_connections};
use crate::sys::ProcessFiles;
use crate::{ConnectionKind, ProcessConnection, Result};

impl ProcessFiles for Host {
    fn process_net_connections(
        &self,
        target: &Target,
        kind: ConnectionKind,
    ) -> Result<Vec<ProcessConnection>> {
        net_connections::of_process(self, target, kind)
    }
}
