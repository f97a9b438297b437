//! The wallet's program.

use std::process::ExitCode;

fn main() -> ExitCode {
    hongbao::cli::wallet::main(std::env::args_os())
}
