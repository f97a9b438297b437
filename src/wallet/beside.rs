//! A long list read again beside the one that was read before: what is the same is kept, so that a reading that says nothing
//! new takes no room. Knows nothing of what is listed.

use std::sync::Arc;

/// A list in the making.
#[derive(Debug)]
pub(super) struct Beside<T> {
    before: Arc<Vec<T>>,
    /// So many at its beginning were the same so far.
    same: usize,
    /// What there is instead, once something was not.
    new: Option<Vec<T>>,
}

impl<T: Clone + PartialEq> Beside<T> {
    pub(super) const fn of(before: Arc<Vec<T>>) -> Self {
        Self { before, same: 0, new: None }
    }

    /// The next one.
    pub(super) fn push(&mut self, item: T) {
        match &mut self.new {
            Some(new) => new.push(item),
            None if self.before.get(self.same) == Some(&item) => self.same += 1,
            None => self.begin().push(item),
        }
    }

    fn begin(&mut self) -> &mut Vec<T> {
        let same = self.before.get(..self.same).unwrap_or_default();
        self.new.insert(same.to_vec())
    }

    /// The list: the one before, if it is the same.
    pub(super) fn finish(mut self) -> Arc<Vec<T>> {
        if self.new.is_none() && self.same < self.before.len() {
            self.begin();
        }
        match self.new {
            Some(mut new) => {
                new.shrink_to_fit();
                Arc::new(new)
            }
            None => self.before,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_was_read_and_the_list_before_where_that_is_the_same(
            before in prop::collection::vec(0..4_u8, 0..6), now in prop::collection::vec(0..4_u8, 0..6)
        ) {
            let before = Arc::new(before);
            let mut made = Beside::of(Arc::clone(&before));
            now.iter().for_each(|item| made.push(*item));
            let made = made.finish();
            prop_assert_eq!(&*made, &now);
            prop_assert_eq!(Arc::ptr_eq(&made, &before), *before == now);
        }
    }
}
