//! When processes on Windows may run, of children that are this program again.
#![cfg(windows)]

use sysvitals::{Error, Fields, IoClass, IoNice, Resource, Snapshot};

mod windows_player;

use windows_player::{Player, is_wine, play};

const NORMAL: i32 = 0x20;
/// Below, idle, normal, above, high and real-time. The last is high for those without the right.
const CLASSES: [i32; 6] = [0x4000, 0x40, NORMAL, 0x8000, 0x80, 0x100];

#[test]
fn player() {
    play(|_| ());
}

#[test]
fn priority_classes_are_set() {
    let player = Player::new("waits");
    let process = player.process();
    assert_eq!(process.nice().expect("ours"), NORMAL);
    for class in CLASSES {
        process.set_nice(class).expect("ours");
        let now = process.nice().expect("ours");
        assert!(now == class || (class, now) == (0x100, 0x80), "{now:#x} after {class:#x}");
    }
    process.set_nice(0x40).expect("ours");
    let table = Snapshot::take(Fields::NICE).expect("a table");
    assert_eq!(table.get(process.pid()).expect("it is there").nice(), Ok(0x40));
    for wrong in [0, -1, 5, 0x60, 0x10_0000] {
        let answer = process.set_nice(wrong);
        assert!(matches!(answer, Err(Error::InvalidArgument(_))), "{answer:?}");
    }
    assert_eq!(process.nice().expect("ours"), 0x40, "left alone");
}

#[test]
fn cpus_are_chosen() {
    let player = Player::new("waits");
    let process = player.process();
    let all = process.eligible_cpus().expect("ours");
    let before = process.cpu_affinity().expect("ours");
    assert!(!before.is_empty() && before.iter().all(|cpu| all.contains(cpu)), "{before:?} {all:?}");
    for cpu in &all {
        process.set_cpu_affinity(&[*cpu]).expect("ours");
        assert_eq!(process.cpu_affinity().expect("ours"), [*cpu]);
    }
    process.set_cpu_affinity(&[]).expect("ours");
    assert_eq!(process.cpu_affinity().expect("ours"), all, "all that there are");
    let beyond = all.iter().max().expect("one") + 1;
    for wrong in [vec![all[0], beyond], vec![64], vec![u32::MAX]] {
        match process.set_cpu_affinity(&wrong) {
            Err(Error::InvalidArgument(why)) => assert!(why.starts_with("invalid CPU "), "{why}"),
            answer => panic!("{answer:?} to {wrong:?}"),
        }
    }
    assert_eq!(process.cpu_affinity().expect("ours"), all, "left alone");
}

/// Wine has no such priority.
#[test]
fn io_priorities_are_set() {
    let player = Player::new("waits");
    let process = player.process();
    let wrong = IoNice::new(IoClass::BestEffort, None);
    assert!(matches!(process.set_ionice(wrong), Err(Error::InvalidArgument(_))));
    let leveled = IoNice::new(IoClass::Low, Some(3));
    assert!(matches!(process.set_ionice(leveled), Err(Error::InvalidArgument(_))));
    if is_wine() {
        assert!(matches!(process.ionice(), Err(Error::Unsupported(_))));
        return;
    }
    assert_eq!(process.ionice().expect("ours"), IoNice::new(IoClass::Normal, None));
    for class in [IoClass::VeryLow, IoClass::Low, IoClass::Normal] {
        process.set_ionice(IoNice::new(class, None)).expect("ours");
        assert_eq!(process.ionice().expect("ours").ioclass, class);
    }
}

#[test]
fn resources_have_no_limits() {
    let player = Player::new("waits");
    let answer = player.process().rlimit(Resource::NoFile);
    assert!(matches!(answer, Err(Error::Unsupported(_))), "{answer:?}");
    assert_eq!(Resource::NoFile.number(), None);
}

#[test]
fn the_ended_are_not_scheduled() {
    let process = Player::new("waits").end();
    let answers = [
        process.nice().map(drop),
        process.set_nice(NORMAL),
        process.ionice().map(drop),
        process.set_ionice(IoNice::new(IoClass::Low, None)),
        process.cpu_affinity().map(drop),
        process.set_cpu_affinity(&[]),
        process.eligible_cpus().map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(Error::NoSuchProcess { .. })), "{answer:?}");
    }
}
