//! tokio-postgres and sqlx: what an application does with them. PGPORT names the server, CHECK_FILTER the checks.

use futures_util::{pin_mut, SinkExt, StreamExt, TryStreamExt};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use sqlx::{Column, Executor, Row, TypeInfo};
use std::borrow::Cow;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio_postgres::binary_copy::{BinaryCopyInWriter, BinaryCopyOutStream};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage};

fn port() -> String {
    std::env::var("PGPORT").unwrap_or_else(|_| "5432".into())
}

async fn connect() -> Client {
    let config = format!("host=127.0.0.1 port={} user=postgres dbname=postgres", port());
    let (client, connection) = tokio_postgres::connect(&config, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn pool() -> PgPool {
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", port());
    PgPoolOptions::new().max_connections(3).connect(&url).await.unwrap()
}

async fn values() {
    let client = connect().await;
    let row = client
        .query_one("SELECT $1::int8 + 1, $2::text || 'é', $3::bytea, $4::float8[], $5::bool", &[
            &41i64, &"caf", &b"\0\xff".as_slice(), &vec![Some(1.5f64), None], &None::<bool>,
        ])
        .await
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, &str>(1), row.get::<_, &[u8]>(2)), (42, "café", b"\0\xff".as_slice()));
    assert_eq!((row.get::<_, Vec<Option<f64>>>(3), row.get::<_, Option<bool>>(4)), (vec![Some(1.5), None], None));
    let made = client.prepare("SELECT $1::numeric, now(), '{1}'::int4[], $2 = ANY($3::uuid[])").await.unwrap();
    assert_eq!(made.params(), [Type::NUMERIC, Type::UUID, Type::UUID_ARRAY]);
    let types: Vec<&Type> = made.columns().iter().map(|c| c.type_()).collect();
    assert_eq!(types, [&Type::NUMERIC, &Type::TIMESTAMPTZ, &Type::INT4_ARRAY, &Type::BOOL]);
}

async fn made_types() {
    let client = connect().await;
    client
        .batch_execute(
            "CREATE TYPE rs_mood AS ENUM ('sad', 'ok'); CREATE DOMAIN rs_small AS int CHECK (value < 10);
             CREATE TYPE rs_pair AS (mood rs_mood, size rs_small); CREATE TABLE rs_t (p rs_pair, m rs_mood[])",
        )
        .await
        .unwrap();
    let made = client.prepare("SELECT p, m FROM rs_t WHERE p = $1").await.unwrap();
    let pair = made.columns()[0].type_();
    assert_eq!((pair.name(), made.columns()[1].type_().name()), ("rs_pair", "_rs_mood"));
    assert_eq!(format!("{:?}", pair.kind()).matches("rs_small").count(), 1);
    let error = client.execute("SELECT 10::rs_small", &[]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::CHECK_VIOLATION));
    assert_eq!(error.as_db_error().unwrap().constraint(), Some("rs_small_check"));
    client.batch_execute("DROP TABLE rs_t; DROP TYPE rs_pair; DROP DOMAIN rs_small; DROP TYPE rs_mood").await.unwrap();
}

async fn transactions() {
    let mut client = connect().await;
    client.batch_execute("CREATE TEMP TABLE rs_n (n int PRIMARY KEY)").await.unwrap();
    let mut outer = client.transaction().await.unwrap();
    outer.execute("INSERT INTO rs_n VALUES (1), (2)", &[]).await.unwrap();
    let inner = outer.savepoint("here").await.unwrap();
    let error = inner.execute("INSERT INTO rs_n VALUES (2)", &[]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::UNIQUE_VIOLATION));
    inner.rollback().await.unwrap();
    let made = outer.prepare("SELECT n FROM rs_n ORDER BY n").await.unwrap();
    let portal = outer.bind(&made, &[]).await.unwrap();
    assert_eq!(outer.query_portal(&portal, 1).await.unwrap().len(), 1);
    assert_eq!(outer.query_portal(&portal, 0).await.unwrap().len(), 1);
    outer.commit().await.unwrap();
    let messages = client.simple_query("SELECT n FROM rs_n; DELETE FROM rs_n; SELECT 1 WHERE false").await.unwrap();
    assert!(messages.iter().any(|m| matches!(m, SimpleQueryMessage::CommandComplete(2))));
}

async fn copies() {
    let client = connect().await;
    client.batch_execute("CREATE TEMP TABLE rs_c (id int, name text)").await.unwrap();
    let sink = client.copy_in("COPY rs_c FROM STDIN BINARY").await.unwrap();
    let writer = BinaryCopyInWriter::new(sink, &[Type::INT4, Type::TEXT]);
    pin_mut!(writer);
    for n in 0..500i32 {
        writer.as_mut().write(&[&n, &format!("name {n}")]).await.unwrap();
    }
    assert_eq!(writer.finish().await.unwrap(), 500);
    let sink = client.copy_in("COPY rs_c FROM STDIN (FORMAT csv)").await.unwrap();
    pin_mut!(sink);
    sink.send(std::io::Cursor::new(b"500,\"a \"\"b\"\"\"\n".to_vec())).await.unwrap();
    assert_eq!(sink.finish().await.unwrap(), 1);
    let rows = BinaryCopyOutStream::new(
        client.copy_out("COPY (SELECT * FROM rs_c ORDER BY id DESC) TO STDOUT BINARY").await.unwrap(),
        &[Type::INT4, Type::TEXT],
    );
    let rows: Vec<_> = rows.try_collect().await.unwrap();
    assert_eq!((rows.len(), rows[0].get::<&str>(1)), (501, "a \"b\""));
}

async fn pipelining_and_cancel() {
    let client = connect().await;
    let sum = futures_util::future::try_join3(
        client.query_one("SELECT 1::int8", &[]),
        client.query_one("SELECT 2::int8", &[]),
        client.query_one("SELECT 1 / 0::int8", &[]),
    );
    assert_eq!(sum.await.unwrap_err().code(), Some(&SqlState::DIVISION_BY_ZERO));
    let token = client.cancel_token();
    let sleeping = client.batch_execute("SELECT pg_sleep(30)");
    let cancelling = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        token.cancel_query(NoTls).await.unwrap();
    };
    let (slept, ()) = futures_util::future::join(sleeping, cancelling).await;
    assert_eq!(slept.unwrap_err().code(), Some(&SqlState::QUERY_CANCELED));
}

async fn notices_and_notifications() {
    let config = format!("host=127.0.0.1 port={} user=postgres", port());
    let (client, mut connection) = tokio_postgres::connect(&config, NoTls).await.unwrap();
    let messages = futures_util::stream::poll_fn(move |cx| connection.poll_message(cx));
    let seen = tokio::spawn(messages.take(2).collect::<Vec<_>>());
    client.batch_execute("LISTEN rs_news; DO $$BEGIN RAISE NOTICE 'hello'; END$$; NOTIFY rs_news, 'it is'").await.ok();
    let texts: Vec<String> = seen.await.unwrap().into_iter().map(|message| match message.unwrap() {
        AsyncMessage::Notice(notice) => notice.message().to_string(),
        AsyncMessage::Notification(news) => format!("{} {}", news.channel(), news.payload()),
        _ => unreachable!(),
    }).collect();
    assert_eq!(texts, ["hello", "rs_news it is"]);
}

/// What sqlx's macros ask at compile time: types, and which columns may be NULL.
async fn sqlx_describe() {
    let pool = pool().await;
    pool.execute("CREATE TABLE rs_d (id bigserial PRIMARY KEY, name text NOT NULL, note text, at timestamptz DEFAULT now())")
        .await
        .unwrap();
    let described = pool.describe("SELECT id, name, note, id + 1 FROM rs_d WHERE id = $1").await.unwrap();
    let nulls: Vec<Option<bool>> = (0..4).map(|i| described.nullable(i)).collect();
    assert_eq!(nulls, [Some(false), Some(false), Some(true), None]);
    assert_eq!(described.columns()[3].type_info().name(), "INT8");
    pool.execute("DROP TABLE rs_d").await.unwrap();
}

async fn sqlx_migrations() {
    let pool = pool().await;
    let step = |version: i64, sql: &'static str| {
        Migration::new(version, Cow::Borrowed("step"), MigrationType::Simple, Cow::Borrowed(sql), false)
    };
    let migrator = Migrator {
        migrations: Cow::Owned(vec![
            step(1, "CREATE TABLE rs_m (id int); CREATE INDEX rs_mi ON rs_m (id)"),
            step(2, "ALTER TABLE rs_m ADD name text DEFAULT 'x' NOT NULL"),
        ]),
        ..Migrator::DEFAULT
    };
    migrator.run(&pool).await.unwrap();
    migrator.run(&pool).await.unwrap();
    let done: Vec<(i64, bool)> = sqlx::query_as("SELECT version, success FROM _sqlx_migrations ORDER BY 1").fetch_all(&pool).await.unwrap();
    assert_eq!(done, [(1, true), (2, true)]);
    pool.execute("DROP TABLE rs_m, _sqlx_migrations").await.unwrap();
}

async fn sqlx_queries() {
    let pool = pool().await;
    let mut listener = PgListener::connect_with(&pool).await.unwrap();
    listener.listen("rs_sqlx").await.unwrap();
    let mut txn = pool.begin().await.unwrap();
    let row = sqlx::query("SELECT $1::int[] AS list, current_setting('application_name') AS app, pg_notify('rs_sqlx', 'now')")
        .bind(vec![1, 2])
        .fetch_one(&mut *txn)
        .await
        .unwrap();
    assert_eq!(row.get::<Vec<i32>, _>("list"), [1, 2]);
    txn.commit().await.unwrap();
    assert_eq!(listener.recv().await.unwrap().payload(), "now");
    let error = sqlx::query("SELECT nix FROM pg_class").execute(&pool).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().as_deref(), Some("42703"));
}

async fn run(name: &str, check: impl Future<Output = ()>) -> bool {
    let limited = tokio::time::timeout(Duration::from_secs(30), check);
    match futures_util::FutureExt::catch_unwind(AssertUnwindSafe(limited)).await {
        Ok(Ok(())) => println!("ok {name}"),
        Ok(Err(_)) => println!("FAIL {name}: it takes too long"),
        Err(ref trouble) => {
            let text = trouble.downcast_ref::<String>().cloned().unwrap_or_default().replace('\n', " ");
            println!("FAIL {name}: {text}");
            return false;
        }
    }
    true
}

fn main() {
    let wanted = std::env::var("CHECK_FILTER").unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let checks: Vec<(&str, std::pin::Pin<Box<dyn Future<Output = ()>>>)> = vec![
        ("tokio-postgres: values and their types", Box::pin(values())),
        ("tokio-postgres: enums, domains and composites are looked up", Box::pin(made_types())),
        ("tokio-postgres: transactions, savepoints, portals", Box::pin(transactions())),
        ("tokio-postgres: COPY", Box::pin(copies())),
        ("tokio-postgres: pipelines and cancel requests", Box::pin(pipelining_and_cancel())),
        ("tokio-postgres: notices and notifications", Box::pin(notices_and_notifications())),
        ("sqlx: descriptions with what may be NULL", Box::pin(sqlx_describe())),
        ("sqlx: migrations", Box::pin(sqlx_migrations())),
        ("sqlx: queries, errors, listener", Box::pin(sqlx_queries())),
    ];
    std::panic::set_hook(Box::new(|_| {}));
    let mut failed = false;
    for (name, check) in checks.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        failed |= !runtime.block_on(run(name, check));
    }
    std::process::exit(if failed { 1 } else { 0 });
}
