//! Services of Windows.
#![cfg(windows)]

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sysvitals::os::windows::{ServiceStartType, ServiceStatus, WindowsService};
use sysvitals::{Error, Pid, Platform, Record as _, System, Value};

/// Wine's service manager now and then says `ERROR_INVALID_HANDLE` to one of two who ask at once.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Every service, of which there are some on each Windows, and 16 in Wine.
fn all() -> Vec<WindowsService> {
    let services = sysvitals::win_service_iter().expect("services");
    assert!(services.len() >= 10, "{services:?}");
    services
}

#[test]
fn each_has_a_name_of_its_own_and_can_be_asked() {
    let _alone = alone();
    let services = all();
    let names: HashSet<_> = services.iter().map(WindowsService::name).collect();
    assert_eq!(names.len(), services.len());
    for service in &services {
        let again = sysvitals::win_service_get(service.name()).expect("it was listed");
        assert_eq!(&again, service);
        assert_eq!(again.display_name(), service.display_name());
        let info = match service.as_dict() {
            Err(err) if err.is_denied() => continue,
            info => info.expect("it was listed"),
        };
        assert_eq!(
            (info.name.as_os_str(), &info.binpath),
            (service.name(), &service.binpath().expect("it was listed"),)
        );
        assert_eq!(info.username, service.username().expect("it was listed"));
        assert_eq!(info.start_type, service.start_type().expect("it was listed"));
        assert_eq!(info.description, service.description().expect("it was listed"));
        assert_ne!(info.start_type, ServiceStartType::Unknown, "{info:?}");
        assert_ne!(info.status, ServiceStatus::Unknown, "{info:?}");
        assert!(!info.binpath.is_empty(), "{info:?}");
    }
}

#[test]
fn one_that_runs_has_a_process() {
    let _alone = alone();
    let running = all()
        .into_iter()
        .find(|service| service.status().is_ok_and(|status| status == ServiceStatus::Running));
    let running = running.expect("one runs");
    let pid = running.pid().expect("it was listed").expect("it runs");
    assert!(sysvitals::pid_exists(pid).expect("an answer"), "{running:?} {pid}");
    let stopped = all()
        .into_iter()
        .find(|service| service.status().is_ok_and(|status| status == ServiceStatus::Stopped));
    let pid: Option<Pid> = stopped.expect("one does not").pid().expect("it was listed");
    assert_eq!(pid, None);
}

#[test]
fn names_of_people_and_nonsense_are_no_services() {
    let _alone = alone();
    for name in ["no such service", "", r"a\b/c", "ünïcode"] {
        let err = sysvitals::win_service_get(name).expect_err(name);
        let Error::NoSuchService { name: told } = &err else { panic!("{name}: {err:?}") };
        assert_eq!(told, name);
        assert!(err.is_gone() && err.name() == Some(name) && err.pid().is_none());
        assert_eq!(err.to_string(), format!("service {name:?} does not exist"));
    }
    let cut = sysvitals::win_service_get("PlugPlay\0x");
    assert!(matches!(cut, Err(Error::InvalidArgument(_))), "{cut:?}");
}

#[test]
fn a_record_has_psutils_fields() {
    let _alone = alone();
    let service = all().into_iter().next().expect("a service");
    let info = service.as_dict().expect("it was listed");
    let mut names = Vec::new();
    info.visit(&mut |name, _| names.push(name));
    let want: Vec<_> =
        sysvitals::os::windows::WindowsServiceInfo::fields(Platform::Windows).collect();
    assert_eq!(names, want);
    assert_eq!(info.get("start_type"), Some(Value::Name(info.start_type.as_str())));
}

#[test]
fn a_recorded_machine_has_none() {
    let _alone = alone();
    let answer = System::at("nowhere").win_service_iter();
    assert!(matches!(answer, Err(Error::Unsupported(_))), "{answer:?}");
}
