//! Man pages and shell completions, from the argument parsers themselves, so that they say what the programs do. For whoever
//! packs the programs; no person's command.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;

use super::{Failure, Output, Text};

#[derive(Args)]
pub(super) struct Manual {
    /// The folder, made if it is not there: man/ and completions/ are written into it.
    folder: PathBuf,
}

#[derive(serde::Serialize)]
struct Written {
    folder: PathBuf,
}

impl Text for Written {
    fn text(&self) -> String {
        format!("Written into {}", self.folder.display())
    }
}

impl Manual {
    pub(super) fn run(self, programs: Vec<Command>, output: Output) -> Result<(), Failure> {
        write(&self.folder, programs).map_err(|error| Failure::new("file", error.to_string(), "Check the path."))?;
        output.show(&Written { folder: self.folder })
    }
}

fn write(folder: &Path, programs: Vec<Command>) -> std::io::Result<()> {
    let (man, completions) = (folder.join("man"), folder.join("completions"));
    std::fs::create_dir_all(&man)?;
    std::fs::create_dir_all(&completions)?;
    for mut program in programs {
        clap_mangen::generate_to(without_help(program.clone()), &man)?;
        let name = program.get_name().to_owned();
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            clap_complete::generate_to(shell, &mut program, &name, &completions)?;
        }
    }
    Ok(())
}

/// Pages about `help` would be more than all others.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}
