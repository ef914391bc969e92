//! Bytes in self-describing values, as base64 (RFC 4648 section 5, without padding). Use with
//! `#[serde(with = "bytes")]`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type that can be written as base64: bytes, or a list of bytes.
pub trait Base64: Sized {
    type Text: Serialize + for<'de> Deserialize<'de>;

    fn text(&self) -> Self::Text;

    /// Decodes a text; none if it is not valid base64 of the right length.
    fn read(text: &Self::Text) -> Option<Self>;
}

impl Base64 for Vec<u8> {
    type Text = String;

    fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self)
    }

    fn read(text: &String) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()
    }
}

impl<const N: usize> Base64 for [u8; N] {
    type Text = String;

    fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self)
    }

    fn read(text: &String) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
    }
}

impl<T: Base64> Base64 for Option<T> {
    type Text = Option<T::Text>;

    fn text(&self) -> Self::Text {
        self.as_ref().map(Base64::text)
    }

    fn read(text: &Self::Text) -> Option<Self> {
        text.as_ref().map_or(Some(None), |text| T::read(text).map(Some))
    }
}

impl<const N: usize> Base64 for Vec<[u8; N]> {
    type Text = Vec<String>;

    fn text(&self) -> Self::Text {
        self.iter().map(Base64::text).collect()
    }

    fn read(text: &Self::Text) -> Option<Self> {
        text.iter().map(Base64::read).collect()
    }
}

/// # Errors
/// The errors of the serializer.
pub fn serialize<T: Base64, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.text().serialize(serializer)
}

/// # Errors
/// If the text is not base64, or has the wrong length.
pub fn deserialize<'de, T: Base64, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = T::Text::deserialize(deserializer)?;
    T::read(&text).ok_or_else(|| serde::de::Error::custom("base64 of the right length is expected"))
}
