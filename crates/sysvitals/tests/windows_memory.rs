//! Memory of processes on Windows, of children that are this program again.
#![cfg(windows)]

use std::collections::BTreeMap;
use std::env;
use std::fmt::Debug;

use sysvitals::{Error, Fields, Platform, Process, Record, Snapshot};

mod windows_player;

use windows_player::{Player, is_wine, play};

const MIB: u64 = 1 << 20;

#[test]
fn player() {
    play(|role| match role {
        "eats" => vec![1_u8; 64 << 20],
        _ => Vec::new(),
    });
}

#[track_caller]
fn shows<R: Record + Debug>(record: &R) {
    let mut names = Vec::new();
    record.visit(&mut |name, _| names.push(name));
    assert_eq!(names, R::fields(Platform::Windows).collect::<Vec<_>>(), "{record:?}");
}

#[test]
fn memory_that_is_used_is_seen() {
    let (idle, eats) = (Player::new("waits"), Player::new("eats"));
    let before = idle.process().memory_info().expect("ours");
    let after = eats.process().memory_info().expect("ours");
    shows(&before);
    assert!(before.rss > 0 && before.vms > 0, "{before:?}");
    assert!(after.rss > before.rss + 50 * MIB, "{before:?} {after:?}");
    assert!(after.vms > before.vms + 50 * MIB, "{before:?} {after:?}");
    for info in [before, after] {
        assert_eq!((info.wset, info.pagefile), (Some(info.rss), Some(info.vms)));
        assert!(info.peak_wset >= info.wset && info.peak_pagefile >= info.pagefile, "{info:?}");
    }
    if !is_wine() {
        assert!(after.private > Some(64 * MIB) && after.num_page_faults > Some(1000), "{after:?}");
    }
}

#[test]
fn more_is_told_of_it() {
    let player = Player::new("waits");
    let info = player.process().memory_info_ex().expect("ours");
    shows(&info);
    assert!(info.peak_rss >= Some(info.rss) && info.peak_vms >= Some(info.vms), "{info:?}");
    assert!(info.r#virtual.is_some_and(|size| size > info.rss), "{info:?}");
    assert!(info.peak_virtual >= info.r#virtual, "{info:?}");
    let full = Process::current().expect("our own").memory_info_ex().expect("our own");
    shows(&full);
}

#[test]
fn a_table_tells_the_same() {
    let player = Player::new("eats");
    let process = player.process();
    let table = Snapshot::take(Fields::MEMORY | Fields::MEMORY_EX).expect("a table");
    let row = table.get(process.pid()).expect("it is there");
    let (told, asked) =
        (row.memory_info().expect("its record"), process.memory_info().expect("ours"));
    assert!(told.rss.abs_diff(asked.rss) < 8 * MIB, "{told:?} {asked:?}");
    assert!(told.vms.abs_diff(asked.vms) < 8 * MIB, "{told:?} {asked:?}");
    shows(&told);
    shows(&row.memory_info_ex().expect("its record"));
}

#[test]
fn faults_are_counted() {
    let faults = Player::new("eats").process().page_faults().expect("ours");
    assert!(is_wine() || faults.minor > 1000, "{faults:?}");
}

/// Wine has no QueryWorkingSet.
#[test]
fn its_own_share_is_less_than_all() {
    let player = Player::new("eats");
    let process = player.process();
    match process.memory_footprint() {
        Ok(footprint) => {
            let rss = process.memory_info().expect("ours").rss;
            assert!(footprint.uss > 60 * MIB, "{footprint:?}");
            assert!(footprint.uss <= rss + MIB, "{footprint:?} of {rss}");
            shows(&footprint);
            shows(&process.memory_full_info().expect("ours"));
        }
        Err(Error::Unsupported(_)) if is_wine() => {}
        Err(err) => panic!("{err}"),
    }
}

#[test]
fn programs_are_mapped() {
    let player = Player::new("waits");
    let process = player.process();
    let maps = process.memory_maps().expect("ours");
    let program = env::current_exe().expect("our own");
    let program = program.file_name().expect("a name").to_string_lossy().to_lowercase();
    let ours: Vec<_> = maps
        .iter()
        .filter(|map| map.usage.path.to_string_lossy().to_lowercase().ends_with(&program))
        .collect();
    assert!(!ours.is_empty(), "{program} among {maps:?}");
    assert!(ours.iter().any(|map| map.perms.starts_with('x')), "{ours:?}");
    let mut last = None;
    for map in &maps {
        shows(map);
        let start = map.addr.strip_prefix("0x").expect("as Python writes it");
        let start = u64::from_str_radix(start, 16).expect("hexadecimal");
        assert!(last < Some(start), "by address: {map:?}");
        last = Some(start);
        assert!(map.usage.rss > 0 && map.usage.rss % 4096 == 0, "{map:?}");
        let perms = ["", "r", "rw", "wc", "x", "xr", "xrw", "xwc", "?"];
        assert!(perms.contains(&&*map.perms), "{map:?}");
        let path = map.usage.path.to_string_lossy();
        assert!(path.chars().nth(1) == Some(':') || path.starts_with(r"\\"), "a drive: {map:?}");
    }
}

#[test]
fn groups_are_sums() {
    let player = Player::new("waits");
    let process = player.process();
    let mut sums = BTreeMap::new();
    for map in process.memory_maps().expect("ours") {
        *sums.entry(map.usage.path).or_insert(0) += map.usage.rss;
    }
    let groups = process.memory_maps_grouped().expect("ours");
    groups.iter().for_each(shows);
    let told: BTreeMap<_, _> = groups.iter().map(|map| (map.path.clone(), map.rss)).collect();
    assert_eq!(told.len(), groups.len(), "each path once");
    assert_eq!(told, sums);
}

#[test]
fn the_ended_have_no_memory() {
    let process = Player::new("waits").end();
    let answers = [
        process.memory_info().map(drop),
        process.memory_info_ex().map(drop),
        process.memory_footprint().map(drop),
        process.memory_maps().map(drop),
        process.memory_maps_grouped().map(drop),
        process.page_faults().map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(Error::NoSuchProcess { .. })), "{answer:?}");
    }
}
