//! What of a value is meant: its field of that name, then the field of that, then some element.

/// Names that are kept; what is further in counts as all of it.
const MAX: usize = 5;

/// Names, by hash: names of several files are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Path {
    names: [u64; MAX],
    len: u8,
    /// The first name is one that a value must be put under: see [`Path::under`].
    is_under: bool,
}

/// Some element, under whatever name.
pub(crate) const ANY: u64 = 0;

/// A name as paths keep it.
pub(crate) fn hash(name: &str) -> u64 {
    // FNV-1a.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash.max(1)
}

impl Path {
    /// The field of a name; an empty one for some element.
    pub(crate) fn of(name: &str) -> Self {
        Self::default().inside(if name.is_empty() { ANY } else { hash(name) })
    }

    /// Not a field of the value: the value is what stands under the name.
    pub(crate) fn under(name: &str) -> Self {
        Self { is_under: true, ..Self::of(name) }
    }

    pub(crate) fn names(&self) -> &[u64] {
        self.names.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(crate) fn is_under(&self) -> bool {
        self.is_under
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn first(&self) -> Option<u64> {
        self.names().first().copied()
    }

    /// What is meant of the whole, if this is meant of its field `name`.
    pub(crate) fn inside(self, name: u64) -> Self {
        let mut out = Self::default();
        let names = std::iter::once(name).chain(self.names().iter().copied());
        for (slot, name) in out.names.iter_mut().zip(names) {
            *slot = name;
            out.len += 1;
        }
        out
    }

    /// What is meant of the field, if this is meant of the whole.
    pub(crate) fn rest(self) -> Self {
        let mut out = Self::default();
        for (slot, name) in out.names.iter_mut().zip(self.names().iter().skip(1)) {
            *slot = *name;
            out.len += 1;
        }
        out
    }

    /// What is meant of a value that `given` puts somewhere; `None` if something else is meant.
    pub(crate) fn through(self, given: Self) -> Option<Self> {
        if !given.is_under {
            let mut out = self;
            for name in given.names().iter().rev() {
                out = out.inside(*name);
            }
            return Some(out);
        }
        let under = given.first().unwrap_or(ANY);
        match self.first() {
            None => Some(self),
            Some(first) if first == under || first == ANY || under == ANY => Some(self.rest()),
            Some(_) => None,
        }
    }
}
