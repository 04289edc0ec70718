//! The app that is measured: one HTTP function, and a sequence of three activities.

use std::{fs, io, path::Path as FilePath, time::Duration};

use fnhost_sdk::{DurableClient, OrchestrationContext, Path, Registry, Response, Result};

/// What the HTTP function and the bare server answer.
pub(crate) const HELLO: &str = "Hello, World!";

/// The orchestrator.
pub(crate) const SEQUENCE: &str = "HelloSequence";

/// What the orchestrator calls, one call after the other.
pub(crate) const ACTIVITY: &str = "SayHello";

/// Whom it greets.
pub(crate) const CITIES: [&str; 3] = ["Tokyo", "Seattle", "London"];

/// What a sequence results in, as JSON.
pub(crate) const GREETINGS: &str = r#"["Hello Tokyo!","Hello Seattle!","Hello London!"]"#;

/// Longer than any sequence takes.
const PATIENCE: Duration = Duration::from_secs(60);

async fn hello() -> &'static str {
    HELLO
}

async fn wait(Path(function): Path<String>, client: DurableClient) -> Result<Response> {
    let id = client.start(&function, ()).await?;
    client.wait_or_check_status(&id, PATIENCE).await
}

async fn sequence(ctx: OrchestrationContext) -> Result<Vec<String>> {
    let mut greetings = Vec::with_capacity(CITIES.len());
    for city in CITIES {
        greetings.push(ctx.activity(ACTIVITY, city).await?);
    }
    Ok(greetings)
}

async fn say_hello(city: String) -> Result<String> {
    Ok(format!("Hello {city}!"))
}

/// The functions, linked.
pub(crate) fn registry() -> Registry {
    Registry::new()
        .http("Hello", "benches/src/app.rs", hello)
        .http("Wait", "benches/src/app.rs", wait)
        .orchestration(SEQUENCE, "benches/src/app.rs", sequence)
        .activity(ACTIVITY, "benches/src/app.rs", say_hello)
}

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

const SAY_HELLO: &str = "[[bindings]]\ntype = \"activityTrigger\"\nname = \"city\"\n";

/// Writes the app's folder.
pub(crate) fn write(folder: &FilePath) -> io::Result<()> {
    fs::write(folder.join("host.toml"), HOST)?;
    let functions =
        [("Hello", HTTP_HELLO), ("Wait", HTTP_WAIT), (SEQUENCE, ORCHESTRATION), (ACTIVITY, SAY_HELLO)];
    for (name, text) in functions {
        let folder = folder.join("functions").join(name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("function.toml"), text)?;
    }
    Ok(())
}
