//! What is too large for a message or an item, in S3.
//!
//! Invariant: the key is made from the content, so that writing again changes nothing.

use crate::clients::{Clients, unavailable};
use crate::stage::{Stage, StageError};
use aws_sdk_s3::primitives::{ByteStream, ByteStreamError};
use bytes::Bytes;
use tradewind_engine::ports::Unavailable;

const SERVICE: &str = "S3";

/// The bucket of the stage.
#[derive(Clone)]
pub struct Blobs {
    s3: aws_sdk_s3::Client,
    bucket: String,
}

impl Blobs {
    /// The bucket of the stage.
    pub fn new(clients: &Clients, stage: &Stage) -> Result<Self, StageError> {
        Ok(Self { s3: clients.s3(), bucket: stage.bucket()?.to_owned() })
    }

    /// Keeps the bytes under the key.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), Unavailable> {
        let body = ByteStream::from(bytes);
        let put = self.s3.put_object().bucket(&self.bucket).key(key).body(body).send().await;
        put.map(|_| ()).map_err(|failed| unavailable(SERVICE, &failed))
    }

    /// What is kept under the key; `None`: nothing.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, Unavailable> {
        match self.s3.get_object().bucket(&self.bucket).key(key).send().await {
            Ok(object) => {
                let body = object.body.collect().await;
                let lost = |error: ByteStreamError| {
                    Unavailable::new(SERVICE, "the body broke off").caused_by(&error)
                };
                body.map(|body| Some(body.into_bytes())).map_err(lost)
            }
            Err(failed) if failed.as_service_error().is_some_and(|e| e.is_no_such_key()) => {
                Ok(None)
            }
            Err(failed) => Err(unavailable(SERVICE, &failed)),
        }
    }

    /// Removes what is kept under the key; no error when there is nothing.
    pub async fn remove(&self, key: &str) -> Result<(), Unavailable> {
        let removed = self.s3.delete_object().bucket(&self.bucket).key(key).send().await;
        removed.map(|_| ()).map_err(|failed| unavailable(SERVICE, &failed))
    }
}
