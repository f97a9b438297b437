//! Hongbao: electronic red packets that are files. This page is the map of the house; it holds no logic.

pub mod clock;
pub mod packet;
pub mod store;
