//! The servers' program: enterprise and bank.

use std::process::ExitCode;

fn main() -> ExitCode {
    hongbao::cli::server::main(std::env::args_os())
}
