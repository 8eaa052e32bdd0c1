//! The smallest function that has the SDK clients of ours: what their starts and sizes are compared
//! with. It trusts the same few roots, compiled in, and answers nothing.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_types::SdkConfig;
use aws_types::region::Region;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

const ROOTS: [&str; 5] = [
    include_str!("../../infra/aws/src/roots/Amazon_Root_CA_1.pem"),
    include_str!("../../infra/aws/src/roots/Amazon_Root_CA_2.pem"),
    include_str!("../../infra/aws/src/roots/Amazon_Root_CA_3.pem"),
    include_str!("../../infra/aws/src/roots/Amazon_Root_CA_4.pem"),
    include_str!("../../infra/aws/src/roots/Starfield_Services_G2.pem"),
];

fn main() -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve())
}

async fn serve() -> Result<(), Error> {
    let config = config()?;
    let clients = (
        aws_sdk_dynamodb::Client::new(&config),
        aws_sdk_sqs::Client::new(&config),
        aws_sdk_eventbridge::Client::new(&config),
        aws_sdk_scheduler::Client::new(&config),
        aws_sdk_ssm::Client::new(&config),
        aws_sdk_s3::Client::new(&config),
    );
    lambda_runtime::run(service_fn(async |_: LambdaEvent<Value>| {
        // So that none of them is left out of the program.
        std::hint::black_box(&clients);
        Ok::<_, Error>(Value::Null)
    }))
    .await
}

fn config() -> Result<SdkConfig, Error> {
    let trusted = ROOTS
        .iter()
        .fold(TrustStore::empty(), |trusted, root| trusted.with_pem_certificate(root.as_bytes()));
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(TlsContext::builder().with_trust_store(trusted).build()?)
        .build_https();
    let credentials = Credentials::new("key", "secret", None, None, "nobody");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http);
    Ok(config.build())
}
