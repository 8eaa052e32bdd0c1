//! The clients of the AWS services: one HTTP client, one set of credentials, and a time-out on
//! everything.
//!
//! Invariant: these clients talk to AWS alone, so they trust Amazon's roots alone. Compiled in, they
//! cost no reading of the system's folder of certificates, which is most of a cold start.

#[cfg(test)]
pub(crate) mod canned;
mod failures;
mod invocation;
mod requests;

pub(crate) use failures::{Failed, unavailable};
pub(crate) use invocation::{Invocation, NotInvoked};
pub use requests::Requests;

use crate::stage::{Stage, StageError};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient as _, HttpConnectorSettings, SharedHttpClient, http_client_fn,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// From <https://www.amazontrust.com/repository/>: every AWS endpoint is under one of these.
const ROOTS: [&str; 5] = [
    include_str!("roots/Amazon_Root_CA_1.pem"),
    include_str!("roots/Amazon_Root_CA_2.pem"),
    include_str!("roots/Amazon_Root_CA_3.pem"),
    include_str!("roots/Amazon_Root_CA_4.pem"),
    include_str!("roots/Starfield_Services_G2.pem"),
];
/// How long connecting may take.
const CONNECT: Duration = Duration::from_millis(1_500);
/// How long one try may take; a long poll of a queue waits less.
const ATTEMPT: Duration = Duration::from_secs(4);
/// How long a call may take with all its tries.
const CALL: Duration = Duration::from_secs(10);
/// How often a call is tried; every call of ours may be repeated.
const TRIES: u32 = 4;
/// The SDK's tries are for the moments between two packets; the protocol has its own for outages.
const BACKOFF: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(1);
/// In haste: how long one try may take, and how many there are.
const HASTE: Duration = Duration::from_secs(1);
const HASTY_TRIES: u32 = 2;

/// All of them; each is made when it is first asked for.
#[derive(Clone)]
pub struct Clients {
    config: SdkConfig,
    requests: Requests,
    made: Arc<Made>,
}

/// Making one takes longer than most of what a function does at its start.
#[derive(Default)]
struct Made {
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    eventbridge: OnceLock<aws_sdk_eventbridge::Client>,
    scheduler: OnceLock<aws_sdk_scheduler::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    ssm: OnceLock<aws_sdk_ssm::Client>,
    secrets_manager: OnceLock<aws_sdk_secretsmanager::Client>,
}

impl Clients {
    /// Those of the stage, in the function's own role.
    pub fn new(stage: &Stage) -> Result<Self, StageError> {
        let (key, secret, session) = stage.credentials()?;
        let session = session.map(str::to_owned);
        let credentials =
            Credentials::new(key, secret, session, None, "the function's environment");
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .operation_timeout(CALL);
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(stage.region()?.to_owned()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client())
            .timeout_config(timeouts.build())
            .retry_config(retries(TRIES));
        config.set_endpoint_url(stage.endpoint_url().map(str::to_owned));
        Ok(Self { config: config.build(), requests: Requests::default(), made: Arc::default() })
    }

    /// The same for what somebody waits for, or what can be done without: they give up sooner.
    #[must_use]
    pub fn fail_fast(&self) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(HASTE)
            .operation_attempt_timeout(HASTE)
            .operation_timeout(HASTE * HASTY_TRIES);
        let config = self.config.to_builder().timeout_config(timeouts.build());
        let tries = self.config.retry_config().map_or(TRIES, RetryConfig::max_attempts);
        let config = config.retry_config(retries(tries.min(HASTY_TRIES)));
        Self { config: config.build(), requests: self.requests.clone(), made: Arc::default() }
    }

    /// What was asked of which service so far.
    pub fn requests(&self) -> &Requests {
        &self.requests
    }

    /// DynamoDB.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let make = || {
            let config = aws_sdk_dynamodb::config::Builder::from(&self.config);
            aws_sdk_dynamodb::Client::from_conf(config.interceptor(self.requests.clone()).build())
        };
        self.made.dynamodb.get_or_init(make).clone()
    }

    /// SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        let make = || {
            let config = aws_sdk_sqs::config::Builder::from(&self.config);
            aws_sdk_sqs::Client::from_conf(config.interceptor(self.requests.clone()).build())
        };
        self.made.sqs.get_or_init(make).clone()
    }

    /// EventBridge.
    pub fn eventbridge(&self) -> aws_sdk_eventbridge::Client {
        let make = || {
            let config = aws_sdk_eventbridge::config::Builder::from(&self.config);
            aws_sdk_eventbridge::Client::from_conf(
                config.interceptor(self.requests.clone()).build(),
            )
        };
        self.made.eventbridge.get_or_init(make).clone()
    }

    /// EventBridge Scheduler.
    pub fn scheduler(&self) -> aws_sdk_scheduler::Client {
        let make = || {
            let config = aws_sdk_scheduler::config::Builder::from(&self.config);
            aws_sdk_scheduler::Client::from_conf(config.interceptor(self.requests.clone()).build())
        };
        self.made.scheduler.get_or_init(make).clone()
    }

    /// S3; objects are addressed by path, which every endpoint understands.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let make = || {
            let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(true);
            aws_sdk_s3::Client::from_conf(config.interceptor(self.requests.clone()).build())
        };
        self.made.s3.get_or_init(make).clone()
    }

    /// SSM, for its parameters.
    pub fn ssm(&self) -> aws_sdk_ssm::Client {
        let make = || {
            let config = aws_sdk_ssm::config::Builder::from(&self.config);
            aws_sdk_ssm::Client::from_conf(config.interceptor(self.requests.clone()).build())
        };
        self.made.ssm.get_or_init(make).clone()
    }

    /// Secrets Manager, for the API's token.
    pub fn secrets_manager(&self) -> aws_sdk_secretsmanager::Client {
        let make = || {
            let config = aws_sdk_secretsmanager::config::Builder::from(&self.config);
            aws_sdk_secretsmanager::Client::from_conf(
                config.interceptor(self.requests.clone()).build(),
            )
        };
        self.made.secrets_manager.get_or_init(make).clone()
    }
}

fn retries(tries: u32) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(tries)
        .with_initial_backoff(BACKOFF)
        .with_max_backoff(BACKOFF_MAX)
}

fn http_client() -> SharedHttpClient {
    let trusted = ROOTS
        .iter()
        .fold(TrustStore::empty(), |trusted, root| trusted.with_pem_certificate(root.as_bytes()));
    let tls = TlsContext::builder().with_trust_store(trusted).build();
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls.expect("the roots are compiled in"))
        .build_https();
    // Taken as it is, it would read the roots once more for each client that is made, for a connector
    // that is thrown away: half of a start. And clients that differ in their time-outs would not share
    // connections: those bound a call all the same.
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    http_client_fn(move |_, components| http.http_connector(&settings, components))
}
