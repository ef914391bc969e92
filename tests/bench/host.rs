//! What the machine can do.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

/// The median time of writing and syncing 16 KiB in a file that is filled already.
pub fn fdatasync_millis(folder: &Path) -> f64 {
    let file = File::create(folder.join("sync")).expect("a file");
    let block = [1; 16 << 10];
    let steps = 300;
    for step in 0..steps {
        file.write_all_at(&block, step * block.len() as u64).expect("written");
    }
    file.sync_all().expect("synced");
    let mut times: Vec<f64> = (0..steps)
        .map(|step| {
            let start = Instant::now();
            file.write_all_at(&block, step * block.len() as u64).expect("written");
            file.sync_data().expect("synced");
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
