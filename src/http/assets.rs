//! `/admin/`: the files of the admin page, which are inside the binary.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::sync::OnceLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION, TRANSFER_ENCODING, VARY,
};
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::RustEmbed;

use super::api::{Api, host_unknown, secured};
use super::problem::Problem;
use super::{head, reply, request_log};

/// Where the page is.
const PAGE: &str = "/admin/";

const HTML: &str = "text/html; charset=utf-8";

/// Nearly as small as the most that can be done, in a twentieth of its time.
const BROTLI_QUALITY: u32 = 9;
const BROTLI_WINDOW: u32 = 18;

const MISSING: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Not found · \
    Hookgate</title></head><body><main><h1>Page not found</h1><p><a href=\"/admin/\">Go to the admin page of \
    Hookgate</a></p></main></body></html>\n";

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

/// A file in each of its forms: brotli, gzip, as it is. A form that is no smaller is not there.
struct Asset {
    content_type: &'static str,
    forms: Vec<Form>,
}

struct Form {
    /// None for the file as it is.
    encoding: Option<&'static str>,
    etag: HeaderValue,
    body: Bytes,
}

type Assets = BTreeMap<String, Asset>;

static ASSETS: OnceLock<Assets> = OnceLock::new();

/// Serves everything under `/admin`.
pub async fn serve(request: HttpRequest, payload: web::Payload, api: Data<Api>) -> HttpResponse {
    let response = async {
        match file(&request, &api).await {
            Ok(response) if !has_body(request.headers()) => response,
            // A request for a file needs no body: a body is read and discarded within bounds, as
            // with an error.
            Ok(other) | Err(other) => reply::error_response_with(other, payload.into_inner()).await,
        }
    };
    let mut response = reply::finished(&request, response).await;
    secured(response.headers_mut());
    response
}

/// Leads browsers that come to the bare address to the page.
pub async fn root(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let response = async {
        let accept = head::text(request.headers(), ACCEPT);
        let browser = accept.is_some_and(|accept| accept.contains("text/html")) && reply::reading(&request).is_ok();
        let response = if browser {
            moved(StatusCode::SEE_OTHER)
        } else {
            Problem::PathUnknown.response()
        };
        reply::error_response_with(response, payload.into_inner()).await
    };
    reply::finished(&request, response).await
}

async fn file(request: &HttpRequest, api: &Api) -> Result<HttpResponse, HttpResponse> {
    if !api.hosts.knows(request) {
        return Err(host_unknown());
    }
    reply::reading(request).map_err(Problem::response)?;
    let Some(name) = request.path().strip_prefix(PAGE) else {
        return Err(moved(StatusCode::PERMANENT_REDIRECT));
    };
    let name = if name.is_empty() { "index.html" } else { name };
    let asset = assets().await.get(name).ok_or_else(missing)?;
    let form = chosen(asset, request.headers()).ok_or_else(missing)?;
    let known = request
        .headers()
        .get_all(IF_NONE_MATCH)
        .any(|known| names(known, &form.etag));
    let mut response = if known {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok().body(form.body.clone())
    };
    let headers = response.headers_mut();
    headers.insert(ETAG, form.etag.clone());
    // A page is not cached, so that none of it remains after logout. The files that it loads hold
    // no user data: they are cached and revalidated each time, so that a new version of Hookgate
    // shows at once.
    let kept = if asset.content_type == HTML {
        "no-store"
    } else {
        "no-cache"
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if !known {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
        if let Some(encoding) = form.encoding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
    }
    Ok(response)
}

/// The files, compressed at the first request, in a thread that may block.
async fn assets() -> &'static Assets {
    if let Some(assets) = ASSETS.get() {
        return assets;
    }
    let made = request_log::block(|| ASSETS.get_or_init(made)).await;
    made.unwrap_or_else(|_| ASSETS.get_or_init(Assets::new))
}

fn made() -> Assets {
    let files = Static::iter().filter_map(|name| Some((name.clone().into_owned(), Static::get(&name)?)));
    files
        .map(|(name, file)| {
            let hash = URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash());
            let plain = Bytes::from(file.data.into_owned());
            let form = |encoding: Option<&'static str>, body: Bytes| {
                let tag = format!(
                    "\"{hash}{}\"",
                    encoding.map(|name| format!("-{name}")).unwrap_or_default()
                );
                Some(Form {
                    encoding,
                    etag: HeaderValue::from_str(&tag).ok()?,
                    body,
                })
            };
            let smaller =
                |body: io::Result<Vec<u8>>| body.ok().filter(|body| body.len() < plain.len()).map(Bytes::from);
            let forms = [
                smaller(brotli(&plain)).and_then(|body| form(Some("br"), body)),
                smaller(gzip(&plain)).and_then(|body| form(Some("gzip"), body)),
                form(None, plain.clone()),
            ];
            let content_type = content_type(&name);
            let forms = forms.into_iter().flatten().collect();
            (name, Asset { content_type, forms })
        })
        .collect()
}

fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = ::brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    writer.write_all(plain)?;
    Ok(writer.into_inner())
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(plain)?;
    writer.finish()
}

/// The smallest encoding that the client accepts; the plain file if the client names none.
fn chosen<'a>(asset: &'a Asset, headers: &HeaderMap) -> Option<&'a Form> {
    let takes = |encoding: &str| {
        let values = headers.get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
        let mut codings = values.flat_map(|value| value.split(','));
        codings.any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let refused = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|weight| weight.trim().parse() == Ok(0.0_f32));
            name.trim().eq_ignore_ascii_case(encoding) && !refused
        })
    };
    asset.forms.iter().find(|form| form.encoding.is_none_or(takes))
}

/// Whether an If-None-Match header names this entity tag.
fn names(known: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(known), Ok(etag)) = (known.to_str(), etag.to_str()) else {
        return false;
    };
    known.split(',').map(str::trim).any(|tag| {
        let tag = tag.strip_prefix("W/").unwrap_or(tag);
        tag == etag || tag == "*"
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => HTML,
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml; charset=utf-8",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn has_body(headers: &HeaderMap) -> bool {
    let some = |name: HeaderName| headers.get(name).is_some_and(|value| value.as_bytes() != b"0");
    some(CONTENT_LENGTH) || some(TRANSFER_ENCODING)
}

fn moved(status: StatusCode) -> HttpResponse {
    let mut response = HttpResponse::new(status);
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(PAGE));
    response
}

fn missing() -> HttpResponse {
    HttpResponse::NotFound()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static(HTML)))
        .body(MISSING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn each_file_has_each_form_and_a_content_type() {
        let assets = made();
        assert!(assets.len() > 50);
        for (name, asset) in &assets {
            assert_ne!(asset.content_type, "application/octet-stream", "{name}");
            assert_eq!(asset.forms.last().unwrap().encoding, None, "{name}");
            let tags: std::collections::HashSet<_> = asset.forms.iter().map(|form| &form.etag).collect();
            assert_eq!(tags.len(), asset.forms.len(), "{name}");
        }
        assert_eq!(assets["js/main.js"].forms.len(), 3);
    }

    #[test]
    fn the_smallest_form_that_is_taken() {
        let assets = made();
        let asset = &assets["js/main.js"];
        for (accepted, encoding) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("GZIP;q=0.5", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("br; q=0.000", None),
            ("identity", None),
            ("bread", None),
            ("", None),
        ] {
            let form = chosen(asset, &headers(ACCEPT_ENCODING, accepted)).unwrap();
            assert_eq!(form.encoding, encoding, "{accepted}");
        }
        assert_eq!(chosen(asset, &HeaderMap::new()).unwrap().encoding, None);
    }

    #[test]
    fn entity_tags_are_compared_whole() {
        let etag = HeaderValue::from_static("\"abc-br\"");
        for (known, same) in [
            ("\"abc-br\"", true),
            ("W/\"abc-br\"", true),
            ("\"x\", \"abc-br\"", true),
            ("*", true),
            ("\"abc\"", false),
            ("abc-br", false),
            ("", false),
        ] {
            assert_eq!(names(&HeaderValue::from_static(known), &etag), same, "{known}");
        }
    }
}
