//! Sends a code to a phone and waits until its owner has entered it: four attempts, within a minute and a half.

use fnhost_sdk::{First, OrchestrationContext, Result, bail};

const ATTEMPTS: u32 = 4;

pub async fn run(ctx: OrchestrationContext, phone: Option<String>) -> Result<bool> {
    let Some(phone) = phone.filter(|phone| !phone.is_empty()) else {
        bail!("A phone number input is required.")
    };
    let code: u32 = ctx.activity("E4_SendSmsChallenge", phone).await?;
    let mut patience = ctx.timer(ctx.setting("ChallengeSeconds")?);
    for _ in 0..ATTEMPTS {
        match ctx.first(ctx.wait_for_event::<u32>("SmsChallengeResponse"), &mut patience).await? {
            First::Left(answer) if answer == code => return Ok(true),
            First::Left(_) => {}
            First::Right(()) => return Ok(false),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fnhost_sdk::testing::OrchestrationTester;
    use serde_json::json;

    fn challenge(answers: &[u32]) -> OrchestrationTester {
        let tester = OrchestrationTester::new(super::run)
            .setting("ChallengeSeconds", "90")
            .activity("E4_SendSmsChallenge", |_: String| Ok(42));
        answers.iter().fold(tester, |tester, answer| tester.event("SmsChallengeResponse", answer))
    }

    #[test]
    fn the_right_code_counts_at_any_of_four_attempts() {
        for (answers, verified) in
            [(&[42][..], true), (&[1, 2, 3, 42], true), (&[1, 2, 3, 4], false), (&[1, 2, 3, 4, 42], false)]
        {
            let run = challenge(answers).run("+1425");
            assert_eq!((run.output::<bool>(), run.elapsed()), (verified, Duration::ZERO), "{answers:?}");
        }
    }

    #[test]
    fn silence_is_no() {
        let run = challenge(&[1]).run("+1425");
        assert_eq!((run.output::<bool>(), run.elapsed()), (false, Duration::from_secs(90)));
    }

    #[test]
    fn no_number_is_an_error() {
        for nothing in [json!(null), json!("")] {
            assert_eq!(
                challenge(&[]).run(nothing).failure().to_string(),
                "A phone number input is required."
            );
        }
    }
}
