//! Maps of small keys that the engine numbers itself: nobody from outside chooses them, so a quick hash does.

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::FixedState>;
pub(crate) type HashSet<K> = std::collections::HashSet<K, foldhash::fast::FixedState>;
