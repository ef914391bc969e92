//! Files of the operating system: only Hookgate's own user may read what it creates; who owns a
//! file that cannot be used, and how to fix that; how many files may be open at once.

mod denied;
mod open_files;
mod private;
mod secret;
mod users;

pub use denied::{denied_facts, described, explained, quoted};
pub use open_files::{OpenFilesLimit, open_files_limit, open_files_raise, too_many_open};
pub use private::{PRIVATE_FILE, PRIVATE_FOLDER, private_create, private_mend, private_new};
pub use secret::{Exposed, SecretFile};
pub use users::{user_for_sudo, user_name, user_own};
