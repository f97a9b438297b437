//! Hongbao: electronic red packets that are files. This page is the map of the house; it holds no logic.

pub mod api;
pub mod identity;
pub mod jose;
pub mod money;
pub mod packet;
pub mod random;
