//! The app's folder.

use std::{fs, io, path::Path};

use super::{ALARM, CITIES, COUNTER, FanOut, NAP, PATIENT, SAY_HELLO, SEQUENCE, WAIT_FOR_GO};

/// The host file: everything that can be left out is, so that what is measured is what ships.
const HOST: &str = "version = \"2.0\"\n";

const HTTP_HELLO: &str = r#"
[[bindings]]
type = "httpTrigger"
name = "req"
authLevel = "anonymous"
methods = ["get"]

[[bindings]]
type = "http"
name = "$return"
direction = "out"
"#;

const HTTP_WAIT: &str = r#"
[[bindings]]
type = "httpTrigger"
name = "req"
authLevel = "anonymous"
methods = ["post"]
route = "orchestrators/{functionName}/wait"
routePrefix = ""

[[bindings]]
type = "http"
name = "$return"
direction = "out"

[[bindings]]
type = "durableClient"
name = "client"
"#;

const ORCHESTRATION: &str = "[[bindings]]\ntype = \"orchestrationTrigger\"\nname = \"ctx\"\n";

const ACTIVITY: &str = "[[bindings]]\ntype = \"activityTrigger\"\nname = \"input\"\n";

const ENTITY: &str = "[[bindings]]\ntype = \"entityTrigger\"\nname = \"ctx\"\n";

/// Rows that measure timers have some of their own, with this one's handler.
const TIMER_OFF: &str =
    "disabled = true\n[[bindings]]\ntype = \"timerTrigger\"\nname = \"timer\"\nschedule = \"1.00:00:00\"\n";

/// Writes the app's folder.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    fs::write(folder.join("host.toml"), HOST)?;
    let functions = [
        ("Hello", HTTP_HELLO),
        ("Wait", HTTP_WAIT),
        (SEQUENCE.orchestrator, ORCHESTRATION),
        (CITIES.orchestrator, ORCHESTRATION),
        (SAY_HELLO, ACTIVITY),
        (FanOut::ORCHESTRATOR, ORCHESTRATION),
        (FanOut::ACTIVITY, ACTIVITY),
        (WAIT_FOR_GO, ORCHESTRATION),
        (PATIENT, ORCHESTRATION),
        (NAP, ORCHESTRATION),
        (COUNTER, ENTITY),
        (ALARM, TIMER_OFF),
    ];
    for (name, text) in functions {
        let folder = folder.join("functions").join(name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("function.toml"), text)?;
    }
    Ok(())
}
