use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A disk that is soon full, for data of a server.
#[derive(Debug)]
pub struct Disk {
    directory: TempDir,
}

impl Disk {
    /// One of so many MiB. Where the user of the test may not mount any, this says `skipped`.
    ///
    /// # Panics
    /// When there is no place for it.
    #[must_use]
    pub fn of_mib(size: u32) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a writable directory");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={size}m"), "tmpfs"])
            .arg(directory.path());
        match mount.output() {
            Ok(output) if output.status.success() => Some(Self { directory }),
            _ => {
                println!("skipped: a disk of its own cannot be mounted by this user");
                None
            }
        }
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Takes all the room that is left.
    ///
    /// # Panics
    /// When nothing can be written at all.
    pub fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("it is writable");
        while filler.write_all(&[0; 4096]).is_ok() {}
    }

    /// Gives it back.
    ///
    /// # Panics
    /// When it was not taken.
    pub fn make_room(&self) {
        fs::remove_file(self.filler()).expect("it was filled");
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Also where a server still has files open there.
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status();
    }
}
