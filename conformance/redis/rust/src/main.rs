//! redis-rs: what an application does with it. REDIS_PORT names the server, CHECK_FILTER the checks.

use redis::streams::{StreamReadOptions, StreamReadReply};
use redis::{Commands, Connection, RedisResult, Script, TypedCommands};
use std::collections::{HashMap, HashSet};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::thread;
use std::time::{Duration, Instant};

fn url(suffix: &str) -> String {
    let port = std::env::var("REDIS_PORT").unwrap_or_else(|_| "6379".into());
    format!("redis://127.0.0.1:{port}/{suffix}")
}

fn connect(suffix: &str) -> Connection {
    redis::Client::open(url(suffix)).unwrap().get_connection().unwrap()
}

fn eventually(mut probe: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while !probe() {
        assert!(Instant::now() < deadline, "it did not happen in time");
        thread::sleep(Duration::from_millis(5));
    }
}

fn blocked(con: &mut Connection, count: usize) -> bool {
    let info: String = redis::cmd("INFO").arg("clients").query(con).unwrap();
    info.contains(&format!("blocked_clients:{count}"))
}

fn values() {
    let mut con = connect("");
    let _: () = Commands::set(&mut con, "k", b"\0\xff".as_slice()).unwrap();
    let bytes: Vec<u8> = Commands::get(&mut con, "k").unwrap();
    assert_eq!(bytes, b"\0\xff");
    let none: Option<String> = Commands::get(&mut con, "none").unwrap();
    assert_eq!(none, None);
    let n: i64 = Commands::incr(&mut con, "n", 41).unwrap();
    assert_eq!(n, 41);
    let _: () = Commands::hset_multiple(&mut con, "h", &[("a", 1), ("b", 2)]).unwrap();
    let map: HashMap<String, i32> = Commands::hgetall(&mut con, "h").unwrap();
    assert_eq!(map, HashMap::from([("a".into(), 1), ("b".into(), 2)]));
    let _: () = Commands::zadd(&mut con, "z", "m", 1.5).unwrap();
    let scored: Vec<(String, f64)> = Commands::zrange_withscores(&mut con, "z", 0, -1).unwrap();
    assert_eq!(scored, [("m".into(), 1.5)]);
}

fn pipelines() {
    let mut con = connect("");
    let (a, b): (i32, i32) = redis::pipe().cmd("SET").arg("p").arg(1).ignore().incr("p", 1).get("p").query(&mut con).unwrap();
    assert_eq!((a, b), (2, 2));
    let mut attempts = 0;
    let mut other = connect("");
    let (new,): (i32,) = redis::transaction(&mut con, &["p"], |con, pipe| {
        attempts += 1;
        let old: i32 = Commands::get(con, "p")?;
        if attempts == 1 {
            let _: () = Commands::set(&mut other, "p", 100)?;
        }
        pipe.set("p", old + 1).ignore().get("p").query(con)
    })
    .unwrap();
    assert_eq!((attempts, new), (2, 101));
}

fn scripts() {
    let mut con = connect("");
    let _: () = redis::cmd("SCRIPT").arg("FLUSH").query(&mut con).unwrap();
    let script = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    for wanted in [5, 10] {
        let got: i32 = script.key("s").arg(5).invoke(&mut con).unwrap();
        assert_eq!(got, wanted);
    }
}

fn iterators() {
    let mut con = connect("");
    for i in 0..300 {
        let _: () = Commands::set(&mut con, format!("it:{i}"), i).unwrap();
    }
    let keys: HashSet<String> = Commands::scan_match(&mut con, "it:*").unwrap().collect::<RedisResult<_>>().unwrap();
    assert_eq!(keys.len(), 300);
}

fn blocking() {
    let mut con = connect("");
    let waiter = thread::spawn(|| -> Option<(String, String)> { Commands::blpop(&mut connect(""), "q", 5.0).unwrap() });
    eventually(|| blocked(&mut con, 1));
    let _: () = Commands::rpush(&mut con, "q", "job").unwrap();
    assert_eq!(waiter.join().unwrap(), Some(("q".into(), "job".into())));
}

fn messages() {
    let mut listener = connect("");
    let mut sub = listener.as_pubsub();
    sub.subscribe("c").unwrap();
    sub.psubscribe("d*").unwrap();
    let mut con = connect("");
    let _: () = Commands::publish(&mut con, "c", "one").unwrap();
    let _: () = Commands::publish(&mut con, "d1", "two").unwrap();
    let first = sub.get_message().unwrap();
    let second = sub.get_message().unwrap();
    assert_eq!((first.get_channel_name(), first.get_payload::<String>().unwrap()), ("c", "one".into()));
    assert_eq!((second.get_channel_name(), second.get_pattern::<String>().unwrap()), ("d1", "d*".into()));
}

fn streams() {
    let mut con = connect("");
    let _: () = Commands::xgroup_create_mkstream(&mut con, "st", "g", "$").unwrap();
    let id: String = Commands::xadd(&mut con, "st", "*", &[("n", 1)]).unwrap();
    let options = StreamReadOptions::default().group("g", "c");
    let reply: Option<StreamReadReply> = Commands::xread_options(&mut con, &["st"], &[">"], &options).unwrap();
    assert_eq!(reply.unwrap().keys[0].ids[0].id, id);
    let acked: usize = Commands::xack(&mut con, "st", "g", &[&id]).unwrap();
    assert_eq!(acked, 1);
}

fn resp3() {
    let mut con = connect("?protocol=resp3");
    let _: () = Commands::hset(&mut con, "h3", "f", 1.5).unwrap();
    let map: HashMap<String, f64> = Commands::hgetall(&mut con, "h3").unwrap();
    assert_eq!(map["f"], 1.5);
    assert!(!TypedCommands::exists(&mut con, "none").unwrap());
    let mut db = connect("7");
    let _: () = Commands::set(&mut db, "seven", 7).unwrap();
    let missing: Option<i32> = Commands::get(&mut con, "seven").unwrap();
    assert_eq!(missing, None);
}

fn errors() {
    let mut con = connect("");
    let _: () = Commands::set(&mut con, "e", "x").unwrap();
    let error = Commands::lpush::<_, _, i32>(&mut con, "e", 1).unwrap_err();
    assert_eq!(error.code(), Some("WRONGTYPE"));
    assert_eq!(error.detail(), Some("Operation against a key holding the wrong kind of value"));
}

fn main() {
    let wanted = std::env::var("CHECK_FILTER").unwrap_or_default();
    let checks: [(&str, fn()); 9] = [
        ("typed values", values),
        ("pipelines and transactions that retry", pipelines),
        ("scripts are loaded when missing", scripts),
        ("scan iterator", iterators),
        ("blocking pop from a thread", blocking),
        ("pub/sub with channels and patterns", messages),
        ("streams with a consumer group", streams),
        ("RESP3 and databases", resp3),
        ("errors keep their code and text", errors),
    ];
    std::panic::set_hook(Box::new(|_| {}));
    let mut failed = 0;
    for (name, run) in checks.into_iter().filter(|(name, _)| name.contains(&wanted)) {
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(()) => println!("ok {name}"),
            Err(trouble) => {
                failed += 1;
                let text = trouble.downcast_ref::<String>().cloned().unwrap_or_default().replace('\n', " ");
                println!("FAIL {name}: {text}");
            }
        }
    }
    std::process::exit(if failed > 0 { 1 } else { 0 });
}
