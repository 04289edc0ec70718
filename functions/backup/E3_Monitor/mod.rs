//! Looks at the weather again and again, and tells somebody when it is clear. Gives up after some hours.

use fnhost_sdk::{OrchestrationContext, Result, bail};

use super::monitor::MonitorRequest;

pub async fn run(ctx: OrchestrationContext, request: Option<MonitorRequest>) -> Result<()> {
    let Some(MonitorRequest { location, phone }) = request else { bail!("An input object is required.") };
    let Some(location) = location else { bail!("A location input is required.") };
    let Some(phone) = phone.filter(|phone| !phone.is_empty()) else {
        bail!("A phone number input is required.")
    };

    let minutes: f64 = ctx.setting("MonitorMinutes")?.parse()?;
    let end = ctx.now().saturating_add(std::time::Duration::try_from_secs_f64(minutes * 60.0)?);
    ctx.log().info(format_args!("watching the weather of {}, {} until {end}", location.city, location.state));
    while ctx.now() < end {
        if ctx.activity("E3_GetIsClear", &location).await? {
            ctx.activity::<()>("E3_SendGoodWeatherAlert", &phone).await?;
            return Ok(());
        }
        ctx.timer(ctx.setting("MonitorIntervalSeconds")?).await?;
    }
    ctx.log().info("the weather did not clear");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc, time::Duration};

    use fnhost_sdk::testing::{OrchestrationTester, Run};
    use serde_json::{Value, json};

    /// A monitor whose weather is clear at the given look, counted from 1.
    fn watch(clear_at: u32, input: Value) -> (Run, u32, u32) {
        let (looks, alerts) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let (look, alert) = (looks.clone(), alerts.clone());
        let run = OrchestrationTester::new(super::run)
            .setting("MonitorMinutes", "360")
            .setting("MonitorIntervalSeconds", "1800")
            .activity("E3_GetIsClear", move |_: Value| {
                look.set(look.get() + 1);
                Ok(look.get() == clear_at)
            })
            .activity("E3_SendGoodWeatherAlert", move |_: String| {
                alert.set(alert.get() + 1);
                Ok(())
            })
            .run(input);
        (run, looks.get(), alerts.get())
    }

    #[test]
    fn it_alerts_when_the_weather_clears() {
        let input = json!({"location": {"state": "WA", "city": "Redmond"}, "phone": "+1425"});
        let (run, looks, alerts) = watch(3, input);
        run.output::<()>();
        assert_eq!((looks, alerts, run.elapsed()), (3, 1, Duration::from_secs(3600)));
    }

    #[test]
    fn it_gives_up_after_six_hours() {
        let input = json!({"location": {"state": "WA", "city": "Redmond"}, "phone": "+1425"});
        let (run, looks, alerts) = watch(99, input);
        run.output::<()>();
        assert_eq!((looks, alerts, run.elapsed()), (12, 0, Duration::from_secs(6 * 3600)));
    }

    #[test]
    fn it_says_what_is_missing() {
        let location = json!({"state": "WA", "city": "Redmond"});
        for (input, text) in [
            (json!(null), "An input object is required."),
            (json!({"phone": "+1425"}), "A location input is required."),
            (json!({"location": location}), "A phone number input is required."),
            (json!({"location": location, "phone": ""}), "A phone number input is required."),
        ] {
            let (run, looks, _) = watch(1, input);
            assert_eq!((run.failure().to_string().as_str(), looks), (text, 0));
        }
    }
}
