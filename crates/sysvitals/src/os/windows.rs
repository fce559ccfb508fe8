//! Windows: its services.
//!
//! Every system knows these types, so that a program that shows services is built for all of them;
//! elsewhere the questions are [`Unsupported`](crate::Error::Unsupported).

use std::ffi::{OsStr, OsString};
use std::hash::{Hash, Hasher};
use std::io;

use crate::record::{names, record};
use crate::sys::{Host, Services as _};
use crate::{Error, Pid, Result, System};

/// When a service is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceStartType {
    /// With the system.
    Automatic,
    /// When a program asks for it.
    Manual,
    /// Never.
    Disabled,
    /// As drivers are, or in a way that this library does not know.
    Unknown,
}

names! { ServiceStartType {
    Automatic => "automatic",
    Manual => "manual",
    Disabled => "disabled",
    Unknown => "unknown",
} }

/// Whether a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceStatus {
    /// It runs.
    Running,
    /// It waits to be continued.
    Paused,
    /// It is starting.
    StartPending,
    /// It is about to pause.
    PausePending,
    /// It is about to go on.
    ContinuePending,
    /// It is stopping.
    StopPending,
    /// It does not run.
    Stopped,
    /// In a state that this library does not know.
    Unknown,
}

names! { ServiceStatus {
    Running => "running",
    Paused => "paused",
    StartPending => "start_pending",
    PausePending => "pause_pending",
    ContinuePending => "continue_pending",
    StopPending => "stop_pending",
    Stopped => "stopped",
    Unknown => "unknown",
} }

/// How a service is set up.
#[derive(Debug)]
pub(crate) struct ServiceConfig {
    pub(crate) display_name: OsString,
    pub(crate) binpath: OsString,
    pub(crate) username: OsString,
    pub(crate) start_type: ServiceStartType,
}

/// All about a service at one moment: what psutil's `as_dict()` tells, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowsServiceInfo {
    /// What people call it.
    pub display_name: OsString,
    /// Its program, with arguments and perhaps quotes.
    pub binpath: OsString,
    /// The user it runs as; empty for some.
    pub username: OsString,
    /// When it is started.
    pub start_type: ServiceStartType,
    /// Whether it runs.
    pub status: ServiceStatus,
    /// The process that it runs in, perhaps with others; `None` if it does not run.
    pub pid: Option<Pid>,
    /// What programs call it.
    pub name: OsString,
    /// What it is for, in the language of the system; empty if it does not say.
    pub description: OsString,
}

record! { winservice: WindowsServiceInfo {
    display_name: Windows,
    binpath: Windows,
    username: Windows,
    start_type: Windows,
    status: Windows,
    pid: Windows,
    name: Windows,
    description: Windows,
} }

/// A service of Windows: a program that the system starts and watches.
///
/// Two are equal if their names are. Each question asks the system anew; one that was removed
/// meanwhile is [`NoSuchService`](crate::Error::NoSuchService).
#[derive(Debug, Clone)]
pub struct WindowsService {
    name: OsString,
    display_name: OsString,
    host: Host,
}

impl PartialEq for WindowsService {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for WindowsService {}

impl Hash for WindowsService {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl System {
    /// The services, running or not; drivers are not among them.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::Error::Io) if they cannot be listed; [`Unsupported`](crate::Error::Unsupported)
    /// on other systems.
    ///
    /// # Platforms
    ///
    /// Windows: EnumServicesStatusEx. No other system has them.
    ///
    /// # Example
    ///
    /// ```
    /// match sysvitals::win_service_iter() {
    ///     Ok(services) => {
    ///         for service in services {
    ///             println!("{:?} is {}", service.name(), service.status()?);
    ///         }
    ///     }
    ///     Err(err) => assert!(matches!(err, sysvitals::Error::Unsupported(_))),
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn win_service_iter(&self) -> Result<Vec<WindowsService>> {
        let named = |(name, display_name)| {
            let host = self.host.clone();
            WindowsService { name, display_name, host }
        };
        Ok(self.host.win_service_iter()?.into_iter().map(named).collect())
    }

    /// The service of a name; that for people is not one.
    ///
    /// # Errors
    ///
    /// [`NoSuchService`](crate::Error::NoSuchService) if none has it,
    /// [`AccessDenied`](crate::Error::AccessDenied) if this user may not look at it,
    /// [`Io`](crate::Error::Io) if it cannot be asked; [`Unsupported`](crate::Error::Unsupported) on
    /// other systems.
    ///
    /// # Platforms
    ///
    /// Windows: QueryServiceConfig. No other system has them.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::Error;
    ///
    /// match sysvitals::win_service_get("no such service") {
    ///     Err(Error::NoSuchService { name }) => assert_eq!(name, "no such service"),
    ///     other => assert!(matches!(other, Err(Error::Unsupported(_)))),
    /// }
    /// ```
    pub fn win_service_get(&self, name: impl AsRef<OsStr>) -> Result<WindowsService> {
        let host = self.host.clone();
        let name = name.as_ref().to_owned();
        let service = WindowsService { name, display_name: OsString::new(), host };
        let config = service.config()?;
        Ok(WindowsService { display_name: config.display_name, ..service })
    }
}

impl WindowsService {
    /// What programs call it.
    #[must_use]
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// What people called it when it was found.
    #[must_use]
    pub fn display_name(&self) -> &OsStr {
        &self.display_name
    }

    /// Its program, with arguments and perhaps quotes: `C:\Windows\system32\svchost.exe -k netsvcs`.
    ///
    /// # Errors
    ///
    /// As [`System::win_service_get`].
    ///
    /// # Platforms
    ///
    /// Windows: QueryServiceConfig.
    ///
    /// # Example
    ///
    /// ```
    /// for service in sysvitals::win_service_iter().unwrap_or_default() {
    ///     println!("{:?} runs {:?}", service.name(), service.binpath()?);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn binpath(&self) -> Result<OsString> {
        Ok(self.config()?.binpath)
    }

    /// The user it runs as; empty for some.
    ///
    /// # Errors
    ///
    /// As [`System::win_service_get`].
    ///
    /// # Platforms
    ///
    /// Windows: QueryServiceConfig.
    ///
    /// # Example
    ///
    /// ```
    /// for service in sysvitals::win_service_iter().unwrap_or_default() {
    ///     println!("{:?} is {:?}", service.name(), service.username()?);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn username(&self) -> Result<OsString> {
        Ok(self.config()?.username)
    }

    /// When it is started.
    ///
    /// # Errors
    ///
    /// As [`System::win_service_get`].
    ///
    /// # Platforms
    ///
    /// Windows: QueryServiceConfig.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::os::windows::ServiceStartType;
    ///
    /// for service in sysvitals::win_service_iter().unwrap_or_default() {
    ///     if service.start_type()? == ServiceStartType::Automatic {
    ///         println!("{:?} is started with the system", service.name());
    ///     }
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn start_type(&self) -> Result<ServiceStartType> {
        Ok(self.config()?.start_type)
    }

    /// Whether it runs.
    ///
    /// # Errors
    ///
    /// As [`System::win_service_get`].
    ///
    /// # Platforms
    ///
    /// Windows: QueryServiceStatusEx.
    ///
    /// # Example
    ///
    /// ```
    /// use sysvitals::os::windows::ServiceStatus;
    ///
    /// for service in sysvitals::win_service_iter().unwrap_or_default() {
    ///     if service.status()? == ServiceStatus::Running {
    ///         println!("{:?} runs", service.name());
    ///     }
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn status(&self) -> Result<ServiceStatus> {
        Ok(self.state()?.0)
    }

    /// The process that it runs in, perhaps with others; `None` if it does not run.
    ///
    /// # Errors
    ///
    /// As [`System::win_service_get`].
    ///
    /// # Platforms
    ///
    /// Windows: QueryServiceStatusEx.
    ///
    /// # Example
    ///
    /// ```
    /// for service in sysvitals::win_service_iter().unwrap_or_default() {
    ///     if let Some(pid) = service.pid()? {
    ///         println!("{:?} runs in process {pid}", service.name());
    ///     }
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn pid(&self) -> Result<Option<Pid>> {
        Ok(self.state()?.1)
    }

    /// What it is for, in the language of the system; empty if it does not say.
    ///
    /// # Errors
    ///
    /// As [`System::win_service_get`].
    ///
    /// # Platforms
    ///
    /// Windows: QueryServiceConfig2.
    ///
    /// # Example
    ///
    /// ```
    /// for service in sysvitals::win_service_iter().unwrap_or_default() {
    ///     println!("{:?}: {:?}", service.name(), service.description()?);
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn description(&self) -> Result<OsString> {
        self.explained(self.host.win_service_description(&self.name))
    }

    /// All of the above; psutil's `as_dict()`.
    ///
    /// # Errors
    ///
    /// As [`System::win_service_get`].
    ///
    /// # Platforms
    ///
    /// Windows: QueryServiceConfig, QueryServiceStatusEx and QueryServiceConfig2.
    ///
    /// # Example
    ///
    /// ```
    /// for service in sysvitals::win_service_iter().unwrap_or_default() {
    ///     let info = service.as_dict()?;
    ///     assert_eq!(info.name, service.name());
    /// }
    /// # Ok::<(), sysvitals::Error>(())
    /// ```
    pub fn as_dict(&self) -> Result<WindowsServiceInfo> {
        let ServiceConfig { display_name: _, binpath, username, start_type } = self.config()?;
        let (status, pid) = self.state()?;
        Ok(WindowsServiceInfo {
            display_name: self.display_name.clone(),
            binpath,
            username,
            start_type,
            status,
            pid,
            name: self.name.clone(),
            description: self.description()?,
        })
    }

    fn config(&self) -> Result<ServiceConfig> {
        self.explained(self.host.win_service_get(&self.name))
    }

    fn state(&self) -> Result<(ServiceStatus, Option<Pid>)> {
        self.explained(self.host.win_service_status(&self.name))
    }

    /// Says of a failure that the service is not there, or out of reach, if that is what it means.
    fn explained<T>(&self, answer: Result<T>) -> Result<T> {
        answer.map_err(|err| match err {
            Error::Io { source, .. } if self.host.says_no_service(&source) => {
                Error::no_service(&self.name)
            }
            Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Error::service_denied(&self.name, source)
            }
            err => err,
        })
    }
}
