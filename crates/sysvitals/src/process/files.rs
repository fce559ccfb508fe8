use std::path::PathBuf;

use super::Process;
use crate::net::descriptor;
use crate::record::record;
use crate::sys::ProcessFiles as _;
use crate::{ConnectionKind, ProcessConnection, Result};

/// A regular file that a process has open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OpenFile {
    /// Its path.
    pub path: PathBuf,
    /// Its descriptor; absent on Windows (psutil: -1).
    pub fd: Option<u32>,
    /// Where the next read or write goes. Linux.
    pub position: Option<u64>,
    /// How it was opened: `r`, `w`, `a`, `r+` or `a+`. Linux.
    pub mode: Option<String>,
    /// The flags it was opened with (open(2)). Linux.
    pub flags: Option<u32>,
}

record! { popenfile: OpenFile {
    path: _, fd via descriptor: _, position: Linux, mode: Linux, flags: Linux,
} }

impl Process {
    /// The regular files that it has open, by descriptor.
    ///
    /// With the path that each has now, if it was renamed. As in psutil, files that were deleted
    /// are not among them; those of another mount namespace are, unlike there. What is closed while
    /// it is read is left out.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](crate::Error::AccessDenied) if it belongs to someone else.
    ///
    /// # Platforms
    ///
    /// Linux: the links `/proc/PID/fd/*`, what they lead to, and `/proc/PID/fdinfo/*` (2.6.22). A
    /// recording cannot tell what is regular: there all that have paths outside `/dev` are taken
    /// for it, and the deleted too.
    ///
    /// Windows: the handles that NtQueryInformationProcess(ProcessHandleInformation) lists,
    /// DuplicateHandle, GetFileType, and GetFinalPathNameByHandleW for the path as it was opened. A file
    /// is asked only while it is idle, since the kernel keeps whoever asks waiting for the operation
    /// that another thread is in the middle of: one that is busy at two looks is left out, as is one on
    /// which the last operation failed at once. What is on a share that answers no more takes as long as
    /// the system waits for that. Each path is told once, without a descriptor. Empty for pids 0 and 4.
    /// Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::os::fd::AsRawFd;
    ///
    /// let file = tempfile::NamedTempFile::new().expect("a file");
    /// let fd = file.as_raw_fd().try_into().ok();
    /// let files = sysvitals::Process::current()?.open_files()?;
    /// let found = files.iter().find(|found| found.fd == fd).expect("it is open");
    /// assert_eq!((found.mode.as_deref(), found.position), (Some("r+"), Some(0)));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn open_files(&self) -> Result<Vec<OpenFile>> {
        self.ask(|host, target| host.open_files(target))
    }

    /// The number of its descriptors.
    ///
    /// Of files, sockets, pipes and all else.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](crate::Error::AccessDenied) if it belongs to someone else.
    ///
    /// # Platforms
    ///
    /// Linux: the size of `/proc/PID/fd` (6.2), else its entries. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// println!("{} descriptors", sysvitals::Process::current()?.num_fds()?);
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn num_fds(&self) -> Result<u32> {
        self.ask(|host, target| host.num_fds(target))
    }

    /// The number of its handles.
    ///
    /// Of files, processes, threads, events, registry keys and all else that the kernel has objects
    /// for.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::Error::Unsupported) where there are none;
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended.
    ///
    /// # Platforms
    ///
    /// Windows only: GetProcessHandleCount; of a process that may not be opened,
    /// NtQuerySystemInformation(SystemProcessInformation).
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{Error, Process};
    ///
    /// match Process::current()?.num_handles() {
    ///     Ok(handles) => println!("{handles} handles"),
    ///     Err(Error::Unsupported(_)) => println!("not on this system"),
    ///     Err(err) => return Err(err),
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    pub fn num_handles(&self) -> Result<u32> {
        self.ask(|host, target| host.num_handles(target))
    }

    /// Its sockets.
    ///
    /// As [`System::net_connections`](crate::System::net_connections) tells them, and also those that
    /// it shares with other processes. An internet socket is told with the lowest of its descriptors, a
    /// unix socket with each.
    ///
    /// # Errors
    ///
    /// [`NoSuchProcess`](crate::Error::NoSuchProcess) if it has ended,
    /// [`AccessDenied`](crate::Error::AccessDenied) if it is someone else's;
    /// [`Io`](crate::Error::Io) and [`Parse`](crate::Error::Parse) as
    /// [`System::net_connections`](crate::System::net_connections).
    ///
    /// # Platforms
    ///
    /// Linux: `/proc/PID/fd/*` and, of what kinds getxattr(2) says that the sockets among these are
    /// (`system.sockprotoname`, 3.7), the kernel's tables: by netlink (sock_diag(7)) if it is in the
    /// caller's network namespace, else `/proc/PID/net/*`. Right also where it is in another network
    /// namespace, of which psutil shows nothing. A table is read until all of its sockets are found, so
    /// that the sockets of others may cost more than its own;
    /// [`net_connections_by_duplicates`](Self::net_connections_by_duplicates) reads none. A hundred
    /// sockets of the calling process, or fewer, are asked themselves (5.14), and netlink only to confirm
    /// each of their connections. Windows: those of
    /// [`System::net_connections`](crate::System::net_connections) that its pid has, without
    /// descriptors. Elsewhere not yet.
    ///
    /// # Example
    ///
    /// ```
    /// use std::net::UdpSocket;
    /// use sysvitals::{ConnectionKind, Process, SocketAddress};
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    /// let address = SocketAddress::Inet(socket.local_addr().expect("an address"));
    /// let sockets = Process::current()?.net_connections(ConnectionKind::Udp)?;
    /// assert!(sockets.iter().any(|socket| socket.laddr == address));
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn net_connections(&self, kind: ConnectionKind) -> Result<Vec<ProcessConnection>> {
        self.ask(|host, target| host.process_net_connections(target, kind))
    }

    /// Its sockets, by duplicates of its descriptors: what [`net_connections`](Self::net_connections)
    /// answers, whatever the sockets of other processes. On a host with tens of thousands that is a
    /// hundred times faster.
    ///
    /// Each socket is duplicated into the calling process, asked, and closed, which takes microseconds.
    /// That is not what everybody wants done to a process that is looked at:
    ///
    /// * What it closes in this moment stays open until we close it, too: the other end is told so much
    ///   later, and its epoll(7) sets keep the socket that long. If it closes a socket with `SO_LINGER`,
    ///   we may be who waits.
    /// * If we are stopped (SIGSTOP, a debugger, a frozen cgroup) in this moment, the socket stays open
    ///   until we go on.
    /// * If another thread of ours forks in this moment, the child has the socket, too, until it runs a
    ///   program.
    ///
    /// No duplicate is made of the calling process's own sockets. Rows of a table are in the order of
    /// their descriptors. Addresses are what getsockname(2) and getpeername(2) tell: where a BPF program
    /// changes that (as `cgroup/getpeername4` does for the services of a cluster), the address that the
    /// process sees, and not that of its packets.
    ///
    /// # Errors
    ///
    /// As [`net_connections`](Self::net_connections).
    ///
    /// # Platforms
    ///
    /// Linux: pidfd_getfd(2) (5.6, with the rights that ptrace(2) wants for attaching), getsockname(2),
    /// getpeername(2) and getsockopt(2) with `SO_NETNS_COOKIE` (5.14), `SO_PROTOCOL`, `SO_TYPE` and
    /// `TCP_INFO`. Where one of these is missing or refused, of a process in another network namespace,
    /// and if one of its sockets does not tell all (TCP that is connecting, connections of MPTCP and
    /// SMC), the answer is that of [`net_connections`](Self::net_connections). Elsewhere it always is.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::{ConnectionKind, Process};
    ///
    /// let me = Process::current()?;
    /// for socket in me.net_connections_by_duplicates(ConnectionKind::Tcp)? {
    ///     println!("{:?} is {}", socket.fd, socket.status);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn net_connections_by_duplicates(
        &self,
        kind: ConnectionKind,
    ) -> Result<Vec<ProcessConnection>> {
        // Not of whoever has its pid.
        self.act(|host, target| host.process_net_connections_by_duplicates(target, kind))
    }
}
