//! The files that pages are made of. The binary brings them, so that a changed page does not make
//! this library be built again.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// One file.
#[derive(Clone, Debug)]
pub struct Asset {
    /// What is in it.
    pub bytes: Cow<'static, [u8]>,
    /// A digest of that, in characters that an HTTP header may have.
    pub digest: String,
}

/// All files, by name.
#[derive(Clone, Copy)]
pub struct Assets(pub fn(&str) -> Option<Asset>);

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assets")
    }
}

impl Assets {
    /// The file of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Asset> {
        (self.0)(name)
    }

    /// Answers a request for a file. Browsers ask each time whether it is still the same, and mostly
    /// hear that it is.
    #[must_use]
    pub fn serve(&self, name: &str, headers: &HeaderMap) -> Response {
        // Pages are filled in before they are shown.
        let is_page = Path::new(name).extension().is_some_and(|it| it.eq_ignore_ascii_case("html"));
        let Some(asset) = self.get(name).filter(|_| !is_page) else {
            return (StatusCode::NOT_FOUND, "no such file\n").into_response();
        };
        let tag = format!("\"{}\"", asset.digest);
        let known = headers.get(IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == tag.as_bytes());
        let common = [(ETAG, tag), (CACHE_CONTROL, "no-cache".to_owned())];
        if known {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        let kind = [(CONTENT_TYPE, content_type(name)), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
        (common, kind, asset.bytes).into_response()
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("map" | "json") => "application/json",
        _ => "application/octet-stream",
    }
}
