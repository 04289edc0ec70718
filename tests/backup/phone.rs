//! `E4_SmsPhoneVerification`: a code by SMS, four attempts, a minute and a half.

use serde_json::json;

use crate::support::{Durable, Host, Scene, standins::SmsSink, until};

on_every_worker!(
    the_right_code_verifies,
    the_fourth_attempt_counts,
    four_wrong_codes_are_no,
    silence_is_no,
    early_answers_wait_for_their_question,
);

const PHONE: &str = "+14255550123";

fn stage(scene: Scene, sms: &SmsSink) -> Host {
    scene.clock_at("2026-01-01T00:00:00Z").setting("SMS_URL", sms.url()).start()
}

/// Asks for a code; answers it as it was sent.
#[track_caller]
fn challenge(host: &Host, sms: &SmsSink) -> u32 {
    host.durable().start("E4_SmsPhoneVerification", "phone", &json!(PHONE)).expect(202);
    sent_code(sms)
}

#[track_caller]
fn sent_code(sms: &SmsSink) -> u32 {
    let (to, text) =
        until("the code to be sent", || sms.messages().first().cloned().ok_or_else(|| "nothing".to_owned()));
    assert_eq!(to, PHONE);
    let code = text.strip_prefix("Your verification code is ").expect("the text tells the code");
    assert!(code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    code.parse().expect("a number")
}

fn answer(durable: Durable<'_>, code: u32) {
    durable.raise("phone", "SmsChallengeResponse", &json!(code)).expect(202);
}

fn the_right_code_verifies(scene: Scene) {
    let sms = SmsSink::start();
    let host = stage(scene, &sms);
    let code = challenge(&host, &sms);
    answer(host.durable(), code);
    assert_eq!(host.durable().wait_for("phone", "Completed")["output"], json!(true));
}

fn the_fourth_attempt_counts(scene: Scene) {
    let sms = SmsSink::start();
    let host = stage(scene, &sms);
    let code = challenge(&host, &sms);
    for wrong in 1..=3 {
        answer(host.durable(), (code + wrong) % 10_000);
    }
    answer(host.durable(), code);
    assert_eq!(host.durable().wait_for("phone", "Completed")["output"], json!(true));
}

fn four_wrong_codes_are_no(scene: Scene) {
    let sms = SmsSink::start();
    let host = stage(scene, &sms);
    let code = challenge(&host, &sms);
    for wrong in 1..=4 {
        answer(host.durable(), (code + wrong) % 10_000);
    }
    assert_eq!(host.durable().wait_for("phone", "Completed")["output"], json!(false));
}

fn silence_is_no(scene: Scene) {
    let sms = SmsSink::start();
    let host = stage(scene, &sms);
    challenge(&host, &sms);
    // The code is on its way before its being sent is on record, and only then do the 90 seconds begin.
    host.durable().wait_until("phone", "to wait", |status| status.to_string().contains("TimerCreated"));
    host.advance("00:01:29");
    host.durable().wait_for("phone", "Running");
    host.advance("00:00:01");
    assert_eq!(host.durable().wait_for("phone", "Completed")["output"], json!(false));
}

/// Answers that come before the code is sent are kept, and used up as attempts in their order.
fn early_answers_wait_for_their_question(scene: Scene) {
    let sms = SmsSink::start();
    let late = crate::support::standins::Answer::status(201).after(std::time::Duration::from_millis(500));
    sms.server.script(|_| true, 0, 1, late);
    let host = stage(scene, &sms);
    let code = challenge(&host, &sms);
    for wrong in 1..=3 {
        answer(host.durable(), (code + wrong) % 10_000);
    }
    answer(host.durable(), code);
    assert_eq!(host.durable().wait_for("phone", "Completed")["output"], json!(true));
}

#[test]
fn no_number_is_an_error() {
    let sms = SmsSink::start();
    let host = stage(Scene::new(), &sms);
    for (id, input) in [("1", json!(null)), ("2", json!(""))] {
        host.durable().start("E4_SmsPhoneVerification", id, &input).expect(202);
        let status = host.durable().wait_for(id, "Failed");
        assert!(status["output"].to_string().contains("A phone number input is required."), "{status}");
    }
    assert!(sms.messages().is_empty());
}
