import static java.util.concurrent.TimeUnit.SECONDS;

import io.lettuce.core.Consumer;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.KeyValue;
import io.lettuce.core.LettuceFutures;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.ScoredValue;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.TransactionResult;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XAutoClaimArgs;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.support.caching.CacheAccessor;
import io.lettuce.core.support.caching.CacheFrontend;
import io.lettuce.core.support.caching.ClientSideCaching;
import java.time.Duration;
import java.util.Arrays;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/** Lettuce: what an application does with it. One shared connection, RESP3, futures. */
public class LettuceChecks {
    static final RedisURI URI = RedisURI.create("127.0.0.1", Server.PORT);
    static final RedisClient CLIENT = RedisClient.create(URI);
    static final StatefulRedisConnection<String, String> CONNECTION = CLIENT.connect();
    static final RedisCommands<String, String> redis = CONNECTION.sync();

    public static void main(String[] args) {
        Checks.check("strings, hashes, sorted sets", LettuceChecks::values);
        Checks.check("binary and large values", LettuceChecks::bytes);
        Checks.check("10,000 commands in flight, flushed by hand", LettuceChecks::pipeline);
        Checks.check("transactions with WATCH", LettuceChecks::transactions);
        Checks.check("scripts by text and by digest, with a fallback", LettuceChecks::scripts);
        Checks.check("scan iterators", LettuceChecks::scan);
        Checks.check("blocking pops", LettuceChecks::blocking);
        Checks.check("pub/sub with channels and patterns", LettuceChecks::pubsub);
        Checks.check("keyspace notifications and expiry", LettuceChecks::expiry);
        Checks.check("streams with a consumer group", LettuceChecks::streams);
        Checks.check("client-side caching", LettuceChecks::caching);
        Checks.check("users, names, databases, RESP2", LettuceChecks::connections);
        Checks.check("a timeout; the connection comes back when killed", LettuceChecks::trouble);
        Checks.check("reactive commands", LettuceChecks::reactive);
        Checks.check("cluster: topology, many keys, scanning", LettuceChecks::cluster);
        Checks.close();
    }

    static void values() {
        Checks.equal(redis.set("k", "v", SetArgs.Builder.nx().ex(60)), "OK");
        Checks.equal(redis.set("k", "w", SetArgs.Builder.nx()), null);
        Checks.equal(redis.setGet("k", "x"), "v");
        Checks.equal(redis.mget("k", "none"), List.of(KeyValue.just("k", "x"), KeyValue.empty("none")));
        redis.hset("h", Map.of("a", "1", "b", "2"));
        Checks.equal(redis.hgetall("h"), Map.of("a", "1", "b", "2"));
        redis.zadd("z", ScoredValue.just(1.5, "m"), ScoredValue.just(2, "n"));
        Checks.equal(redis.zrangeWithScores("z", 0, -1), List.of(ScoredValue.just(1.5, "m"), ScoredValue.just(2, "n")));
        Checks.equal(redis.zmscore("z", "m", "none"), Arrays.asList(1.5, null));
        Checks.equal(redis.sadd("s", "a", "b"), 2L);
        Checks.equal(redis.smismember("s", "a", "x"), List.of(true, false));
        Checks.equal(redis.incrbyfloat("f", 0.1), 0.1);
        redis.geoadd("g", 13.361389, 38.115556, "Palermo");
        Checks.equal(redis.geohash("g", "Palermo").get(0).getValue(), "sqc8b49rny0");
        Checks.fails("WRONGTYPE Operation against a key holding the wrong kind of value", () -> redis.lpush("k", "x"));
    }

    static void bytes() {
        try (var connection = CLIENT.connect(ByteArrayCodec.INSTANCE)) {
            byte[] key = {0, -1, 13, 10}, large = Server.large();
            connection.sync().set(key, large);
            Checks.equal(Arrays.equals(connection.sync().get(key), large), true);
            Checks.equal(connection.sync().strlen(key), 50_000_000L);
            connection.sync().del(key);
        }
    }

    static void pipeline() {
        try (var connection = CLIENT.connect()) {
            connection.setAutoFlushCommands(false);
            List<RedisFuture<Long>> replies = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) replies.add(connection.async().incr("p"));
            connection.flushCommands();
            Checks.equal(LettuceFutures.awaitAll(Duration.ofSeconds(20), replies.toArray(new RedisFuture[0])), true);
            Checks.equal(replies.get(9_999).toCompletableFuture().join(), 10_000L);
        }
    }

    static void transactions() {
        try (var connection = CLIENT.connect()) {
            var tx = connection.sync();
            tx.watch("w");
            redis.incr("w");
            tx.multi();
            tx.incr("w");
            Checks.equal(tx.exec().wasDiscarded(), true);
            tx.multi();
            tx.set("t", "1");
            tx.lpush("t", "x");
            tx.incr("t");
            TransactionResult result = tx.exec();
            Checks.equal(List.of(result.get(0), result.get(2)), List.of("OK", 2L));
            Checks.equal(result.get(1) instanceof RedisCommandExecutionException, true);
            tx.multi();
            tx.set("t", "9");
            tx.discard();
            Checks.equal(redis.get("t"), "2");
        }
    }

    static void scripts() {
        redis.scriptFlush();
        String text = "return {KEYS[1], tonumber(ARGV[1]) + redis.call('INCR', KEYS[1])}", digest = redis.digest(text);
        String[] keys = {"lua"};
        try {
            redis.evalsha(digest, ScriptOutputType.MULTI, keys, "5");
            throw new AssertionError("a script that is not there");
        } catch (RedisNoScriptException absent) {
            Checks.equal(redis.scriptLoad(text), digest);
        }
        Checks.equal(redis.evalsha(digest, ScriptOutputType.MULTI, keys, "5"), List.of("lua", 6L));
        Checks.equal(redis.evalReadOnly("return redis.call('GET', KEYS[1])".getBytes(), ScriptOutputType.VALUE, keys), "1");
        Checks.equal(redis.eval("return true", ScriptOutputType.BOOLEAN), true);
        Checks.equal(redis.eval("return redis.status_reply('FINE')", ScriptOutputType.STATUS), "FINE");
        Checks.fails("MINE failed", () -> redis.eval("return redis.error_reply('MINE failed')", ScriptOutputType.VALUE));
        redis.functionLoad("#!lua name=lib\nredis.register_function('twice', function(k, a) return a[1] * 2 end)", true);
        Checks.equal(redis.fcall("twice", ScriptOutputType.INTEGER, new String[0], "21"), 42L);
        redis.functionFlush(io.lettuce.core.FlushMode.SYNC);
    }

    static void scan() {
        Map<String, String> many = new HashMap<>();
        for (int i = 0; i < 300; i++) many.put("it:" + i, "");
        redis.mset(many);
        Set<String> seen = new HashSet<>();
        ScanIterator.scan(redis, ScanArgs.Builder.matches("it:*").limit(20)).forEachRemaining(seen::add);
        Checks.equal(seen, many.keySet());
        redis.hset("fields", many);
        Checks.equal(ScanIterator.hscan(redis, "fields").stream().count(), 300L);
        KeyScanCursor<String> page = redis.scan(ScanArgs.Builder.limit(5));
        Checks.equal(page.isFinished(), false);
    }

    static void blocking() throws Exception {
        try (var connection = CLIENT.connect()) {
            var popped = connection.async().blpop(5, "q1", "q2");
            Checks.eventually(() -> redis.info("clients").contains("blocked_clients:1"));
            redis.rpush("q2", "job");
            Checks.equal(popped.get(5, SECONDS), KeyValue.just("q2", "job"));
            Checks.equal(connection.sync().brpoplpush(1, "none", "other"), null);
            var best = connection.async().bzpopmin(5, "bz");
            redis.zadd("bz", 3, "m");
            Checks.equal(best.get(5, SECONDS).getValue(), ScoredValue.just(3, "m"));
        }
    }

    static void pubsub() throws Exception {
        var seen = new LinkedBlockingQueue<String>();
        try (var connection = CLIENT.connectPubSub()) {
            connection.addListener(new RedisPubSubAdapter<String, String>() {
                @Override
                public void message(String channel, String message) {
                    seen.add(channel + "=" + message);
                }

                @Override
                public void message(String pattern, String channel, String message) {
                    seen.add(pattern + ":" + channel + "=" + message);
                }
            });
            connection.sync().subscribe("c");
            connection.sync().psubscribe("d*");
            Checks.eventually(() -> redis.pubsubNumpat() == 1);
            Checks.equal(redis.publish("c", "one"), 1L);
            redis.publish("d1", "two");
            Checks.equal(seen.poll(5, SECONDS), "c=one");
            Checks.equal(seen.poll(5, SECONDS), "d*:d1=two");
            Checks.equal(redis.pubsubNumsub("c"), Map.of("c", 1L));
            connection.sync().unsubscribe("c");
            Checks.eventually(() -> redis.publish("c", "nobody") == 0);
        }
    }

    static void expiry() throws Exception {
        var events = new LinkedBlockingQueue<String>();
        redis.configSet("notify-keyspace-events", "KEA");
        Checks.eventually(() -> redis.pubsubNumpat() == 0); // the last check's have gone
        try (var connection = CLIENT.connectPubSub()) {
            connection.addListener(new RedisPubSubAdapter<String, String>() {
                @Override
                public void message(String pattern, String channel, String message) {
                    events.add(channel + "=" + message);
                }
            });
            connection.sync().psubscribe("__keyevent@*__:*");
            Checks.eventually(() -> redis.pubsubNumpat() == 1);
            redis.psetex("n", 20, "1");
            Checks.equal(events.poll(5, SECONDS), "__keyevent@0__:set=n");
            Checks.equal(events.poll(5, SECONDS), "__keyevent@0__:expire=n");
            Checks.equal(events.poll(5, SECONDS), "__keyevent@0__:expired=n");
        } finally {
            redis.configSet("notify-keyspace-events", "");
        }
        redis.set("ttl", "1");
        Checks.equal(redis.expire("ttl", 100), true);
        Checks.equal(redis.ttl("ttl"), 100L);
        Checks.equal(redis.persist("ttl"), true);
    }

    static void streams() {
        redis.xgroupCreate(XReadArgs.StreamOffset.from("st", "$"), "g", XGroupCreateArgs.Builder.mkstream());
        String first = redis.xadd("st", Map.of("n", "1"));
        redis.xadd("st", XAddArgs.Builder.maxlen(10).approximateTrimming(), Map.of("n", "2"));
        var got = redis.xreadgroup(Consumer.from("g", "a"), XReadArgs.Builder.block(1000).count(5), XReadArgs.StreamOffset.lastConsumed("st"));
        Checks.equal(got.size(), 2);
        Checks.equal(got.get(0).getBody(), Map.of("n", "1"));
        Checks.equal(redis.xpending("st", "g").getCount(), 2L);
        var claimed = redis.xautoclaim("st", XAutoClaimArgs.Builder.xautoclaim(Consumer.from("g", "b"), Duration.ZERO, "0"));
        Checks.equal(claimed.getMessages().size(), 2);
        Checks.equal(redis.xack("st", "g", first), 1L);
        Checks.equal(redis.xinfoConsumers("st", "g").size(), 2);
        Checks.equal(redis.xinfoStream("st").isEmpty(), false);
        Checks.equal(redis.xrange("st", io.lettuce.core.Range.unbounded()).size(), 2);
    }

    static void caching() throws Exception {
        try (var connection = CLIENT.connect()) {
            Map<String, String> local = new ConcurrentHashMap<>();
            CacheFrontend<String, String> cache = ClientSideCaching.enable(CacheAccessor.forMap(local), connection, TrackingArgs.Builder.enabled());
            redis.set("cached", "1");
            Checks.equal(cache.get("cached"), "1");
            Checks.equal(local.get("cached"), "1");
            redis.set("cached", "2");
            Checks.eventually(() -> !local.containsKey("cached"));
            Checks.equal(cache.get("cached"), "2");
            redis.pexpire("cached", 10);
            Checks.eventually(() -> !local.containsKey("cached"));
        }
        try (var connection = CLIENT.connect()) {
            var pushes = new LinkedBlockingQueue<String>();
            connection.addListener(push -> pushes.add(push.getType()));
            connection.sync().clientTracking(TrackingArgs.Builder.enabled().bcast().prefixes("user:"));
            redis.set("user:1", "x");
            Checks.equal(pushes.poll(5, SECONDS), "invalidate");
            redis.set("other", "x");
            Checks.equal(pushes.poll(50, java.util.concurrent.TimeUnit.MILLISECONDS), null);
        }
    }

    static void connections() {
        redis.aclSetuser("ann", io.lettuce.core.AclSetuserArgs.Builder.on().addPassword("pw").keyPattern("ann:*").allCommands());
        RedisURI uri = RedisURI.builder().withHost("127.0.0.1").withPort(Server.PORT).withAuthentication("ann", "pw".toCharArray())
            .withDatabase(3).withClientName("two").build();
        try (var connection = CLIENT.connect(uri)) {
            Checks.equal(connection.sync().clientGetname(), "two");
            Checks.equal(connection.sync().aclWhoami(), "ann");
            Checks.equal(connection.sync().set("ann:1", "x"), "OK");
            Checks.fails("NOPERM", () -> connection.sync().set("bob:1", "x"));
            Checks.equal(redis.get("ann:1"), null);
            Checks.equal(redis.clientList().contains("name=two"), true);
        }
        uri.setAuthentication("ann", "no".toCharArray());
        Checks.fails("WRONGPASS", () -> CLIENT.connect(uri));
        redis.aclDeluser("ann");
        RedisClient old = RedisClient.create(URI);
        old.setOptions(ClientOptions.builder().protocolVersion(ProtocolVersion.RESP2).build());
        try (var connection = old.connect()) {
            Checks.equal(connection.sync().hgetall("h"), Map.of("a", "1", "b", "2"));
            connection.sync().select(5);
            Checks.equal(connection.sync().dbsize(), 0L);
        }
        old.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }

    static void trouble() throws Exception {
        try (var connection = CLIENT.connect()) {
            connection.setTimeout(Duration.ofMillis(40));
            try {
                connection.sync().blpop(1, "never");
                throw new AssertionError("no timeout");
            } catch (RedisCommandTimeoutException expected) {
                connection.setTimeout(Duration.ofSeconds(5));
            }
            long id = connection.sync().clientId();
            redis.clientKill(io.lettuce.core.KillArgs.Builder.id(id));
            Checks.eventually(() -> {
                try {
                    return connection.sync().clientId() != id;
                } catch (io.lettuce.core.RedisException again) {
                    return false;
                }
            });
        }
    }

    /** Lettuce's publisher may miss a reply that comes while it is being subscribed to (the first one
     *  above all, and from redis-server too): what is safe to ask again is asked again. */
    static void reactive() {
        var reactive = CONNECTION.reactive();
        for (int i = 0; i < 100; i++) redis.rpush("rx", "e" + i);
        var all = reactive.lrange("rx", 0, -1).collectList().timeout(Duration.ofSeconds(3)).retry(3);
        Checks.equal(all.block().size(), 100);
        Checks.equal(reactive.set("rk", "1").then(reactive.getset("rk", "2")).block(Duration.ofSeconds(10)), "1");
    }

    static void cluster() throws Exception {
        RedisClusterClient client = RedisClusterClient.create(RedisURI.create("127.0.0.1", Server.CLUSTER_PORT));
        try (var connection = client.connect()) {
            var sync = connection.sync();
            Map<String, String> many = new HashMap<>();
            for (int i = 0; i < 300; i++) many.put("k" + i, "" + i);
            Checks.equal(sync.mset(many), "OK");
            Checks.equal(sync.mget("k1", "k250").get(1), KeyValue.just("k250", "250"));
            Checks.equal(sync.clusterKeyslot("foo"), 12182L);
            Checks.equal(ScanIterator.scan(sync, ScanArgs.Builder.limit(30)).stream().count(), 300L);
            Checks.equal(sync.del(many.keySet().toArray(new String[0])), 300L);
            Checks.equal(client.getPartitions().size(), 1);
            Checks.equal(sync.clusterInfo().contains("cluster_state:ok"), true);
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }
}
