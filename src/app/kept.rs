//! What is counted of the wallet's data for one page, kept between frames: counted anew when data or question are others, and
//! in no frame besides.

use std::sync::{Arc, Weak};

use egui::Ui;

use super::message::Data;

struct Kept<K, V> {
    data: Weak<Data>,
    key: K,
    value: Arc<V>,
}

impl<K: Clone, V> Clone for Kept<K, V> {
    fn clone(&self) -> Self {
        Self { data: Weak::clone(&self.data), key: self.key.clone(), value: Arc::clone(&self.value) }
    }
}

/// What `count` makes of the data, or made of the same data and the same `key` before.
pub(super) fn counted<K, V>(ui: &Ui, name: &'static str, data: &Arc<Data>, key: K, count: impl FnOnce() -> V) -> Arc<V>
where
    K: Clone + PartialEq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    let id = egui::Id::unique(("counted", name));
    let kept = ui.data(|all| all.get_temp::<Kept<K, V>>(id));
    // A weak one keeps its address, so that no newer data can stand in the same place.
    let same = |kept: &Kept<K, V>| Weak::as_ptr(&kept.data) == Arc::as_ptr(data) && kept.key == key;
    if let Some(kept) = kept.filter(same) {
        return kept.value;
    }
    let value = Arc::new(count());
    let kept = Kept { data: Arc::downgrade(data), key, value: Arc::clone(&value) };
    ui.data_mut(|all| all.insert_temp(id, kept));
    value
}
