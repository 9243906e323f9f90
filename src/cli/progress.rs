//! The progress line on a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A scan that ends sooner shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on a terminal that appears once a scan takes longer than a person waits gladly.
pub(super) struct Progress {
    bar: OnceLock<ProgressBar>,
    started: Instant,
    examined: AtomicU64,
    enabled: bool,
}

impl Progress {
    pub(super) fn new(enabled: bool) -> Self {
        Self { bar: OnceLock::new(), started: Instant::now(), examined: AtomicU64::new(0), enabled }
    }

    pub(super) fn advance(&self) {
        let examined = self.examined.fetch_add(1, Ordering::Relaxed);
        // Asking for the time at every file would cost more than the bar.
        if !self.enabled || !examined.is_multiple_of(64) || self.started.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} files examined, {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(examined);
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
