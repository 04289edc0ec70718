//! `bail!` and `ensure!`.

/// Returns from the function with an error of this text.
///
/// ```
/// # use fnhost_sdk::{Result, bail};
/// pub async fn run(root: String) -> Result<u64> {
///     if root.is_empty() {
///         bail!("A directory path is required as an input.");
///     }
///     Ok(0)
/// }
/// ```
#[macro_export]
macro_rules! bail {
    ($($text:tt)+) => {
        return ::core::result::Result::Err($crate::Error::new(::core::format_args!($($text)+)).into())
    };
}

/// Returns from the function with an error of this text unless the condition holds.
///
/// ```
/// # use fnhost_sdk::{Result, ensure};
/// pub async fn run(phone: String) -> Result<()> {
///     ensure!(phone.starts_with('+'), "`{phone}` is no phone number; allowed: + and digits");
///     Ok(())
/// }
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            $crate::bail!($($text)+);
        }
    };
}
