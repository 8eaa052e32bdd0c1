//! `tradewind completion`: what a shell needs to complete commands and options.

use super::cx::Cx;
use clap::{Args, Command};
use clap_complete::Shell;

/// Arguments of `completion`.
#[derive(Debug, Args)]
#[command(after_help = "For bash: tradewind completion bash > \
    ~/.local/share/bash-completion/completions/tradewind")]
pub struct CompletionArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn completion(cx: &Cx, args: &CompletionArgs, mut command: Command) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "tradewind", &mut script);
    cx.output.bytes(&script);
}
