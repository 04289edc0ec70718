//! Mail, over SMTP or over the HTTP interface of a mail service.

use fnhost_sdk::{Context, Result, Settings, Timestamp, bail};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::header::ContentType};
use serde_json::json;

use crate::web;

/// What the step answers when mail is switched off.
const OFF: &str = "email notifications is set to false in config";

/// Sends a text to the setting `SendGrid_ToEmail`, if the setting `SendEmailNotifications` is exactly `true`.
///
/// `MAIL_URL` says how: `smtp://…` and `smtps://…` (with `user:password@`, if the server wants them) go to a mail server,
/// `https://…` to a service that speaks as SendGrid does.
///
/// # Errors
/// When the server or service does not take it.
pub async fn send(settings: &Settings, html: &str) -> Result<&'static str> {
    if settings.find("SendEmailNotifications").as_deref() != Some("true") {
        return Ok(OFF);
    }
    let from = settings.get("SendGrid_VerifiedFromSenderEmail")?;
    let to = settings.get("SendGrid_ToEmail")?;
    let subject = subject(&Timestamp::from(std::time::SystemTime::now()).to_string());
    let url = settings.get("MAIL_URL")?;
    match url.split_once("://").map(|(scheme, _)| scheme) {
        Some("smtp" | "smtps") => {
            let message = Message::builder()
                .from(from.parse()?)
                .to(to.parse()?)
                .subject(subject)
                .header(ContentType::TEXT_HTML)
                .body(html.to_owned())?;
            let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
                .context("the setting `MAIL_URL` names no mail server")?;
            server.build().send(message).await.context("the mail server did not take the mail")?;
            Ok("email sent via smtp")
        }
        Some("http" | "https") => {
            let mail = json!({
                "personalizations": [{ "to": [{ "email": &*to }] }],
                "from": { "email": &*from },
                "subject": subject,
                "content": [{ "type": "text/html", "value": html }],
            });
            let key = settings.get("SendGrid_API_Key")?;
            let url = format!("{}/v3/mail/send", url.trim_end_matches('/'));
            let ask = web::post(url, &mail).header("authorization", format!("Bearer {}", &*key));
            ask.called("the mail service").send().await?.success()?;
            Ok("email sent via sendgrid")
        }
        // Not the value itself: it may hold a password.
        _ => bail!(
            "the setting `MAIL_URL` names no way to send mail; allowed: smtp://…, smtps://…, http://…, https://…"
        ),
    }
}

/// `Github stats data sync status -MM/DD/YYYY, HH:MM:SS` of a time such as `2026-11-20T17:46:00Z`.
fn subject(time: &str) -> String {
    let (date, clock) = time.split_once('T').unwrap_or((time, ""));
    let (year, day) = date.split_once('-').unwrap_or((date, ""));
    let clock = clock.get(..8).unwrap_or(clock);
    format!("Github stats data sync status -{}/{year}, {clock}", day.replace('-', "/"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_subject_tells_the_time() {
        let expected = "Github stats data sync status -11/20/2026, 17:46:09";
        assert_eq!(super::subject("2026-11-20T17:46:09.123456Z"), expected);
        assert_eq!(super::subject("2026-11-20T17:46:09Z"), expected);
    }
}
