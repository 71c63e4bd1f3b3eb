//! `switchboard demo`

use std::io::Write;

use crate::service::{DemoView, Services};

pub(super) async fn run(
    services: &Services,
    public_url: &str,
    json: bool,
    name: Option<&str>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let view = services.demo(name, public_url).await?;
    if json {
        serde_json::to_writer(&mut *out, &view)?;
        writeln!(out)?;
        return Ok(());
    }
    tell(&view, out)
}

fn tell(view: &DemoView, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "The demo is ready. With the server running (`switchboard`):\n")?;
    writeln!(out, "  1. Write as a visitor     {}", view.urls.widget_demo)?;
    writeln!(out, "  2. Answer as an agent     {}", view.urls.inbox)?;
    for agent in &view.agents {
        writeln!(out, "       {:<24}password {}", agent.email, agent.password)?;
    }
    writeln!(out, "\nPut the widget on a page of your own:\n")?;
    writeln!(out, "  <script src=\"{}/chat-widget/embed.js\"", view.base_url)?;
    writeln!(out, "          data-embed-token=\"{}\"></script>", view.platform.embed_token)?;
    writeln!(out, "\nLet a program act as {}:\n", first_email(view))?;
    let key = &view.platform.agent_key;
    writeln!(out, "  curl -H 'Authorization: Bearer {key}' \\")?;
    writeln!(out, "       '{}/api/conversations/?filter=all'", view.base_url)?;
    writeln!(
        out,
        "\nPasswords, keys and tokens are new at each call; those of the call before no longer work."
    )?;
    writeln!(out, "Everything as JSON: switchboard demo --json")?;
    Ok(())
}

fn first_email(view: &DemoView) -> &str {
    view.agents.first().map_or("an agent", |agent| agent.email.as_str())
}
