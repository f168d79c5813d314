//! With `--features openapi`: what an example streams, as a document and as a page.
//!
//! | path | what it is |
//! |---|---|
//! | `/openapi.json` | the document, of OpenAPI 3.2 |
//! | `/openapi-3.1.json` | the same for generators of code, which do not know 3.2 yet |
//! | `/docs` | a page that shows it, without anything from elsewhere |

use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use sse_runtime::openapi::{Document, DocumentError};

pub(crate) fn routes(document: Document) -> Result<Router, DocumentError> {
    let older = Json(document.clone().version31().build()?);
    let newer = Json(document.build()?);
    Ok(Router::new()
        .route("/openapi.json", get(async move || newer.clone()))
        .route("/openapi-3.1.json", get(async move || older.clone()))
        .route("/docs", get(Html(include_str!("openapi.html")))))
}
