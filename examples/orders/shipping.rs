//! The consumer: ships each order exactly once, however often it is killed.
//!
//! How far it has come lies in the database in which its effects are, and changes in the same
//! transaction as they do. So what is done and what counts as done never differ.

use sqlx::{Connection, PgConnection};
use sse_runtime::EventId;
use sse_runtime::client::Position;

use crate::Failed;
use crate::api::{Order, OrdersClient, Since};

/// Ships what is ordered in the shop at that URL. Started again after any error, it goes on.
pub(crate) async fn run(database: &str, shop: &str) -> Result<(), Failed> {
    let mut database = PgConnection::connect(database).await?;
    let client = OrdersClient::new(shop)?;
    println!("shipping what is ordered at {shop}");
    loop {
        let place = sqlx::query_scalar("select after from shipping");
        let place: Option<String> = place.fetch_one(&mut database).await?;
        follow(&mut database, &client, place).await?;
    }
}

/// Ships what comes after that place, until somebody else does so.
async fn follow(
    database: &mut PgConnection,
    client: &OrdersClient,
    mut place: Option<String>,
) -> Result<(), Failed> {
    let mut orders = client.placed(&Since::default());
    if let Some(id) = &place {
        orders = orders.resume_from(Position::after(EventId::new(id)?));
    }
    // Lost connections are repaired in silence. An error may be an order that will not come, such as
    // a gap: then this ends, as to go on would be to skip it.
    while let Some(order) = orders.next().await.transpose()? {
        let next = order.id().ok_or("an order came without an id")?;
        if !ship(database, &order, place.as_deref(), next.as_str()).await? {
            return Ok(());
        }
        println!(
            "shipped order {}: {} × {}",
            order.id, order.quantity, order.item
        );
        place = Some(next.to_string());
    }
    Err("the shop has no further orders".into())
}

/// The effect and the new place: both or neither. `false` where the place is no longer that from which
/// the order came: another consumer has shipped it, or one that was killed and whose last commit was
/// still on its way when this began.
async fn ship(
    database: &mut PgConnection,
    order: &Order,
    before: Option<&str>,
    after: &str,
) -> Result<bool, sqlx::Error> {
    let mut transaction = database.begin().await?;
    // This waits for who has just done the same and not yet committed.
    let update = "update shipping set after = $1 where after is not distinct from $2";
    let moved = sqlx::query(update)
        .bind(after)
        .bind(before)
        .execute(&mut *transaction)
        .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    let insert = "insert into shipments (order_id, item, quantity) values ($1, $2, $3)";
    sqlx::query(insert)
        .bind(order.id)
        .bind(&order.item)
        .bind(order.quantity)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(true)
}
