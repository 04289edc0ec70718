//! Step 2 of `FunctionChaining`.

use fnhost_sdk::{Logger, Result};

pub async fn run(log: Logger) -> Result<()> {
    log.info("F2");
    Ok(())
}
