//! lapin: what an application does with it. AMQP_URL names the broker, CHECK_FILTER the checks.

use futures_util::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::*;
use lapin::publisher_confirm::Confirmation;
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ExchangeKind};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

fn url() -> String {
    std::env::var("AMQP_URL").unwrap().trim_end_matches('/').to_string() + "/%2f"
}

async fn connect() -> Connection {
    Connection::connect(&url(), ConnectionProperties::default()).await.unwrap()
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(LongString::from(value))
}

fn table(entries: &[(&str, AMQPValue)]) -> FieldTable {
    let mut made = FieldTable::default();
    for (name, value) in entries {
        made.insert(ShortString::from(*name), value.clone());
    }
    made
}

async fn temporary(channel: &Channel, arguments: FieldTable) -> String {
    let options = QueueDeclareOptions { exclusive: true, ..Default::default() };
    channel.queue_declare("", options, arguments).await.unwrap().name().to_string()
}

async fn send(channel: &Channel, exchange: &str, key: &str, body: &[u8], properties: BasicProperties) -> Confirmation {
    let options = BasicPublishOptions::default();
    channel.basic_publish(exchange, key, options, body, properties).await.unwrap().await.unwrap()
}

async fn consume(channel: &Channel, queue: &str, no_ack: bool) -> Consumer {
    let options = BasicConsumeOptions { no_ack, ..Default::default() };
    channel.basic_consume(queue, "", options, FieldTable::default()).await.unwrap()
}

async fn take(consumer: &mut Consumer) -> Delivery {
    tokio::time::timeout(Duration::from_secs(5), consumer.next()).await.unwrap().unwrap().unwrap()
}

async fn work_queue() {
    let connection = connect().await;
    let channel = connection.create_channel().await.unwrap();
    let queue = temporary(&channel, FieldTable::default()).await;
    channel.basic_qos(1, BasicQosOptions::default()).await.unwrap();
    for body in [b"1", b"2"] {
        send(&channel, "", &queue, body, BasicProperties::default()).await;
    }
    let mut consumer = consume(&channel, &queue, false).await;
    let first = take(&mut consumer).await;
    first.nack(BasicNackOptions { requeue: true, ..Default::default() }).await.unwrap();
    let again = take(&mut consumer).await;
    assert_eq!((again.data.as_slice(), again.redelivered), (b"1".as_slice(), true));
    again.ack(BasicAckOptions::default()).await.unwrap();
    assert_eq!(take(&mut consumer).await.data, b"2");
}

async fn exchanges() {
    let connection = connect().await;
    let channel = connection.create_channel().await.unwrap();
    let options = ExchangeDeclareOptions { auto_delete: true, ..Default::default() };
    channel.exchange_declare("la-topic", ExchangeKind::Topic, options, FieldTable::default()).await.unwrap();
    channel.exchange_declare("la-headers", ExchangeKind::Headers, options, FieldTable::default()).await.unwrap();
    let queue = temporary(&channel, FieldTable::default()).await;
    channel.exchange_bind("la-headers", "la-topic", "a.#", Default::default(), FieldTable::default()).await.unwrap();
    let matching = table(&[("x-match", text("all")), ("n", AMQPValue::LongInt(1))]);
    channel.queue_bind(&queue, "la-headers", "", Default::default(), matching).await.unwrap();
    let headers = table(&[("n", AMQPValue::LongLongInt(1))]);
    send(&channel, "la-topic", "a.b", b"hit", BasicProperties::default().with_headers(headers)).await;
    send(&channel, "la-topic", "a.b", b"miss", BasicProperties::default()).await;
    let mut consumer = consume(&channel, &queue, true).await;
    assert_eq!(take(&mut consumer).await.data, b"hit");
    channel.exchange_unbind("la-headers", "la-topic", "a.#", Default::default(), FieldTable::default()).await.unwrap();
}

async fn confirms() {
    let connection = connect().await;
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let limits = table(&[("x-max-length", AMQPValue::LongInt(1)), ("x-overflow", text("reject-publish"))]);
    let queue = temporary(&channel, limits).await;
    assert!(send(&channel, "", &queue, b"1", BasicProperties::default()).await.is_ack());
    assert!(send(&channel, "", &queue, b"2", BasicProperties::default()).await.is_nack());
    let options = BasicPublishOptions { mandatory: true, ..Default::default() };
    let confirm = channel.basic_publish("", "la-nowhere", options, b"3", BasicProperties::default()).await.unwrap().await.unwrap();
    let returned = confirm.take_message().unwrap();
    assert_eq!((returned.reply_code, returned.delivery.data.as_slice()), (312, b"3".as_slice()));
}

async fn dead_letters() {
    let connection = connect().await;
    let channel = connection.create_channel().await.unwrap();
    let dead = temporary(&channel, FieldTable::default()).await;
    let arguments = table(&[("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text(&dead)), ("x-message-ttl", AMQPValue::LongInt(50))]);
    let queue = temporary(&channel, arguments).await;
    send(&channel, "", &queue, b"late", BasicProperties::default()).await;
    let delivery = take(&mut consume(&channel, &dead, true).await).await;
    let headers = delivery.properties.headers().clone().unwrap();
    assert_eq!(headers.inner().get("x-first-death-reason"), Some(&text("expired")));
    let Some(AMQPValue::FieldArray(deaths)) = headers.inner().get("x-death") else { panic!("no x-death") };
    let AMQPValue::FieldTable(death) = &deaths.as_slice()[0] else { panic!("no table") };
    assert_eq!(death.inner().get("count"), Some(&AMQPValue::LongLongInt(1)));
}

async fn rpc() {
    let connection = connect().await;
    let (client, server) = (connection.create_channel().await.unwrap(), connection.create_channel().await.unwrap());
    let requests = temporary(&server, FieldTable::default()).await;
    let mut questions = consume(&server, &requests, true).await;
    let mut replies = consume(&client, "amq.rabbitmq.reply-to", true).await;
    let asked = BasicProperties::default().with_reply_to("amq.rabbitmq.reply-to".into()).with_correlation_id("7".into());
    send(&client, "", &requests, b"abc", asked).await;
    let question = take(&mut questions).await;
    let to = question.properties.reply_to().clone().unwrap();
    let correlation = question.properties.correlation_id().clone().unwrap();
    send(&server, "", to.as_str(), b"cba", BasicProperties::default().with_correlation_id(correlation)).await;
    let reply = take(&mut replies).await;
    assert_eq!((reply.data.as_slice(), reply.properties.correlation_id().clone().unwrap().as_str()), (b"cba".as_slice(), "7"));
}

async fn transactions() {
    let connection = connect().await;
    let channel = connection.create_channel().await.unwrap();
    let queue = temporary(&channel, FieldTable::default()).await;
    channel.tx_select().await.unwrap();
    send(&channel, "", &queue, b"lost", BasicProperties::default()).await;
    channel.tx_rollback().await.unwrap();
    send(&channel, "", &queue, b"kept", BasicProperties::default()).await;
    channel.tx_commit().await.unwrap();
    let got = channel.basic_get(&queue, BasicGetOptions { no_ack: true }).await.unwrap().unwrap();
    assert_eq!((got.data.as_slice(), got.message_count), (b"kept".as_slice(), 0));
}

async fn large() {
    let connection = connect().await;
    let channel = connection.create_channel().await.unwrap();
    let queue = temporary(&channel, FieldTable::default()).await;
    let body: Vec<u8> = (0..5usize << 20).map(|i| (i * 7 + (i >> 11)) as u8).collect();
    send(&channel, "", &queue, &body, BasicProperties::default()).await;
    assert!(take(&mut consume(&channel, &queue, true).await).await.data == body);
}

async fn errors() {
    let connection = connect().await;
    let passive = QueueDeclareOptions { passive: true, ..Default::default() };
    let broken = connection.create_channel().await.unwrap();
    let error = broken.queue_declare("la-none", passive, FieldTable::default()).await.unwrap_err();
    assert!(error.to_string().contains("no queue 'la-none' in vhost '/'"), "{error}");
    let other = connection.create_channel().await.unwrap();
    let error = other.queue_declare("amq.la", Default::default(), FieldTable::default()).await.unwrap_err();
    assert!(error.to_string().contains("ACCESS_REFUSED"), "{error}");
    temporary(&connection.create_channel().await.unwrap(), FieldTable::default()).await;
    let wrong = url().replace("guest@", "wrong@");
    assert!(Connection::connect(&wrong, ConnectionProperties::default()).await.is_err());
}

async fn stream() {
    let connection = connect().await;
    let channel = connection.create_channel().await.unwrap();
    let durable = QueueDeclareOptions { durable: true, ..Default::default() };
    channel.queue_declare("la-stream", durable, table(&[("x-queue-type", text("stream"))])).await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    for body in [b"0", b"1", b"2"] {
        send(&channel, "", "la-stream", body, BasicProperties::default()).await;
    }
    let reader = connection.create_channel().await.unwrap();
    reader.basic_qos(10, BasicQosOptions::default()).await.unwrap();
    let from = table(&[("x-stream-offset", AMQPValue::LongLongInt(1))]);
    let mut consumer = reader.basic_consume("la-stream", "", Default::default(), from).await.unwrap();
    for body in [b"1", b"2"] {
        assert_eq!(take(&mut consumer).await.data, body);
    }
    channel.queue_delete("la-stream", QueueDeleteOptions::default()).await.unwrap();
}

async fn run(name: &str, wanted: &str, check: impl Future<Output = ()>) -> bool {
    if !name.contains(wanted) {
        return true;
    }
    let mut passed = true;
    let limited = tokio::time::timeout(Duration::from_secs(30), check);
    match AssertUnwindSafe(limited).catch_unwind().await {
        Ok(Ok(())) => println!("ok {name}"),
        Ok(Err(_)) => {
            println!("FAIL {name}: it takes too long");
            passed = false;
        }
        Err(ref trouble) => {
            let text = trouble.downcast_ref::<String>().cloned().unwrap_or_default();
            println!("FAIL {name}: {}", text.replace('\n', " "));
            passed = false;
        }
    }
    passed
}

#[tokio::main]
async fn main() {
    let wanted = std::env::var("CHECK_FILTER").unwrap_or_default();
    let mut passed = true;
    passed &= run("work queue: acks, prefetch, redelivery", &wanted, work_queue()).await;
    passed &= run("exchanges bound to each other, headers", &wanted, exchanges()).await;
    passed &= run("confirms: ack, nack, returned", &wanted, confirms()).await;
    passed &= run("dead letters with x-death", &wanted, dead_letters()).await;
    passed &= run("RPC over direct reply-to", &wanted, rpc()).await;
    passed &= run("transactions", &wanted, transactions()).await;
    passed &= run("a body of 5 MB", &wanted, large()).await;
    passed &= run("errors, and a wrong password", &wanted, errors()).await;
    passed &= run("a stream from an offset", &wanted, stream()).await;
    std::process::exit(if passed { 0 } else { 1 });
}
