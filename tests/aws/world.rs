//! What the tests share. It is set up by the first that needs it.

use crate::emulator::{Emulator, Permissions};
use crate::folders::{Scratch, target};
use crate::stack::{Stack, Template, pack};
use crate::tools::Tools;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{OnceCell, RwLock};

/// Installing the tools takes minutes where nothing is there yet, building nothing.
const SET_UP_MAX: Duration = Duration::from_secs(1_800);

/// Whatever was not there or did not start.
pub(crate) type Failure = String;

/// The shared parts.
pub(crate) struct World {
    runtime: Runtime,
    machine: RwLock<()>,
    scratch: Scratch,
    tools: OnceCell<Result<Arc<Tools>, Failure>>,
    code: OnceCell<Result<PathBuf, Failure>>,
    emulators: Mutex<Vec<Arc<Emulator>>>,
}

impl World {
    /// Nothing is set up yet.
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self {
            runtime: Runtime::new()?,
            machine: RwLock::new(()),
            scratch: Scratch::new()?,
            tools: OnceCell::new(),
            code: OnceCell::new(),
            emulators: Mutex::default(),
        })
    }

    /// Where the servers of the tests run.
    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Read by trials that run beside others; written by one that has to be alone.
    pub(crate) fn machine(&self) -> &RwLock<()> {
        &self.machine
    }

    /// The tools, installed.
    pub(crate) async fn tools(&self) -> Result<Arc<Tools>, Failure> {
        let install = async || -> Result<Arc<Tools>, Failure> {
            let installing = tokio::task::spawn_blocking(Tools::install);
            let installed = tokio::time::timeout(SET_UP_MAX, installing).await;
            let installed = installed.map_err(|_| "installing takes too long".to_owned())?;
            installed.map_err(|error| error.to_string())?.map(Arc::new)
        };
        self.tools.get_or_init(install).await.clone()
    }

    /// An emulator of its own.
    pub(crate) async fn emulator(
        &self,
        name: &str,
        permissions: Permissions,
    ) -> Result<Arc<Emulator>, Failure> {
        let tools = self.tools().await?;
        let emulator = Emulator::start(&tools, &self.scratch, name, permissions).await?;
        let emulator = Arc::new(emulator);
        self.emulators.lock().expect("nothing panics with it").push(Arc::clone(&emulator));
        Ok(emulator)
    }

    /// A stage of that name with the functions that the tests use, its template changed by `change`.
    pub(crate) async fn stack(
        &self,
        emulator: &Arc<Emulator>,
        stage: &str,
        change: impl FnOnce(Template) -> Template,
    ) -> Result<Stack, Failure> {
        let code = self.code().await?;
        self.deploy(emulator, stage, change(Template::slim(&code))).await
    }

    /// The same with all functions there are, which takes longer for each.
    pub(crate) async fn whole_stack(
        &self,
        emulator: &Arc<Emulator>,
        stage: &str,
        change: impl FnOnce(Template) -> Template,
    ) -> Result<Stack, Failure> {
        let code = self.code().await?;
        self.deploy(emulator, stage, change(Template::whole(&code))).await
    }

    /// The same with that template, which names the code in [`World::code`].
    pub(crate) async fn deploy(
        &self,
        emulator: &Arc<Emulator>,
        stage: &str,
        template: Template,
    ) -> Result<Stack, Failure> {
        let tools = self.tools().await?;
        let folder = self.folder(&format!("deploy-{stage}"))?;
        Stack::deploy(tools, Arc::clone(emulator), &folder, stage, template).await
    }

    /// A folder for what is written.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        self.scratch.folder(name).map_err(|error| error.to_string())
    }

    /// The folder with the code of all functions.
    pub(crate) async fn code(&self) -> Result<PathBuf, Failure> {
        let pack = async || -> Result<PathBuf, Failure> {
            let (tools, folder) = (self.tools().await?, self.folder("packed")?);
            let packing = tokio::task::spawn_blocking(move || pack(&tools, &folder));
            packing.await.map_err(|error| error.to_string())?
        };
        self.code.get_or_init(pack).await.clone()
    }

    /// Ends everything, and keeps the logs of the emulators: where, if there are any.
    pub(crate) fn end(&self) -> Vec<PathBuf> {
        let emulators =
            std::mem::take(&mut *self.emulators.lock().expect("nothing panics with it"));
        let keep = |(number, emulator): (usize, Arc<Emulator>)| {
            emulator.stop();
            let log = target().join(format!("tmp/aws-emulator-{number}.log"));
            std::fs::write(&log, emulator.log()).is_ok().then_some(log)
        };
        emulators.into_iter().enumerate().filter_map(keep).collect()
    }
}
