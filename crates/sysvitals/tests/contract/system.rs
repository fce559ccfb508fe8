//! Every question to the system, while processes come and go.

use std::time::{Duration, SystemTime};

use sysvitals::{
    AddressFamily, Battery, ConnectionKind, Error, Pid, SocketAddress, System, TimeLeft,
};

use crate::questions::shows;
use crate::under_churn;

#[track_caller]
fn percent(value: f64) {
    assert!((0.0..=100.0).contains(&value), "{value} percent");
}

#[test]
fn cpu() {
    under_churn(|| {
        let count = sysvitals::cpu_count().expect("an answer").expect("a count");
        let cores = sysvitals::cpu_count_cores().expect("an answer");
        assert!(count >= 1 && cores.is_none_or(|cores| (1..=count).contains(&cores)), "{cores:?}");
        let before = sysvitals::cpu_times().expect("times");
        shows(&before);
        assert_eq!((before.interrupt, before.dpc), (None, None), "not of this platform");
        let each = sysvitals::cpu_times_percpu().expect("times");
        assert_eq!(each.len(), count as usize);
        let user = each.iter().map(|each| each.user).sum::<Duration>();
        assert!(user >= before.user / 2, "{user:?} is about {:?}", before.user);
        let after = sysvitals::cpu_times().expect("times");
        assert!(after.user >= before.user && after.system >= before.system);

        let (before, after) = (sysvitals::cpu_stats(), sysvitals::cpu_stats());
        let (before, after) = (before.expect("counts"), after.expect("counts"));
        shows(&after);
        assert!(after.ctx_switches >= before.ctx_switches && after.ctx_switches > 0);
        assert!(after.interrupts >= before.interrupts);
        assert!(after.soft_interrupts >= before.soft_interrupts);
        assert_eq!(after.syscalls, 0, "Linux does not count them");

        for freq in sysvitals::cpu_freq_percpu().expect("frequencies") {
            shows(&freq);
            assert!(freq.current.is_none_or(|mhz| mhz > 0.0), "{freq:?}");
            if let (Some(min), Some(max)) = (freq.min, freq.max) {
                assert!(min <= max, "{freq:?}");
            }
        }
        sysvitals::cpu_freq().expect("an answer");
        let load = sysvitals::getloadavg().expect("three numbers");
        assert!(load.iter().all(|load| *load >= 0.0), "{load:?}");
    });
}

#[test]
fn memory() {
    under_churn(|| {
        let memory = sysvitals::virtual_memory().expect("memory");
        shows(&memory);
        assert!(memory.available <= memory.total && memory.used <= memory.total, "{memory:?}");
        assert!(memory.free <= memory.total && memory.total > 0, "{memory:?}");
        percent(memory.percent);
        #[expect(clippy::cast_precision_loss, reason = "a percentage")]
        let share = (memory.total - memory.available) as f64 / memory.total as f64 * 100.0;
        assert!((share - memory.percent).abs() <= 0.051, "{memory:?} {share}");
        assert_eq!(memory.wired, None, "not of this platform");

        let swap = sysvitals::swap_memory().expect("swap");
        shows(&swap);
        assert_eq!(swap.used + swap.free, swap.total, "{swap:?}");
        percent(swap.percent);
    });
}

#[test]
fn heap() {
    match sysvitals::heap_info() {
        Ok(heap) => {
            shows(&heap);
            assert!(heap.heap_used > 0, "{heap:?}");
            assert_eq!(heap.heap_count, None, "not of this platform");
            sysvitals::heap_trim().expect("the same library");
        }
        // Only glibc tells.
        Err(Error::Unsupported(_)) => {}
        Err(err) => panic!("{err:?}"),
    }
}

#[test]
fn disk() {
    let usage = sysvitals::disk_usage("/").expect("a file system");
    shows(&usage);
    assert!(usage.total > 0 && usage.used <= usage.total && usage.free <= usage.total);
    percent(usage.percent);
    let err = sysvitals::disk_usage("/no/such/path").expect_err("nothing is there");
    assert!(matches!(err, Error::Io { .. }), "{err:?}");

    under_churn(|| {
        let all = sysvitals::disk_partitions_all().expect("mounts");
        for mount in &all {
            shows(mount);
            assert!(mount.mountpoint.is_absolute() && !mount.fstype.is_empty(), "{mount:?}");
        }
        let disks = sysvitals::disk_partitions().expect("mounts");
        // What was mounted meanwhile is in this one.
        let later = sysvitals::disk_partitions_all().expect("mounts");
        for mount in disks {
            assert!(all.contains(&mount) || later.contains(&mount), "{mount:?}");
            assert!(!mount.device.is_empty(), "{mount:?}");
            let there = mount.mountpoint.try_exists();
            assert!(there.is_err() || there.is_ok_and(|there| there), "{mount:?}");
        }
        let each = sysvitals::disk_io_counters_perdisk().expect("disks");
        let total = sysvitals::disk_io_counters().expect("disks");
        assert!(total.is_none() || !each.is_empty());
        if let Some(total) = total {
            shows(&total);
        }
        for disk in each.values() {
            shows(disk);
        }
    });
}

#[test]
fn net() {
    under_churn(|| {
        let stats = sysvitals::net_if_stats().expect("interfaces");
        for (name, nic) in &stats {
            shows(nic);
            assert!(!name.is_empty(), "{nic:?}");
        }
        for (name, addresses) in sysvitals::net_if_addrs().expect("interfaces") {
            for address in &addresses {
                shows(address);
                let text = address.address.to_string();
                match address.family {
                    AddressFamily::Link => assert!(text.split(':').count() >= 6, "{text}"),
                    _ => assert!(!text.is_empty(), "{name:?} {address:?}"),
                }
            }
        }
        let each = sysvitals::net_io_counters_pernic().expect("interfaces");
        let total = sysvitals::net_io_counters().expect("interfaces");
        assert_eq!(total.is_some(), !each.is_empty());
        let sum = each.values().fold(0, |sum, nic| sum + nic.bytes_recv);
        if let Some(total) = total {
            shows(&total);
            assert!(total.bytes_recv >= sum, "{total:?} was asked later than {each:?}");
        }
    });
}

#[test]
fn sockets() {
    under_churn(|| {
        for &kind in ConnectionKind::ALL {
            let sockets = sysvitals::net_connections(kind).expect("sockets");
            for socket in &sockets {
                shows(socket);
                let of_kind = match kind {
                    ConnectionKind::All => true,
                    ConnectionKind::Unix => socket.family == AddressFamily::Unix,
                    ConnectionKind::Inet4 | ConnectionKind::Tcp4 | ConnectionKind::Udp4 => {
                        socket.family == AddressFamily::Inet
                    }
                    ConnectionKind::Inet6 | ConnectionKind::Tcp6 | ConnectionKind::Udp6 => {
                        socket.family == AddressFamily::Inet6
                    }
                    _ => socket.family != AddressFamily::Unix,
                };
                assert!(of_kind, "{kind}: {socket:?}");
                assert_eq!(socket.fd.is_some(), socket.pid.is_some(), "{socket:?}");
                let unix = matches!(socket.laddr, SocketAddress::Unix(_));
                assert!(!unix || socket.family == AddressFamily::Unix, "{socket:?}");
            }
        }
    });
}

#[test]
fn sensors() {
    for sensor in sysvitals::sensors_temperatures().expect("sensors").values().flatten() {
        shows(sensor);
        assert!(sensor.current.is_finite(), "{sensor:?}");
    }
    for fan in sysvitals::sensors_fans().expect("fans").values().flatten() {
        shows(fan);
    }
    for battery in sysvitals::sensors_battery().expect("batteries") {
        let Battery { percent: charge, secsleft, power_plugged, .. } = &battery;
        shows(&battery);
        // Gauges may tell a little more than all.
        assert!((0.0..120.0).contains(charge), "{battery:?}");
        assert!(*secsleft != TimeLeft::Unlimited || *power_plugged != Some(false), "{battery:?}");
    }
}

#[test]
fn users_and_boot() {
    let boot = sysvitals::boot_time().expect("a time");
    assert!(boot < SystemTime::now());
    // By the clock now, which may be adjusted meanwhile.
    let again = sysvitals::boot_time().expect("a time");
    let moved = again.duration_since(boot).or(boot.duration_since(again)).expect("one way");
    assert!(moved <= Duration::from_secs(1), "{boot:?} {again:?}");
    for user in sysvitals::users().expect("users") {
        shows(&user);
        assert!(!user.name.is_empty() && user.started <= SystemTime::now(), "{user:?}");
    }
}

#[test]
fn pids() {
    under_churn(|| {
        let pids = System::host().pids().expect("pids");
        assert!(pids.windows(2).all(|pair| pair[0] < pair[1]), "ascending, each once: {pids:?}");
        for pid in [Pid::current(), Pid::new(1)] {
            assert!(pids.contains(&pid), "{pid}");
            assert!(sysvitals::pid_exists(pid).expect("it can be told"), "{pid}");
        }
        assert!(!sysvitals::pid_exists(u32::MAX).expect("it can be told"));
    });
}
