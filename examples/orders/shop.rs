//! The shop: places orders, and streams them.

use std::time::Duration;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sqlx::error::ErrorKind;
use sqlx::migrate::Migrator;
use sqlx::{Error, PgPool};
use sse_runtime::hub::{Deliver, Hub};
use sse_runtime::log::{PostgresLog, PostgresOptions};
use sse_runtime::{Problem, Settings, Shutdown};

use crate::Failed;
use crate::api::{Order, Orders, OrdersPlaced, OrdersServer, PlacedServerStream, Since};

/// The tables of this example. The log brings its own.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

const CHANNEL: &str = "orders";
/// How long a consumer may be away and miss nothing,
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// and how many orders of that time are kept in any case.
const ORDERS: usize = 1_000_000;
/// How long streams may take to end after Ctrl-C.
pub(crate) const DRAIN: Duration = Duration::from_millis(500);

#[derive(Clone)]
struct Shop {
    pool: PgPool,
    hub: Hub<OrdersPlaced, PostgresLog>,
}

#[derive(Deserialize)]
struct NewOrder {
    item: String,
    quantity: i32,
}

impl Shop {
    /// The row and the event: both or neither, and nobody sees one before the other.
    ///
    /// The append comes last, as others who append to this channel wait for the end of the
    /// transaction from then on.
    async fn place(&self, NewOrder { item, quantity }: NewOrder) -> Result<Order, Error> {
        let mut transaction = self.pool.begin().await?;
        let id = "insert into orders (item, quantity) values ($1, $2) returning id";
        let id = sqlx::query_scalar(id)
            .bind(&item)
            .bind(quantity)
            .fetch_one(&mut *transaction)
            .await?;
        let order = Order { id, item, quantity };
        let event = serde_json::to_string(&order).map_err(|error| Error::Encode(error.into()))?;
        sqlx::query("select sse_append($1, 'placed', $2)")
            .bind(CHANNEL)
            .bind(event)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(order)
    }
}

impl Orders for Shop {
    async fn placed(
        &self,
        payload: Since,
        stream: impl PlacedServerStream<Order>,
    ) -> Result<(), Problem> {
        let orders = self.hub.subscribe(CHANNEL).after(payload.after);
        Ok(stream
            .forward(orders.otherwise(Deliver::All).await?)
            .await?)
    }
}

async fn place(
    State(shop): State<Shop>,
    order: Result<Json<NewOrder>, JsonRejection>,
) -> Result<(StatusCode, Json<Order>), Problem> {
    let refused = |it: JsonRejection| Problem::new(it.status()).detail(it.body_text());
    let Json(order) = order.map_err(refused)?;
    let refused = |constraint| {
        let detail = match constraint {
            ErrorKind::ForeignKeyViolation => "there is no such item",
            ErrorKind::CheckViolation => "an order is of one item at least",
            _ => return None,
        };
        Some(Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(detail))
    };
    let placed = shop.place(order).await.map_err(|error| {
        let constraint = error.as_database_error().map(|error| error.kind());
        constraint
            .and_then(refused)
            .unwrap_or_else(|| failed(&error))
    })?;
    Ok((StatusCode::CREATED, Json(placed)))
}

/// An order as the tables have it.
#[derive(Serialize, sqlx::FromRow)]
struct Row {
    #[serde(flatten)]
    #[sqlx(flatten)]
    order: Order,
    /// How often it was shipped.
    shipped: i64,
}

/// The newest rows, to be held against the events.
async fn rows(State(shop): State<Shop>) -> Result<Json<Vec<Row>>, Problem> {
    let rows = sqlx::query_as(
        "select id, item, quantity,
            (select count(*) from shipments where order_id = orders.id) as shipped
        from orders order by id desc limit 100",
    );
    let rows = rows.fetch_all(&shop.pool).await;
    Ok(Json(rows.map_err(|error| failed(&error))?))
}

fn failed(error: &Error) -> Problem {
    // What it says is not for clients.
    eprintln!("{error}");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The shop, on tables that are made where they are not there yet.
pub(crate) async fn router(database: &str, shutdown: &Shutdown) -> Result<Router, Failed> {
    let options = PostgresOptions::default().events(ORDERS).age(KEPT);
    options.migrate(database).await?;
    let hub = Hub::new(options.connect(database).await?, OrdersPlaced);
    let pool = PgPool::connect(database).await?;
    MIGRATIONS.run(&pool).await?;

    let shop = Shop { pool, hub };
    let events = OrdersServer::new(shop.clone()).settings(Settings::new().shutdown(shutdown));
    Ok(Router::new()
        .route("/", get(Html(include_str!("page.html"))))
        .route("/orders", get(rows).post(place))
        .with_state(shop)
        .merge(events.into_router()))
}
