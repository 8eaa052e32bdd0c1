//! The options of every command.

use clap::Args;
use secrecy::SecretString;
use std::path::PathBuf;
use tradewind_engine::hosts::AllowedHosts;

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalOptions {
    /// The project folder
    #[arg(long, global = true, value_name = "FOLDER", default_value = ".")]
    pub dir: PathBuf,
    /// Where data, token and secrets are kept [default: .tradewind in the project folder where it is
    /// there already, else a folder of its own below $XDG_STATE_HOME/tradewind or
    /// ~/.local/state/tradewind]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Begin without any data, where that of a folder that looks like this one was found
    #[arg(long, global = true, conflicts_with = "data_dir")]
    pub new_data: bool,
    /// Print JSON for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Talk to this process or stage instead of the one that serves the project folder
    #[arg(long, global = true, value_name = "URL", env = "TRADEWIND_URL")]
    pub url: Option<String>,
    /// The API token that goes with --url
    #[arg(
        long, global = true, value_name = "TOKEN", env = "TRADEWIND_TOKEN",
        hide_env_values = true, value_parser = secret_text
    )]
    pub token: Option<SecretString>,
    /// Let connections call this host too, besides those of their providers: HOST by https on 443 and
    /// 8443, HOST:PORT on that port; localhost, 127.0.0.1 and [::1] by http as well, with `*` on every port
    #[arg(
        long, global = true, value_name = "HOST[:PORT]", env = "TRADEWIND_ALLOW_HOSTS",
        value_parser = clap::value_parser!(AllowedHosts)
    )]
    pub allow_host: Vec<AllowedHosts>,
    /// Log more, to standard error; RUST_LOG says exactly what
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

#[expect(clippy::unnecessary_wraps, reason = "clap takes parsers that can fail")]
fn secret_text(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(SecretString::from(text))
}
