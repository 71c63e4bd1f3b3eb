//! Logs and figures.

use std::io::IsTerminal;

use anyhow::Context;
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::LogFormat;

/// Begins to log, to standard error. `level` is a level, or a filter such as `info,sqlx=debug`.
pub fn start_logs(format: LogFormat, level: &str) -> anyhow::Result<()> {
    // Notices of the database, and what `rmcp` tells of each request and of each mistake of a client, say
    // nothing to an operator; who wants them names `sqlx` or `rmcp` in the filter.
    let filter = EnvFilter::try_new(format!("sqlx=warn,rmcp=error,{level}"))
        .with_context(|| format!("log.level: {level:?} is not a level such as `info`"))?;
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Human => {
            builder.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init()
        }
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}

/// Begins to count, for the whole process.
pub fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    const SECONDS: [f64; 11] =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
    const JOBS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .and_then(|it| it.set_buckets_for_metric(Matcher::Suffix("_jobs".to_owned()), &JOBS))
        .and_then(PrometheusBuilder::install_recorder)
        .context("cannot start the metrics")?;
    describe_gauge!("switchboard_connections", "Open realtime connections of every protocol");
    describe_counter!("switchboard_sockets_total", "Sockets that were let in");
    describe_counter!("switchboard_disconnects_total", "Sockets that ended, by reason");
    describe_counter!("switchboard_events_in_total", "Events that clients sent");
    describe_counter!("switchboard_deliveries_total", "Events put into a connection's queue");
    describe_counter!(
        "switchboard_webhook_deliveries_total",
        "Events posted to a webhook, by outcome: delivered, retried, dropped"
    );
    describe_gauge!("switchboard_webhook_deliveries_pending", "Events that wait to be posted");
    describe_counter!(
        "switchboard_jobs_total",
        "Jobs, by kind and by outcome: done, retried, dropped"
    );
    describe_gauge!("switchboard_jobs_pending", "Jobs that wait or are being done");
    describe_histogram!("switchboard_commit_batch_jobs", "Writes that shared one commit");
    describe_counter!("switchboard_http_requests_total", "HTTP requests, by status");
    describe_histogram!("switchboard_http_request_seconds", "Time from request to answer");
    Ok(handle)
}
