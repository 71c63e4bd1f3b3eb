//! Filling in a page: what the server tells it, and what a browser may do with it.

use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::assets::Assets;

const POLICY: &str = "default-src 'self'; img-src * data: blob:; style-src 'self'; \
                      connect-src 'self' ws: wss:; base-uri 'none'; form-action 'self'";

/// A page on its way to a browser.
#[derive(Debug)]
pub struct Page {
    file: &'static str,
    head: String,
    insertions: Vec<(&'static str, String)>,
    /// Who may show it in a frame, in the words of `frame-ancestors`.
    ancestors: String,
}

impl Page {
    /// The page of that file. Nobody may show it in a frame.
    #[must_use]
    pub fn new(file: &'static str) -> Self {
        Self { file, head: String::new(), insertions: Vec::new(), ancestors: "'none'".to_owned() }
    }

    /// Tells the page the token that its changing requests must carry.
    #[must_use]
    pub fn csrf_token(mut self, token: &str) -> Self {
        let element = format!(r#"<meta name="csrf-token" content="{}">"#, escape(token));
        self.head.push_str(&element);
        self
    }

    /// Tells the page what it starts from.
    #[must_use]
    pub fn bootstrap(mut self, value: &Value) -> Self {
        // Inside a script element only `<` could end it.
        let json = value.to_string().replace('<', "\\u003c");
        let element = format!(r#"<script type="application/json" id="bootstrap">{json}</script>"#);
        self.head.push_str(&element);
        self
    }

    /// Puts HTML in the place of `<!--switchboard:NAME-->`.
    #[must_use]
    pub fn insert(mut self, name: &'static str, html: String) -> Self {
        self.insertions.push((name, html));
        self
    }

    /// Lets pages of these origins show it in a frame; of any origin, when none is named.
    #[must_use]
    pub fn framed_by(mut self, origins: &[String]) -> Self {
        self.ancestors = if origins.is_empty() { "*".to_owned() } else { origins.join(" ") };
        self
    }

    /// Lets pages of this server show it in a frame.
    #[must_use]
    pub fn frames_itself(mut self) -> Self {
        "'self'".clone_into(&mut self.ancestors);
        self
    }

    /// The page as a response.
    #[must_use]
    pub fn render(self, assets: &Assets) -> Response {
        let Some(asset) = assets.get(self.file) else {
            let why = "this build has no pages: build it with `make build`\n";
            return (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
        };
        let mut html = String::from_utf8_lossy(&asset.bytes).into_owned();
        html = html.replace("<!--switchboard:head-->", &self.head);
        for (name, insertion) in &self.insertions {
            html = html.replace(&format!("<!--switchboard:{name}-->"), insertion);
        }
        let policy = format!("{POLICY}; frame-ancestors {}", self.ancestors);
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
            (CONTENT_SECURITY_POLICY, policy),
            (CACHE_CONTROL, "no-store".to_owned()),
            (REFERRER_POLICY, "strict-origin-when-cross-origin".to_owned()),
            (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        ];
        (headers, html).into_response()
    }
}

/// Writes text so that HTML shows it as it is, also inside an attribute.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::json;

    use super::*;
    use crate::web::Asset;

    fn page(name: &str) -> Option<Asset> {
        let html = b"<head><!--switchboard:head--></head>";
        let asset = Asset { bytes: html.as_slice().into(), digest: String::new() };
        (!name.is_empty()).then_some(asset)
    }

    #[tokio::test]
    async fn nothing_a_visitor_is_called_can_become_part_of_the_page() {
        let name = "</script><script>alert(1)</script>";
        let page_shown = Page::new("widget.html")
            .bootstrap(&json!({"customer_name": name}))
            .csrf_token("\"><script>")
            .render(&Assets(page));
        let body = to_bytes(page_shown.into_body(), 10_000).await.unwrap();
        let html = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(html.matches("<script").count(), 1, "{html}");
        assert_eq!(html.matches("</script").count(), 1, "{html}");
    }

    #[test]
    fn only_the_named_origins_may_frame_a_page() {
        let policy = |page_shown: Page| {
            let response = page_shown.render(&Assets(page));
            response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
        };
        assert!(policy(Page::new("a")).ends_with("frame-ancestors 'none'"));
        assert!(policy(Page::new("a").framed_by(&[])).ends_with("frame-ancestors *"));
        let origins = ["https://a.example".to_owned(), "https://b.example".to_owned()];
        let framed = policy(Page::new("a").framed_by(&origins));
        assert!(framed.ends_with("frame-ancestors https://a.example https://b.example"));
    }
}
