//! Activities: input, parameters, results, failures.

use std::{collections::HashMap, time::Duration};

use fnhost_protocol::failure::kind;
use fnhost_sdk::{Cancellation, Error, InvocationInfo, Logger, Registry, Result, Settings, bail};

use crate::scene::{activity, invocation, result, services};

#[test]
fn the_input_comes_first_and_may_be_left_out() {
    async fn with(name: String) -> Result<String> {
        Ok(format!("Hello {name}!"))
    }
    async fn without() -> Result<u8> {
        Ok(1)
    }
    async fn context_only(settings: Settings, info: InvocationInfo) -> Result<String> {
        Ok(format!("{} {}", settings.get("Shop")?, info.function()))
    }
    async fn all(
        input: (u8, u8),
        _log: Logger,
        settings: Settings,
        cancellation: Cancellation,
        info: InvocationInfo,
    ) -> Result<(u8, String, bool, String, (u32, u32), Option<String>)> {
        let instance = info.instance().unwrap().to_string();
        let trace = info.traceparent().map(str::to_owned);
        let shop = settings.get("Shop")?.to_string();
        let tries = (info.attempt(), info.delivery());
        Ok((input.0 + input.1, shop, cancellation.is_cancelled(), instance, tries, trace))
    }
    assert_eq!(result(with, "Tokyo").unwrap(), r#""Hello Tokyo!""#);
    assert_eq!(result(without, "ignored").unwrap(), "1");
    assert_eq!(result(context_only, ()).unwrap(), r#""Zork & Sons Test""#);
    assert_eq!(result(all, (1, 2)).unwrap(), r#"[3,"Zork & Sons",false,"abc",[2,3],"00-1"]"#);
    assert_eq!(result(|n: u8| async move { Ok::<_, Error>(n) }, 7).unwrap(), "7");
}

#[test]
fn a_wrong_input_names_function_and_types() {
    async fn code(_input: HashMap<String, u8>) -> Result<()> {
        Ok(())
    }
    let failure = result(code, "seven").unwrap_err();
    assert_eq!(failure.kind, kind::WRONG_TYPE);
    assert_eq!(
        failure.message,
        "the input of `Test` is no `HashMap<String, u8>`: invalid type: string \"seven\", expected a map at line 1 \
         column 7; found \"seven\". Change the type in the code, or what is sent."
    );
}

#[test]
fn failures_carry_kind_place_and_panics() {
    async fn io() -> Result<String> {
        Ok(std::fs::read_to_string("/no/such/file")?)
    }
    let failure = result(io, ()).unwrap_err();
    assert_eq!(failure.kind, std::any::type_name::<std::io::Error>());
    assert!(failure.details.unwrap().contains("activities.rs:"));

    async fn text() -> Result<()> {
        bail!("no {}", "paper")
    }
    let failure = result(text, ()).unwrap_err();
    assert_eq!(failure.message, "no paper");
    assert!(failure.details.unwrap().starts_with("at crates/sdk/tests/sdk/activities.rs:"));

    async fn panics() -> Result<()> {
        tokio::task::yield_now().await;
        panic!("on fire")
    }
    let failure = result(panics, ()).unwrap_err();
    assert_eq!(failure.kind, kind::PANIC);
    assert!(failure.message.contains("activities.rs:"), "{failure}");

    async fn odd() -> Result<HashMap<Vec<u8>, u8>> {
        Ok([(vec![1], 2)].into())
    }
    assert_eq!(
        result(odd, ()).unwrap_err().to_string(),
        "the result cannot be written as JSON: invalid JSON: key must be a string"
    );
}

#[test]
fn a_dropped_call_is_cancelled() {
    let (tell, told) = tokio::sync::oneshot::channel::<Cancellation>();
    let tell = std::sync::Mutex::new(Some(tell));
    let handler = move |cancellation: Cancellation| {
        let tell = tell.lock().unwrap().take();
        async move {
            let _ = tell.unwrap().send(cancellation);
            std::future::pending::<()>().await;
            Ok::<_, Error>(())
        }
    };
    let registry = Registry::new().activity("Test", "test.rs", handler);
    crate::scene::wait(async {
        let call = registry.invoke(invocation("Test", activity(())), &services());
        assert!(tokio::time::timeout(Duration::from_millis(1), call).await.is_err());
        let cancellation = told.await.unwrap();
        assert!(cancellation.is_cancelled());
        cancellation.cancelled().await;
    });
}

#[test]
fn the_hosts_end_reaches_running_calls() {
    let stop = tokio_util::sync::CancellationToken::new();
    let services = services().with_shutdown(stop.clone());
    async fn code(cancellation: Cancellation) -> Result<&'static str> {
        cancellation.cancelled().await;
        Ok("stopped")
    }
    let registry = Registry::new().activity("Test", "test.rs", code);
    let outcome = crate::scene::wait(async {
        let call = registry.invoke(invocation("Test", activity(())), &services);
        stop.cancel();
        call.await
    });
    assert!(outcome.is_ok());
}
