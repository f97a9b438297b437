//! A window of the same library, of the same size, with nothing in it: the least that any window costs.
#![allow(clippy::print_stderr)]

use std::process::ExitCode;

/// How many frames it drew.
struct Bare(usize);

impl eframe::App for Bare {
    fn logic(&mut self, _: &egui::Context, _: &mut eframe::Frame) {
        // As the program does: the frame before is on the screen by now.
        if self.0 == 1 {
            eprintln!("DEBUG everything is shown");
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        self.0 += 1;
        if self.0 == 1 {
            ui.ctx().request_repaint();
        }
    }
}

pub(crate) fn show() -> ExitCode {
    let viewport = egui::ViewportBuilder::default().with_inner_size([1120.0, 760.0]);
    let options = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    let ended = eframe::run_native("bare", options, Box::new(|_| Ok(Box::new(Bare(0)))));
    ended.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}
