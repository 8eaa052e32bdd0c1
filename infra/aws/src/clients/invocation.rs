//! Calling a function of the stage and waiting for its answer: the one request that is made of Lambda, sent and signed
//! as the SDKs of the other services send theirs.
//!
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

use super::{CONNECT, Clients, Failed as _, unavailable};
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use std::time::Duration;
use tradewind_engine::ports::Unavailable;

/// What it is called in reasons.
const SERVICE: &str = "Lambda";
/// Whoever asks gives up sooner.
const CALL: Duration = Duration::from_secs(15);
/// Set where the function itself failed.
const FUNCTION_ERROR: &str = "x-amz-function-error";

/// The words for what no later call finds otherwise: this function may not call it, or there is none.
const NOT_ALLOWED: &str = "AccessDeniedException";
const MISSING: &str = "ResourceNotFoundException";

/// Why a function was not called, or gave no answer.
#[derive(Debug)]
pub(crate) enum NotInvoked {
    /// Only a person can repair it: why, for people.
    Impossible(&'static str),
    /// It may answer later.
    NotNow(Unavailable),
}

/// A function that can be called.
#[derive(Clone, Debug)]
pub(crate) struct Invocation(Operation<Vec<u8>, Vec<u8>, ErrorMetadata>);

impl Invocation {
    /// The function that is called at that address; nothing where clients lack what it takes.
    pub(crate) fn new(clients: &Clients, url: &http::Uri) -> Option<Self> {
        let config = &clients.config;
        let endpoint = match config.endpoint_url() {
            Some(emulated) => emulated.to_owned(),
            None => format!("{}://{}", url.scheme_str()?, url.authority()?),
        };
        let path = url.path().to_owned();
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(CALL);
        let operation = Operation::builder()
            .service_name(SERVICE)
            .operation_name("Invoke")
            .http_client(config.http_client()?)
            .endpoint_url(&endpoint)
            .timeout_config(timeouts.build())
            // Whoever asks tries again.
            .no_retry()
            .interceptor(clients.requests.clone())
            .runtime_plugin(signed(clients)?)
            .serializer(move |body: Vec<u8>| {
                let mut request = HttpRequest::new(SdkBody::from(body));
                request.set_method("POST")?;
                request.set_uri(path.as_str())?;
                request.headers_mut().insert("content-type", "application/json");
                Ok(request)
            })
            .deserializer(answer);
        Some(Self(operation.build()))
    }

    /// Calls it; what it answers.
    pub(crate) async fn invoke(&self, body: Vec<u8>) -> Result<Vec<u8>, NotInvoked> {
        self.0.invoke(body).await.map_err(|failed| match failed.word() {
            Some(NOT_ALLOWED) => NotInvoked::Impossible("this one has no right to call it"),
            Some(MISSING) => NotInvoked::Impossible("there is none of that name"),
            _ => NotInvoked::NotNow(unavailable(SERVICE, &failed)),
        })
    }
}

/// What signs the request with the credentials of the function that calls.
fn signed(clients: &Clients) -> Option<StaticRuntimePlugin> {
    let config = &clients.config;
    let mut layer = Layer::new("signature");
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(config.region()?.clone())),
        name: Some(SigningName::from_static("lambda")),
        ..SigV4OperationSigningConfig::default()
    });
    let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    let components = RuntimeComponentsBuilder::new("signature")
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(schemes)))
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_identity_resolver(
            SCHEME_ID,
            SharedIdentityResolver::new(config.credentials_provider()?),
        );
    Some(StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components))
}

/// What the function answered. Why it failed stands in its own log.
fn answer(response: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<ErrorMetadata>> {
    let header = |name: &str| response.headers().get(name);
    let failed = |code: &str, message: String| {
        let error = ErrorMetadata::builder().code(code).message(message).build();
        OrchestratorError::operation(error)
    };
    if !response.status().is_success() {
        // Such as `TooManyRequestsException`; emulators may add where the word is defined.
        let code = header("x-amzn-errortype").and_then(|code| code.split(':').next());
        let status = response.status().as_u16();
        return Err(failed(code.unwrap_or("Unknown"), format!("status {status}")));
    }
    if let Some(kind) = header(FUNCTION_ERROR) {
        return Err(failed("FunctionError", format!("the function ended: {kind}")));
    }
    Ok(response.body().bytes().unwrap_or_default().to_vec())
}
