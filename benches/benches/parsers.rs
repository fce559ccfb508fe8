//! What the parsers of large or frequent files cost, by byte:
//! `cargo bench --manifest-path benches/Cargo.toml`.
//!
//! They are those whose instructions `cargo xtask instructions` counts, on the same inputs.

#[path = "../../crates/sysvitals-parse/benches/parsers/mod.rs"]
mod list;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn parsers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for parser in list::all() {
        let (name, input) = (parser.name, parser.input.as_slice());
        group.throughput(Throughput::Bytes(input.len() as u64));
        assert!((parser.parse)(input) > 0, "{name} finds nothing in its input");
        group.bench_function(name, |bencher| bencher.iter(|| (parser.parse)(black_box(input))));
    }
    group.finish();
}

criterion_group!(benches, parsers);
criterion_main!(benches);
