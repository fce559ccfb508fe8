//! Who is logged in, and since when the system runs.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sysvitals_parse::ParseError;
use sysvitals_parse::cstruct::Endian;
use sysvitals_parse::linux::logind_session::{self, Session};
use sysvitals_parse::linux::passwd;
use sysvitals_parse::linux::utmp::{self, Layout};

use super::Host;
use crate::sys::{Machine as _, Users};
use crate::{Error, Pid, Result, User, UsersSource};

/// The type of a utmp record for someone logged in.
const USER_PROCESS: i16 = 7;
/// The largest type (`ACCOUNTING`).
const LAST_KIND: i16 = 9;

impl Users for Host {
    fn users(&self) -> Result<(Vec<User>, UsersSource)> {
        let path = self.roots().run.join("utmp");
        let file = self.read_if_there(&path)?;
        if let Some(bytes) = file.as_deref().filter(|bytes| !bytes.is_empty()) {
            return Ok((logged_in(bytes, &path)?, UsersSource::Utmp));
        }
        // An empty file is made by tmpfiles.d even where nothing writes to it any more.
        if let Some(users) = self.sessions()? {
            return Ok((users, UsersSource::Logind));
        }
        let source = if file.is_some() { UsersSource::Utmp } else { UsersSource::Nothing };
        Ok((Vec::new(), source))
    }

    fn boot_time(&self) -> Result<SystemTime> {
        self.booted()
    }
}

impl Host {
    /// Who systemd-logind knows to be logged in, oldest first; `None` where it does not run.
    fn sessions(&self) -> Result<Option<Vec<User>>> {
        let path = self.roots().run.join("systemd/sessions");
        let Some((_, names)) = self.list_if_there(&path, "")? else { return Ok(None) };
        let mut users = Vec::new();
        for name in names {
            // `ID.ref` is a FIFO that a session holds open.
            if Path::new(&name).extension().is_some_and(|extension| extension == "ref") {
                continue;
            }
            let path = path.join(name);
            // Sessions end.
            let Some(bytes) = self.read_if_there(&path)? else { continue };
            let session = logind_session::parse(&bytes);
            let session = session.map_err(|err| Error::parse(&path, err))?;
            if is_login(&session) {
                users.push(self.user_of(&session, &path)?);
            }
        }
        users.sort_by_key(|user| user.started);
        Ok(Some(users))
    }

    fn user_of(&self, session: &Session<'_>, path: &Path) -> Result<User> {
        let missing = |field| Error::parse(path, ParseError::new(field, b""));
        let name = match (&session.user, session.uid) {
            (Some(name), _) => name.to_vec(),
            (None, Some(uid)) => self.name_of(uid)?,
            (None, None) => return Err(missing("USER")),
        };
        let started = session.realtime.map(Duration::from_micros);
        let started = started.and_then(|time| UNIX_EPOCH.checked_add(time));
        let terminal = session.tty.as_ref().or(session.display.as_ref());
        Ok(User {
            name: OsString::from_vec(name),
            terminal: terminal.map(|terminal| OsString::from_vec(terminal.to_vec())),
            host: Some(host(session.remote_host.as_deref().unwrap_or_default())),
            started: started.ok_or_else(|| missing("REALTIME"))?,
            pid: session.leader.map(Pid::new),
        })
    }

    /// The name in `passwd`, else the number.
    fn name_of(&self, uid: u32) -> Result<Vec<u8>> {
        let file = self.read_if_there(&self.roots().etc.join("passwd"))?.unwrap_or_default();
        let user = passwd::parse(&file).filter_map(Result::ok).find(|user| user.uid == uid);
        Ok(user.map_or_else(|| uid.to_string().into_bytes(), |user| user.name.to_vec()))
    }
}

/// Whether the session is that of someone logged in, not of a display manager, a lock screen or the
/// user's own service manager, and has not ended (`CLASS` and `STATE` of sd_session_get_class(3)).
fn is_login(session: &Session<'_>) -> bool {
    matches!(session.class.as_deref(), None | Some(b"user" | b"user-early" | b"user-light"))
        && session.state.as_deref() != Some(b"closing")
}

/// Who the records of a utmp file tell of, in their order.
fn logged_in(bytes: &[u8], path: &Path) -> Result<Vec<User>> {
    let (layout, endian) = layout_of(bytes);
    // As getutent(3) does, an incomplete record at the end is left out.
    utmp::parse(bytes, layout, endian)
        .filter_map(|record| record.ok().filter(|record| record.kind == USER_PROCESS))
        .map(|record| {
            let seconds = Duration::from_secs(record.seconds.unsigned_abs());
            let started = if record.seconds < 0 {
                UNIX_EPOCH.checked_sub(seconds)
            } else {
                UNIX_EPOCH.checked_add(seconds)
            };
            let text = |text: &[u8]| OsString::from_vec(text.to_vec());
            Ok(User {
                name: text(record.user),
                terminal: Some(text(record.line)).filter(|line| !line.is_empty()),
                host: Some(host(record.host)),
                started: started.ok_or_else(|| {
                    let seconds = record.seconds.to_string();
                    Error::parse(path, ParseError::new("tv_sec", seconds.as_bytes()))
                })?,
                pid: u32::try_from(record.pid).ok().filter(|&pid| pid != 0).map(Pid::new),
            })
        })
        .collect()
}

/// That of this machine, unless only another one makes whole records of the file that make sense: a
/// recording may be of any machine.
fn layout_of(bytes: &[u8]) -> (Layout, Endian) {
    let native = (native_layout(std::env::consts::ARCH, usize::BITS), Endian::NATIVE);
    let others = [Layout::Narrow, Layout::Wide]
        .map(|layout| [(layout, Endian::Little), (layout, Endian::Big)]);
    std::iter::once(native)
        .chain(others.into_iter().flatten())
        .find(|&(layout, endian)| {
            bytes.len() % layout.size() == 0
                && utmp::parse(bytes, layout, endian).all(|record| record.is_ok_and(makes_sense))
        })
        .unwrap_or(native)
}

fn makes_sense(record: utmp::Record<'_>) -> bool {
    (0..=LAST_KIND).contains(&record.kind)
        && (0..1_000_000).contains(&record.microseconds)
        && (record.kind != USER_PROCESS || record.seconds > 0)
}

/// What glibc writes on a machine; see [`Layout`].
fn native_layout(arch: &str, bits: u32) -> Layout {
    match arch {
        "x86_64" | "powerpc64" | "s390x" | "mips64" | "mips64r6" | "sparc64" | "riscv64" => {
            Layout::Narrow
        }
        _ if bits == 32 => Layout::Narrow,
        _ => Layout::Wide,
    }
}

/// psutil's rule: who came from nowhere else sits at the machine.
fn host(host: &[u8]) -> OsString {
    match host {
        b"" | b":0" | b":0.0" => "localhost".into(),
        host => OsString::from_vec(host.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::System;

    /// A machine with these files.
    fn machine(files: &[(&str, &[u8])]) -> (TempDir, System) {
        let root = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let system = System::at(root.path());
        (root, system)
    }

    struct Login<'a> {
        kind: i16,
        pid: i32,
        line: &'a [u8],
        user: &'a [u8],
        host: &'a [u8],
        seconds: i64,
    }

    const BOB: Login<'_> = Login {
        kind: USER_PROCESS,
        pid: 1501,
        line: b"pts/0",
        user: b"bob",
        host: b"192.168.1.77",
        seconds: 1_700_000_200,
    };

    impl Login<'_> {
        fn record(&self, layout: Layout, endian: Endian) -> Vec<u8> {
            let number = |value: i64, size: usize| match endian {
                Endian::Little => value.to_le_bytes()[..size].to_vec(),
                Endian::Big => value.to_be_bytes()[8 - size..].to_vec(),
            };
            let text = |text: &[u8], size: usize| {
                let mut field = text.to_vec();
                field.resize(size, 0);
                field
            };
            let long = if layout == Layout::Narrow { 4 } else { 8 };
            let mut record = [
                number(self.kind.into(), 4),
                number(self.pid.into(), 4),
                text(self.line, 32),
                text(b"", 4),
                text(self.user, 32),
                text(self.host, 256),
                number(0, 4),
                number(0, long),
                number(self.seconds, long),
                number(250_000, long),
            ]
            .concat();
            if endian == Endian::Big {
                record[..4].copy_from_slice(&[number(self.kind.into(), 2), vec![0; 2]].concat());
            }
            record.resize(layout.size(), 0);
            record
        }
    }

    fn narrow(logins: &[Login<'_>]) -> Vec<u8> {
        logins.iter().flat_map(|login| login.record(Layout::Narrow, Endian::Little)).collect()
    }

    /// `name terminal host started pid`
    fn show(users: &[User]) -> Vec<String> {
        let show = |user: &User| {
            let since = user.started.duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
            let pid = user.pid.map_or("-".into(), |pid| pid.to_string());
            let [terminal, host] = [&user.terminal, &user.host]
                .map(|text| text.as_ref().map_or("-".into(), |text| text.to_string_lossy()));
            format!("{} {terminal} {host} {since} {pid}", user.name.to_string_lossy())
        };
        users.iter().map(show).collect()
    }

    #[track_caller]
    fn check(files: &[(&str, &[u8])], want: &[&str], source: UsersSource) {
        let (_root, system) = machine(files);
        let (users, from) = system.users_and_source().unwrap();
        assert_eq!(show(&users), want);
        assert_eq!(from, source);
    }

    #[test]
    fn only_users_are_told() {
        let file = narrow(&[
            Login { kind: 2, user: b"reboot", ..BOB },
            BOB,
            Login { kind: 8, user: b"dead", ..BOB },
            Login { line: b"", host: b"", pid: 0, ..BOB },
            Login { line: b":0", host: b":0", pid: -1, user: b"\xff", ..BOB },
            Login { host: b":0.0", ..BOB },
            Login { user: &[b'u'; 32], line: &[b'l'; 32], host: &[b'h'; 256], ..BOB },
        ]);
        let full =
            format!("{} {} {} 1700000200 1501", "u".repeat(32), "l".repeat(32), "h".repeat(256));
        check(
            &[("run/utmp", &file)],
            &[
                "bob pts/0 192.168.1.77 1700000200 1501",
                "bob - localhost 1700000200 -",
                "\u{fffd} :0 localhost 1700000200 -",
                "bob pts/0 localhost 1700000200 1501",
                &full,
            ],
            UsersSource::Utmp,
        );
    }

    #[test]
    fn layouts_are_told_apart() {
        let bob = ["bob pts/0 192.168.1.77 1700000200 1501"; 2];
        for layout in [Layout::Narrow, Layout::Wide] {
            for endian in [Endian::Little, Endian::Big] {
                let boot = Login { kind: 2, ..BOB }.record(layout, endian);
                let file = [boot, BOB.record(layout, endian).repeat(2)].concat();
                check(&[("run/utmp", &file)], &bob, UsersSource::Utmp);
            }
        }
        // 9600 bytes are whole records of either.
        let file = BOB.record(Layout::Wide, Endian::Little).repeat(24);
        check(&[("run/utmp", &file)], &[bob[0]; 24], UsersSource::Utmp);
    }

    #[test]
    fn an_incomplete_record_is_left_out() {
        let (layout, endian) = layout_of(b"");
        let mut file = BOB.record(layout, endian).repeat(2);
        file.truncate(layout.size() + 100);
        let bob = "bob pts/0 192.168.1.77 1700000200 1501";
        check(&[("run/utmp", &file)], &[bob], UsersSource::Utmp);
    }

    #[test]
    fn any_bytes_are_a_file() {
        for length in [1, 383, 384, 400, 401, 9600] {
            let (_root, system) = machine(&[("run/utmp", &vec![7; length])]);
            let _ = system.users();
        }
    }

    #[test]
    fn machines_have_their_layouts() {
        assert_eq!(native_layout("x86_64", 64), Layout::Narrow);
        assert_eq!(native_layout("x86", 32), Layout::Narrow);
        assert_eq!(native_layout("arm", 32), Layout::Narrow);
        assert_eq!(native_layout("aarch64", 64), Layout::Wide);
    }

    const SESSION: &str = "UID=1000\nUSER=alice\nSTATE=active\nCLASS=user\nTTY=tty2\n\
        LEADER=811\nREALTIME=1700000100250000\n";

    #[test]
    fn sessions_count_where_nothing_keeps_utmp() {
        let remote = SESSION.replace("tty2", "pts/1").replace("170000010", "170000000")
            + "REMOTE_HOST=192.168.1.77\n";
        let display = SESSION.replace("TTY=tty2", "DISPLAY=:0").replace("user\n", "user-early\n");
        let nameless = SESSION.replace("USER=alice\n", "").replace("TTY=tty2\n", "");
        let unknown = nameless.replace("1000\n", "7\n").replace("LEADER=811\n", "");
        let with = |from, to| SESSION.replace(from, to);
        let others = [
            with("CLASS=user", "CLASS=greeter"),
            with("CLASS=user", "CLASS=manager"),
            with("CLASS=user", "CLASS=manager-early"),
            with("CLASS=user", "CLASS=lock-screen"),
            with("CLASS=user", "CLASS=background"),
            with("STATE=active", "STATE=closing"),
        ]
        .map(String::into_bytes);
        let sessions: [(&str, &[u8]); 14] = [
            ("etc/passwd", b"root:x:0:0::/:/bin/sh\nbroken\nalice:x:1000:1000::/:/bin/sh\n"),
            ("run/systemd/sessions/1", SESSION.as_bytes()),
            ("run/systemd/sessions/2", remote.as_bytes()),
            ("run/systemd/sessions/2.ref", b"UID=x\n"),
            ("run/systemd/sessions/.#2half", b"UID=x\n"),
            ("run/systemd/sessions/3", display.as_bytes()),
            ("run/systemd/sessions/4", nameless.as_bytes()),
            ("run/systemd/sessions/5", unknown.as_bytes()),
            ("run/systemd/sessions/c1", &others[0]),
            ("run/systemd/sessions/c2", &others[1]),
            ("run/systemd/sessions/c3", &others[2]),
            ("run/systemd/sessions/c4", &others[3]),
            ("run/systemd/sessions/c5", &others[4]),
            ("run/systemd/sessions/c6", &others[5]),
        ];
        let want = [
            "alice pts/1 192.168.1.77 1700000000.25 811",
            "alice tty2 localhost 1700000100.25 811",
            "alice :0 localhost 1700000100.25 811",
            "alice - localhost 1700000100.25 811",
            "7 - localhost 1700000100.25 -",
        ];
        check(&sessions, &want, UsersSource::Logind);
        check(&[&sessions[..], &[("run/utmp", b"")]].concat(), &want, UsersSource::Logind);
        let utmp = narrow(&[BOB]);
        check(
            &[&sessions[..], &[("run/utmp", &utmp)]].concat(),
            &["bob pts/0 192.168.1.77 1700000200 1501"],
            UsersSource::Utmp,
        );
    }

    #[test]
    fn nobody_is_not_nothing_known() {
        check(&[("run/x", b"")], &[], UsersSource::Nothing);
        check(&[("run/utmp", b"")], &[], UsersSource::Utmp);
        check(&[("run/systemd/sessions/1.ref", b"")], &[], UsersSource::Logind);
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        let (_root, system) = machine(&[("run/utmp/x", b"")]);
        assert!(matches!(system.users(), Err(Error::Io { .. })));
        let (_root, system) = machine(&[("run/systemd/sessions/1/x", b"")]);
        assert!(matches!(system.users(), Err(Error::Io { .. })));
        for broken in ["UID=x\n", "UID=1\nUSER=a\n", "REALTIME=1\n"] {
            let (_root, system) = machine(&[("run/systemd/sessions/1", broken.as_bytes())]);
            assert!(matches!(system.users(), Err(Error::Parse { .. })), "{broken}");
        }
    }

    #[test]
    fn boot_time_may_be_untold() {
        let ask = |stat: &[u8]| {
            let (_root, system) = machine(&[("proc/stat", stat)]);
            system.boot_time()
        };
        let want = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(ask(b"cpu 1 2 3 4\nbtime 1700000000\n").unwrap(), want);
        assert!(matches!(ask(b"cpu 1 2 3 4\n"), Err(Error::Unsupported("boot_time"))));
        assert!(matches!(ask(b"btime x\n"), Err(Error::Parse { .. })));
        assert!(matches!(ask(b"btime 18446744073709551615\n"), Err(Error::Parse { .. })));
        let (_root, system) = machine(&[]);
        assert!(matches!(system.boot_time(), Err(Error::Io { .. })));
    }
}
