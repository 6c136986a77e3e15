import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPool;
import redis.clients.jedis.JedisPubSub;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.ScanResult;

/** Jedis: what an application does with it. */
public class JedisChecks {
    interface Work {
        void run(Jedis jedis) throws Exception;
    }

    static final JedisPool POOL = new JedisPool("127.0.0.1", Server.PORT);

    static void check(String name, Work work) {
        Checks.check(name, () -> {
            try (Jedis jedis = POOL.getResource()) {
                work.run(jedis);
            }
        });
    }

    public static void main(String[] args) {
        check("strings, hashes, sorted sets", JedisChecks::values);
        check("pipelines and transactions with WATCH", JedisChecks::transactions);
        check("scripts by text and by digest", JedisChecks::scripts);
        check("scan iterates over every key", JedisChecks::scan);
        check("blocking pop from another thread", JedisChecks::blocking);
        check("pub/sub with channels and patterns", JedisChecks::pubsub);
        check("streams with a consumer group", JedisChecks::streams);
        check("RESP3, users, names, databases", JedisChecks::connections);
        check("errors keep the server's text", JedisChecks::errors);
        Checks.close();
    }

    static void values(Jedis jedis) {
        Checks.equal(jedis.set("k", "v", SetParams.setParams().nx().ex(60)), "OK");
        Checks.equal(jedis.set("k", "w", SetParams.setParams().nx()) == null, true);
        jedis.set("bin".getBytes(), new byte[] {0, -1, 13, 10});
        Checks.equal(jedis.get("bin".getBytes()).length, 4);
        jedis.hset("h", Map.of("a", "1", "b", "2"));
        Checks.equal(jedis.hgetAll("h"), Map.of("a", "1", "b", "2"));
        jedis.zadd("z", Map.of("m", 1.5, "n", 2.0));
        Checks.equal(jedis.zscore("z", "m"), 1.5);
        Checks.equal(jedis.zrangeWithScores("z", 0, -1).get(1).getScore(), 2.0);
    }

    static void transactions(Jedis jedis) {
        var pipe = jedis.pipelined();
        for (int i = 0; i < 1000; i++) pipe.incr("p");
        Checks.equal(pipe.syncAndReturnAll().get(999), 1000L);
        jedis.watch("p");
        try (Jedis other = POOL.getResource()) {
            other.incr("p");
        }
        var lost = jedis.multi();
        lost.incr("p");
        Checks.equal(lost.exec() == null, true);
        var won = jedis.multi();
        won.set("t", "1");
        won.incr("t");
        Checks.equal(won.exec(), List.of("OK", 2L));
    }

    static void scripts(Jedis jedis) {
        Checks.equal(jedis.eval("return {KEYS[1], ARGV[1]}", List.of("k"), List.of("a")), List.of("k", "a"));
        String digest = jedis.scriptLoad("return redis.call('INCR', KEYS[1])");
        Checks.equal(jedis.evalsha(digest, 1, "s"), 1L);
    }

    static void scan(Jedis jedis) {
        for (int i = 0; i < 300; i++) jedis.set("it:" + i, "");
        Set<String> seen = new HashSet<>();
        String cursor = ScanParams.SCAN_POINTER_START;
        do {
            ScanResult<String> part = jedis.scan(cursor, new ScanParams().match("it:*").count(30));
            seen.addAll(part.getResult());
            cursor = part.getCursor();
        } while (!cursor.equals("0"));
        Checks.equal(seen.size(), 300);
    }

    static void blocking(Jedis jedis) throws Exception {
        var popped = CompletableFuture.supplyAsync(() -> {
            try (Jedis waiter = POOL.getResource()) {
                return waiter.blpop(5, "q");
            }
        });
        Checks.eventually(() -> jedis.info("clients").contains("blocked_clients:1"));
        jedis.rpush("q", "job");
        Checks.equal(popped.get(5, TimeUnit.SECONDS), List.of("q", "job"));
    }

    static void pubsub(Jedis jedis) throws Exception {
        var seen = new LinkedBlockingQueue<String>();
        JedisPubSub listener = new JedisPubSub() {
            @Override
            public void onMessage(String channel, String message) {
                seen.add(channel + "=" + message);
            }

            @Override
            public void onPMessage(String pattern, String channel, String message) {
                seen.add(pattern + ":" + channel + "=" + message);
            }

            @Override
            public void onSubscribe(String channel, int count) {
                psubscribe("d*");
            }
        };
        var thread = new Thread(() -> {
            try (Jedis subscriber = POOL.getResource()) {
                subscriber.subscribe(listener, "c");
            }
        });
        thread.start();
        Checks.eventually(() -> jedis.pubsubNumPat() == 1);
        jedis.publish("c", "one");
        jedis.publish("d1", "two");
        Checks.equal(seen.poll(5, TimeUnit.SECONDS), "c=one");
        Checks.equal(seen.poll(5, TimeUnit.SECONDS), "d*:d1=two");
        listener.unsubscribe();
        listener.punsubscribe();
        thread.join(5000);
        Checks.equal(thread.isAlive(), false);
    }

    static void streams(Jedis jedis) {
        jedis.xgroupCreate("st", "g", new StreamEntryID(), true);
        StreamEntryID id = jedis.xadd("st", StreamEntryID.NEW_ENTRY, Map.of("n", "1"));
        var got = jedis.xreadGroup("g", "c", new XReadGroupParams().count(1), Map.of("st", StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
        Checks.equal(got.get(0).getValue().get(0).getID(), id);
        Checks.equal(jedis.xpending("st", "g").getTotal(), 1L);
        Checks.equal(jedis.xack("st", "g", id), 1L);
    }

    static void connections(Jedis jedis) {
        jedis.aclSetUser("ann", "on", ">pw", "~*", "+@all");
        var config = DefaultJedisClientConfig.builder().user("ann").password("pw").protocol(RedisProtocol.RESP3)
            .clientName("app").database(5).build();
        try (Jedis three = new Jedis(new HostAndPort("127.0.0.1", Server.PORT), config)) {
            Checks.equal(three.aclWhoAmI(), "ann");
            Checks.equal(three.clientGetname(), "app");
            three.hset("h5", "a", "1");
            Checks.equal(three.hgetAll("h5"), Map.of("a", "1"));
            Checks.equal(jedis.exists("h5"), false);
        }
        jedis.aclDelUser("ann");
    }

    static void errors(Jedis jedis) {
        jedis.set("e", "x");
        try {
            jedis.lpush("e", "y");
            throw new AssertionError("no error");
        } catch (JedisDataException error) {
            Checks.equal(error.getMessage(), "WRONGTYPE Operation against a key holding the wrong kind of value");
        }
    }
}
