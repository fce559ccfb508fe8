//! What the sockets of a process are called: which of the kernel's tables they can be in, so that others
//! need not be asked for.

use std::mem::MaybeUninit;

use super::net_connections::Tables;
use super::sock_diag::Module;
use super::socket_owners::Descriptor;
use super::target::Target;

/// The sockets of a process by what they are called.
#[derive(Default)]
pub(super) struct Names {
    pub(super) tables: Tables,
    /// The inode of each that is in one row at most, and who knows of it.
    pub(super) sockets: Vec<(u64, Module)>,
}

impl Names {
    /// To ask for more names costs as much as all tables of a host that has few sockets.
    const MOST: usize = 256;

    /// `None` if it is not known of all of them, so that they may be anywhere.
    pub(super) fn of(target: &Target, found: &[Descriptor]) -> Option<Self> {
        if !target.is_live() || found.len() > Self::MOST {
            return None;
        }
        let mut names = Self::default();
        let mut known: Vec<u64> = Vec::with_capacity(found.len());
        for &Descriptor { inode, fd, .. } in found {
            if known.contains(&inode) {
                continue;
            }
            known.push(inode);
            let mut name = [MaybeUninit::uninit(); 32];
            let path = target.path(&format!("fd/{fd}"));
            let (name, _) = rustix::fs::getxattr(&path, "system.sockprotoname", &mut name).ok()?;
            names.add(inode, name)?;
        }
        Some(names)
    }

    /// `name` of the `struct proto` that the socket was made with (`sockfs_xattr_get` of
    /// `net/socket.c`, Linux 3.7).
    fn add(&mut self, inode: u64, name: &[u8]) -> Option<()> {
        let (tables, module) = match name.strip_suffix(b"\0").unwrap_or(name) {
            b"TCP" => (Tables::TCP4, Module::Tcp),
            // It may have become one of IPv4 (`IPV6_ADDRFORM` of ipv6(7)).
            b"TCPv6" => (Tables::TCP, Module::Tcp),
            b"UDP" => (Tables::UDP4, Module::Udp),
            b"UDPv6" => (Tables::UDP, Module::Udp),
            b"UNIX" | b"UNIX-STREAM" => (Tables::UNIX, Module::Unix),
            b"NETLINK" | b"PACKET" | b"RAW" | b"RAWv6" | b"PING" | b"PINGv6" | b"UDP-Lite"
            | b"UDPLITEv6" | b"AF_VSOCK" | b"XDP" => return Some(()),
            // In any number of rows: a socket without an inode is never found.
            b"MPTCP" | b"MPTCPv6" => {
                self.tables |= Tables::TCP;
                self.sockets.push((0, Module::Tcp));
                return Some(());
            }
            _ => return None,
        };
        self.tables |= tables;
        self.sockets.push((inode, module));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], want: Option<(Tables, usize)>) {
        let mut told = Names::default();
        let all = names.iter().try_for_each(|name| told.add(7, name.as_bytes()));
        assert_eq!(all.map(|()| (told.tables, told.sockets.len())), want);
    }

    #[test]
    fn names_tell_the_tables() {
        check(&[], Some((Tables::empty(), 0)));
        check(&["TCP\0", "NETLINK\0"], Some((Tables::TCP4, 1)));
        check(&["UNIX\0", "UNIX-STREAM", "RAWv6"], Some((Tables::UNIX, 2)));
        check(&["UDPv6", "TCPv6"], Some((Tables::UDP | Tables::TCP, 2)));
        check(&["UDP-Lite", "PACKET"], Some((Tables::empty(), 0)));
        check(&["TCP\0", "MPTCP\0"], Some((Tables::TCP, 2)));
    }

    #[test]
    fn unknown_ones_may_be_anywhere() {
        check(&[""], None);
        check(&["TCP\0", "SMC\0"], None);
        check(&["TCPv7"], None);
    }
}
