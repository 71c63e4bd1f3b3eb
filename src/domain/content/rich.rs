//! The structures beside a text, each checked against its documented shape. Keys nobody knows pass.

use serde_json::{Map, Value};
use url::Url;

use super::{ContentKind, Invalid};

/// Checks `value` against the shape of `kind`.
pub(super) fn check(kind: ContentKind, value: &Value) -> Result<(), Invalid> {
    let media = Object::of("rich_media".to_owned(), value)?;
    match kind {
        ContentKind::Text => Ok(()),
        ContentKind::Image => {
            media.url("url")?;
            media.optional_text("alt")
        }
        ContentKind::File => {
            media.url("url")?;
            media.text("filename")?;
            media.optional_size("size")?;
            media.optional_text("mime_type")
        }
        ContentKind::QuickButton => media.list("buttons", choice),
        ContentKind::Carousel => media.list("cards", card),
        ContentKind::Dropdown => {
            media.optional_text("placeholder")?;
            media.list("options", choice)
        }
    }
}

/// `{label, value}`: a button or an option.
fn choice(item: &Object<'_>) -> Result<(), Invalid> {
    item.text("label")?;
    item.text("value")
}

/// `{title, image_url?, subtitle?, buttons?}`.
fn card(item: &Object<'_>) -> Result<(), Invalid> {
    item.text("title")?;
    item.optional("image_url", Object::url)?;
    item.optional_text("subtitle")?;
    item.optional("buttons", Object::choices_or_none)
}

/// A JSON object and the path by which its sender knows it.
struct Object<'a> {
    path: String,
    map: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    fn of(path: String, value: &'a Value) -> Result<Self, Invalid> {
        match value {
            Value::Object(map) => Ok(Self { path, map }),
            _ => Err(Invalid::new(path, "must be an object")),
        }
    }

    fn invalid(&self, key: &str, why: &str) -> Invalid {
        Invalid::new(format!("{}.{key}", self.path), why)
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    fn required(&self, key: &str) -> Result<&'a Value, Invalid> {
        self.get(key).ok_or_else(|| self.invalid(key, "is required"))
    }

    fn optional(
        &self,
        key: &str,
        check: impl Fn(&Self, &str) -> Result<(), Invalid>,
    ) -> Result<(), Invalid> {
        self.get(key).map_or(Ok(()), |_| check(self, key))
    }

    fn text(&self, key: &str) -> Result<(), Invalid> {
        match self.required(key)? {
            Value::String(text) if !text.trim().is_empty() => Ok(()),
            Value::String(_) => Err(self.invalid(key, "must not be blank")),
            _ => Err(self.invalid(key, "must be a string")),
        }
    }

    fn optional_text(&self, key: &str) -> Result<(), Invalid> {
        self.optional(key, |object, key| match object.required(key)? {
            Value::String(_) => Ok(()),
            _ => Err(object.invalid(key, "must be a string")),
        })
    }

    fn optional_size(&self, key: &str) -> Result<(), Invalid> {
        self.optional(key, |object, key| match object.required(key)?.as_u64() {
            Some(_) => Ok(()),
            None => Err(object.invalid(key, "must be a whole number of bytes")),
        })
    }

    /// Anything but http and https (`javascript:`, `data:`) could do harm in the page that shows it.
    fn url(&self, key: &str) -> Result<(), Invalid> {
        let text = self.required(key)?.as_str();
        let text = text.ok_or_else(|| self.invalid(key, "must be a string"))?;
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
            _ => Err(self.invalid(key, "must be an http or https URL")),
        }
    }

    fn list(
        &self,
        key: &str,
        check: impl Fn(&Object<'_>) -> Result<(), Invalid>,
    ) -> Result<(), Invalid> {
        let items = self.array(key)?;
        if items.is_empty() {
            return Err(self.invalid(key, "must not be empty"));
        }
        self.each(key, items, check)
    }

    /// Buttons of a card: unlike those of a message, there may be none.
    fn choices_or_none(&self, key: &str) -> Result<(), Invalid> {
        let items = self.array(key)?;
        self.each(key, items, choice)
    }

    fn array(&self, key: &str) -> Result<&'a [Value], Invalid> {
        match self.required(key)? {
            Value::Array(items) => Ok(items),
            _ => Err(self.invalid(key, "must be an array")),
        }
    }

    fn each(
        &self,
        key: &str,
        items: &[Value],
        check: impl Fn(&Object<'_>) -> Result<(), Invalid>,
    ) -> Result<(), Invalid> {
        items.iter().enumerate().try_for_each(|(index, item)| {
            check(&Object::of(format!("{}.{key}[{index}]", self.path), item)?)
        })
    }
}
