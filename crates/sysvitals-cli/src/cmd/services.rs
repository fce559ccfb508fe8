//! `vitals services`

use std::ffi::{OsStr, OsString};

use sysvitals::os::windows::{WindowsService, WindowsServiceInfo};
use sysvitals::{Platform, Record as _, System, ToValue, Value};

use crate::output::table::{Align, Table};
use crate::output::{Format, Output, text};

/// Show the services of Windows; other systems have none.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Those of these names, which are not those for people.
    names: Vec<OsString>,
}

/// A service, and all about it if this user may know.
pub(super) struct Told {
    service: WindowsService,
    info: Option<WindowsServiceInfo>,
}

impl ToValue for Told {
    fn to_value(&self) -> Value {
        if let Some(info) = &self.info {
            return info.to_value();
        }
        let field = |name| match name {
            "name" => (name, self.service.name().to_value()),
            "display_name" => (name, self.service.display_name().to_value()),
            _ => (name, Value::Null),
        };
        Value::Record(WindowsServiceInfo::fields(Platform::CURRENT).map(field).collect())
    }
}

pub(super) fn run(args: &Args, system: &System, output: &mut Output<'_>) -> anyhow::Result<()> {
    let list = if args.names.is_empty() { all(system)? } else { named(system, &args.names)? };
    if !output.is_table() {
        return Ok(output.value(Format::Table, &list.to_value())?);
    }
    Ok(output.table(&table(&list))?)
}

/// Every service, by name; one that is removed meanwhile is left out.
pub(super) fn all(system: &System) -> sysvitals::Result<Vec<Told>> {
    let mut services = system.win_service_iter()?;
    services.sort_by_cached_key(|service| service.name().to_ascii_lowercase());
    let mut list = Vec::with_capacity(services.len());
    for service in services {
        match tell(service) {
            Err(err) if err.is_gone() => {}
            told => list.push(told?),
        }
    }
    Ok(list)
}

fn named(system: &System, names: &[OsString]) -> sysvitals::Result<Vec<Told>> {
    names.iter().map(|name| one(system, name)).collect()
}

/// The service of a name.
pub(super) fn one(system: &System, name: impl AsRef<OsStr>) -> sysvitals::Result<Told> {
    tell(system.win_service_get(name)?)
}

fn tell(service: WindowsService) -> sysvitals::Result<Told> {
    match service.as_dict() {
        Err(err) if err.is_denied() => Ok(Told { service, info: None }),
        info => Ok(Told { service, info: Some(info?) }),
    }
}

fn table(list: &[Told]) -> Table {
    let columns = [
        ("NAME", Align::Left),
        ("STATUS", Align::Left),
        ("START", Align::Left),
        ("PID", Align::Right),
        ("USER", Align::Left),
        ("DISPLAY NAME", Align::Left),
    ];
    let mut table = Table::new(columns.map(|(name, align)| (name.to_owned(), align)));
    for Told { service, info } in list {
        let known = |tell: fn(&WindowsServiceInfo) -> String| match info.as_ref().map(tell) {
            Some(cell) if !cell.is_empty() => cell,
            _ => "-".to_owned(),
        };
        table.row(vec![
            text::shown(service.name()),
            known(|info| info.status.to_string()),
            known(|info| info.start_type.to_string()),
            known(|info| info.pid.map_or_else(String::new, |pid| pid.to_string())),
            known(|info| text::shown(&info.username)),
            text::shown(service.display_name()),
        ]);
    }
    table
}
