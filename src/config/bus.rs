//! How a node joins the others, as the configuration has it.

use switchboard_rooms::BusOptions;

use super::Redis;

impl Redis {
    /// How `node` reaches the others.
    ///
    /// # Errors
    /// The setting that is wrong, and why: the certificates cannot be read.
    pub fn bus_options(&self, node: u128) -> Result<BusOptions, String> {
        let mut options = BusOptions::new(self.url.expose(), node);
        options.prefix.clone_from(&self.prefix);
        options.queue_bytes_max = self.queue_bytes_max;
        if !self.ca_file.as_os_str().is_empty() {
            let pem = std::fs::read(&self.ca_file);
            options.ca_pem = Some(pem.map_err(|error| format!("redis.ca_file: {error}"))?);
        }
        Ok(options)
    }
}
