//! Opening the store.

use super::changes::Changes;
use super::connection::open_to_write;
use super::errors::{Fault, OpenError};
use super::handle::Store;
use super::place::Place;
use super::readers::Readers;
use super::rows::Unread;
use super::writer::Writer;
use super::{folder, migrate, restart};
use std::path::Path;
use std::sync::Arc;
use tradewind_engine::ports::Clock;

impl Store {
    /// Opens the store in this folder, or creates it. All leases of an earlier process end.
    pub fn open(data_dir: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let folder = folder::lock_folder(data_dir)?;
        let database = folder.database.clone();
        let start = folder.start.as_str().into();
        let wrong = |fault: Fault| OpenError::database(&database, fault);
        let connection = open_to_write(&database).map_err(wrong)?;
        migrate::migrate(&connection, &database)?;
        folder::mark_used(data_dir)?;
        let unread = Arc::new(Unread::new(clock.clone()));
        restart::end_leases(&connection, clock.now(), &unread).map_err(wrong)?;
        let changes = Arc::new(Changes::default());
        let writer = Writer::start(connection, clock.clone(), changes.clone(), folder)
            .map_err(|source| OpenError::folder(data_dir, source))?;
        let place = Place::of(&database).map_err(|source| OpenError::folder(data_dir, source))?;
        let (readers, place) = (Arc::new(Readers::new(database)), Arc::new(place));
        Ok(Self { readers, writer: Arc::new(writer), changes, clock, unread, place, start })
    }
}
