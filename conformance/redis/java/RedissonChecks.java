import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.BatchResult;
import org.redisson.api.RBatch;
import org.redisson.api.RBlockingQueue;
import org.redisson.api.RScript;
import org.redisson.api.RStream;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.api.TransactionOptions;
import org.redisson.api.options.LocalCachedMapOptions;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamCreateGroupArgs;
import org.redisson.api.stream.StreamReadGroupArgs;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;
import org.redisson.config.Protocol;

/** Redisson: what an application does with it. Nearly every object of it is a Lua script. */
public class RedissonChecks {
    static final RedissonClient redis = connect(Protocol.RESP2);

    static RedissonClient connect(Protocol protocol) {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE).setProtocol(protocol);
        config.useSingleServer().setAddress("redis://127.0.0.1:" + Server.PORT).setConnectionPoolSize(16)
            .setConnectionMinimumIdleSize(2).setClientName("checks");
        return Redisson.create(config);
    }

    public static void main(String[] args) {
        Checks.check("buckets, atomic numbers, binary and large values", RedissonChecks::buckets);
        Checks.check("maps, sets, lists, scored sets, geo", RedissonChecks::collections);
        Checks.check("map cache: entries that expire", RedissonChecks::mapCache);
        Checks.check("a local cached map hears of changes", RedissonChecks::localCache);
        Checks.check("lock: reentrant, exclusive, waited for, leased", RedissonChecks::locks);
        Checks.check("fair, read-write, multi and fenced locks", RedissonChecks::otherLocks);
        Checks.check("semaphores and a count-down latch", RedissonChecks::semaphores);
        Checks.check("rate limiter", RedissonChecks::rateLimiter);
        Checks.check("blocking and priority queues, a deque", RedissonChecks::queues);
        Checks.check("delayed queue", RedissonChecks::delayedQueue);
        Checks.check("topics and patterns, a reliable topic", RedissonChecks::topics);
        Checks.check("streams with a consumer group", RedissonChecks::streams);
        Checks.check("scripts and functions", RedissonChecks::scripts);
        Checks.check("a batch of 10,000 commands; an atomic batch", RedissonChecks::batches);
        Checks.check("transactions", RedissonChecks::transactions);
        Checks.check("Bloom filter, HyperLogLog, bit set, id generator, adder", RedissonChecks::sketches);
        Checks.check("keys: scanning, expiry, renaming, dump and restore", RedissonChecks::keys);
        Checks.check("events of expired and set keys", RedissonChecks::events);
        Checks.check("RESP3, a user, a database", RedissonChecks::connections);
        Checks.check("executor and scheduler", RedissonChecks::remote);
        Checks.check("cluster", RedissonChecks::cluster);
        Checks.close();
    }

    static void buckets() {
        var bucket = redis.<String>getBucket("k");
        bucket.set("v", Duration.ofMinutes(1));
        Checks.equal(bucket.setIfAbsent("w"), false);
        Checks.equal(bucket.getAndSet("x"), "v");
        Checks.equal(bucket.compareAndSet("x", "y"), true);
        Checks.equal(bucket.getAndDelete(), "y");
        redis.getBuckets().set(Map.of("b1", "1", "b2", "2"));
        Checks.equal(redis.getBuckets().get("b1", "b2", "none"), Map.of("b1", "1", "b2", "2"));
        var number = redis.getAtomicLong("n");
        Checks.equal(List.of(number.incrementAndGet(), number.addAndGet(9), number.getAndDecrement()), List.of(1L, 10L, 10L));
        Checks.equal(number.compareAndSet(9, 100), true);
        Checks.equal(redis.getAtomicDouble("d").addAndGet(0.5), 0.5);
        byte[] large = Server.large();
        var bytes = redis.<byte[]>getBucket("large", ByteArrayCodec.INSTANCE);
        bytes.set(large);
        Checks.equal(Arrays.equals(bytes.get(), large), true);
        Checks.equal(bytes.size(), 50_000_000L);
        bytes.delete();
    }

    static void collections() {
        var map = redis.<String, String>getMap("m");
        Checks.equal(map.put("a", "1"), null);
        Checks.equal(map.put("a", "2"), "1");
        Checks.equal(map.putIfAbsent("a", "3"), "2");
        Checks.equal(map.replace("a", "2", "4"), true);
        map.putAll(Map.of("b", "5", "c", "6"));
        Checks.equal(map.readAllMap(), Map.of("a", "4", "b", "5", "c", "6"));
        Checks.equal(map.fastRemove("b", "none"), 1L);
        Checks.equal(String.valueOf((Object) map.addAndGet("n", 5)), "5");
        Checks.equal(new HashSet<>(map.keySet()), Set.of("a", "c", "n"));
        var set = redis.<String>getSet("s");
        set.addAll(List.of("a", "b", "c"));
        Checks.equal(set.readAll(), Set.of("a", "b", "c"));
        Checks.equal(set.containsAll(List.of("a", "c")), true);
        var list = redis.<String>getList("l");
        list.addAll(List.of("a", "b", "c", "b"));
        list.add(1, "x");
        Checks.equal(list.remove("b"), true);
        Checks.equal(list.readAll(), List.of("a", "x", "c", "b"));
        Checks.equal(list.indexOf("c"), 2);
        list.trim(0, 1);
        list.fastSet(0, "z");
        Checks.equal(list.readAll(), List.of("z", "x"));
        var scores = redis.<String>getScoredSortedSet("z");
        scores.addAll(Map.of("a", 1.5, "b", 2.0, "c", 3.0));
        Checks.equal(new ArrayList<>(scores.valueRangeReversed(0, 1)), List.of("c", "b"));
        Checks.equal(scores.addScoreAndGetRank("a", 10), 2);
        Checks.equal(scores.pollFirst(), "b");
        var geo = redis.<String>getGeo("g");
        geo.add(13.361389, 38.115556, "Palermo");
        geo.add(15.087269, 37.502669, "Catania");
        Checks.equal(Math.round(geo.dist("Palermo", "Catania", org.redisson.api.geo.GeoUnit.KILOMETERS)), 166L);
        var sorted = redis.<String>getLexSortedSet("lex");
        sorted.addAll(List.of("b", "a", "c"));
        Checks.equal(new ArrayList<>(sorted.range("a", false, "c", true)), List.of("b", "c"));
        var many = redis.<String, String>getListMultimap("mm");
        many.put("k", "1");
        many.put("k", "2");
        Checks.equal(many.getAll("k"), List.of("1", "2"));
    }

    static void mapCache() throws Exception {
        var cache = redis.<String, String>getMapCache("mc");
        cache.put("short", "1", 40, MILLISECONDS);
        cache.put("long", "2", 1, java.util.concurrent.TimeUnit.HOURS);
        cache.fastPut("idle", "3", 0, SECONDS, 10, SECONDS);
        Checks.equal(cache.get("long"), "2");
        Checks.eventually(() -> cache.get("short") == null);
        Checks.equal(cache.remainTimeToLive("long") > 3_500_000, true);
        Checks.equal(cache.readAllKeySet(), Set.of("long", "idle"));
        cache.destroy();
        var set = redis.<String>getSetCache("sc");
        Checks.equal(set.add("x", 1, java.util.concurrent.TimeUnit.HOURS), true);
        Checks.equal(set.contains("x"), true);
        set.destroy();
    }

    static void localCache() throws Exception {
        var options = LocalCachedMapOptions.<String, String>name("lc");
        var here = redis.getLocalCachedMap(options);
        RedissonClient other = connect(Protocol.RESP2);
        try {
            var there = other.getLocalCachedMap(LocalCachedMapOptions.<String, String>name("lc"));
            here.put("a", "1");
            Checks.equal(there.get("a"), "1");
            Checks.equal(there.getCachedMap(), Map.of("a", "1"));
            here.put("a", "2");
            Checks.eventually(() -> "2".equals(there.get("a")));
        } finally {
            other.shutdown(0, 1, SECONDS);
        }
    }

    static boolean elsewhere(java.util.concurrent.Callable<Boolean> work) throws Exception {
        var future = new CompletableFuture<Boolean>();
        new Thread(() -> {
            try {
                future.complete(work.call());
            } catch (Throwable error) {
                future.completeExceptionally(error);
            }
        }).start();
        return future.get(10, SECONDS);
    }

    static void locks() throws Exception {
        var lock = redis.getLock("lock");
        lock.lock();
        lock.lock();
        Checks.equal(lock.getHoldCount(), 2);
        Checks.equal(elsewhere(() -> lock.tryLock(30, MILLISECONDS)), false);
        var waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return lock.tryLock(5, 30, SECONDS);
            } catch (InterruptedException stop) {
                return false;
            }
        });
        Thread.sleep(30);
        lock.unlock();
        Checks.equal(waiting.isDone(), false);
        lock.unlock();
        Checks.equal(waiting.get(5, SECONDS), true);
        Checks.equal(lock.isLocked(), true);
        lock.forceUnlock();
        lock.lock(60, MILLISECONDS);
        Checks.eventually(() -> !lock.isLocked());
        Checks.fails("attempt to unlock lock, not locked by current thread", () -> {
            lock.unlock();
            return null;
        });
        AtomicInteger sum = new AtomicInteger();
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < 8; i++) {
            var thread = new Thread(() -> {
                for (int n = 0; n < 10; n++) {
                    lock.lock();
                    int seen = sum.get();
                    Thread.yield();
                    sum.set(seen + 1);
                    lock.unlock();
                }
            });
            thread.start();
            threads.add(thread);
        }
        for (var thread : threads) thread.join(10_000);
        Checks.equal(sum.get(), 80);
    }

    static void otherLocks() throws Exception {
        var fair = redis.getFairLock("fair");
        fair.lock();
        Checks.equal(elsewhere(() -> fair.tryLock(20, MILLISECONDS)), false);
        fair.unlock();
        var both = redis.getReadWriteLock("rw");
        both.readLock().lock();
        Checks.equal(elsewhere(() -> both.readLock().tryLock()), true);
        Checks.equal(elsewhere(() -> both.writeLock().tryLock()), false);
        both.readLock().unlock();
        var multi = redis.getMultiLock(redis.getLock("m1"), redis.getLock("m2"));
        multi.lock();
        Checks.equal(redis.getLock("m2").isLocked(), true);
        multi.unlock();
        var fenced = redis.getFencedLock("fenced");
        long token = fenced.lockAndGetToken();
        fenced.unlock();
        Checks.equal(fenced.lockAndGetToken() > token, true);
        fenced.unlock();
        var spin = redis.getSpinLock("spin");
        spin.lock();
        Checks.equal(elsewhere(() -> spin.tryLock()), false);
        spin.unlock();
    }

    static void semaphores() throws Exception {
        var permits = redis.getSemaphore("sem");
        Checks.equal(permits.trySetPermits(2), true);
        permits.acquire();
        permits.acquire();
        Checks.equal(permits.tryAcquire(Duration.ofMillis(20)), false);
        var waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return permits.tryAcquire(Duration.ofSeconds(5));
            } catch (InterruptedException stop) {
                return false;
            }
        });
        Thread.sleep(30);
        permits.release();
        Checks.equal(waiting.get(5, SECONDS), true);
        var expirable = redis.getPermitExpirableSemaphore("pes");
        expirable.trySetPermits(1);
        String id = expirable.acquire(40, MILLISECONDS);
        Checks.equal(id == null, false);
        Checks.equal(expirable.tryAcquire(5, 5, SECONDS) == null, false);
        var latch = redis.getCountDownLatch("latch");
        latch.trySetCount(2);
        var released = CompletableFuture.supplyAsync(() -> {
            try {
                return latch.await(5, SECONDS);
            } catch (InterruptedException stop) {
                return false;
            }
        });
        latch.countDown();
        latch.countDown();
        Checks.equal(released.get(6, SECONDS), true);
    }

    static void rateLimiter() {
        var limiter = redis.getRateLimiter("rate");
        Checks.equal(limiter.trySetRate(RateType.OVERALL, 3, Duration.ofMillis(300)), true);
        int passed = 0;
        for (int i = 0; i < 6; i++) if (limiter.tryAcquire()) passed++;
        Checks.equal(passed, 3);
        Checks.equal(limiter.tryAcquire(1, Duration.ofSeconds(5)), true);
        Checks.equal(limiter.availablePermits() <= 3, true);
    }

    static void queues() throws Exception {
        RBlockingQueue<String> queue = redis.getBlockingQueue("q");
        var taken = CompletableFuture.supplyAsync(() -> {
            try {
                return queue.poll(5, SECONDS);
            } catch (InterruptedException stop) {
                return null;
            }
        });
        Thread.sleep(30);
        queue.offer("job");
        Checks.equal(taken.get(6, SECONDS), "job");
        Checks.equal(queue.poll(30, MILLISECONDS), null);
        queue.addAll(List.of("a", "b", "c"));
        Checks.equal(queue.pollLastAndOfferFirstTo("q2"), "c");
        var into = new ArrayList<String>();
        queue.drainTo(into);
        Checks.equal(into, List.of("a", "b"));
        var deque = redis.<String>getBlockingDeque("dq");
        deque.addFirst("1");
        deque.addLast("2");
        Checks.equal(deque.takeLast(), "2");
        var ordered = redis.<String>getPriorityQueue("pq");
        ordered.addAll(List.of("c", "a", "b"));
        Checks.equal(ordered.poll(), "a");
        var ring = redis.<String>getRingBuffer("ring");
        ring.trySetCapacity(2);
        ring.addAll(List.of("1", "2", "3"));
        Checks.equal(ring.readAll(), List.of("2", "3"));
        var bounded = redis.<String>getBoundedBlockingQueue("bq");
        bounded.trySetCapacity(1);
        Checks.equal(bounded.offer("x"), true);
        Checks.equal(bounded.offer("y", 30, MILLISECONDS), false);
    }

    static void delayedQueue() throws Exception {
        RBlockingQueue<String> ready = redis.getBlockingQueue("ready");
        var delayed = redis.getDelayedQueue(ready);
        delayed.offer("second", 120, MILLISECONDS);
        delayed.offer("first", 40, MILLISECONDS);
        Checks.equal(ready.size(), 0);
        Checks.equal(ready.poll(5, SECONDS), "first");
        Checks.equal(ready.poll(5, SECONDS), "second");
        delayed.destroy();
    }

    static void topics() throws Exception {
        var seen = new LinkedBlockingQueue<String>();
        var topic = redis.getTopic("t1");
        int listener = topic.addListener(String.class, (channel, message) -> seen.add(channel + "=" + message));
        redis.getPatternTopic("p*").addListener(String.class, (pattern, channel, message) -> seen.add(pattern + ":" + channel + "=" + message));
        Checks.equal(topic.publish("one"), 1L);
        Checks.equal(seen.poll(5, SECONDS), "t1=one");
        redis.getTopic("p9").publish("two");
        Checks.equal(seen.poll(5, SECONDS), "p*:p9=two");
        topic.removeListener(listener);
        Checks.eventually(() -> topic.publish("nobody") == 0);
        var reliable = redis.getReliableTopic("rt");
        reliable.addListener(String.class, (channel, message) -> seen.add("reliable " + message));
        reliable.publish("three");
        Checks.equal(seen.poll(5, SECONDS), "reliable three");
        reliable.removeAllListeners();
    }

    static void streams() {
        RStream<String, String> stream = redis.getStream("st");
        stream.createGroup(StreamCreateGroupArgs.name("g").makeStream());
        var id = stream.add(StreamAddArgs.entry("n", "1"));
        stream.add(StreamAddArgs.entries(Map.of("n", "2")));
        var got = stream.readGroup("g", "c", StreamReadGroupArgs.neverDelivered().count(5).timeout(Duration.ofSeconds(1)));
        Checks.equal(got.size(), 2);
        Checks.equal(got.get(id), Map.of("n", "1"));
        Checks.equal(stream.getPendingInfo("g").getTotal(), 2L);
        Checks.equal(stream.autoClaim("g", "d", 0, SECONDS, id, 10).getMessages().size(), 2);
        Checks.equal(stream.ack("g", id), 1L);
        Checks.equal(stream.listConsumers("g").size(), 2);
        Checks.equal(stream.getInfo().getLength(), 2);
    }

    static void scripts() {
        RScript script = redis.getScript();
        script.scriptFlush();
        String text = "return {KEYS[1], ARGV[1]}";
        Checks.equal(script.eval(RScript.Mode.READ_WRITE, text, RScript.ReturnType.LIST, List.of("k"), "a"), List.of("k", "a"));
        String digest = script.scriptLoad("return redis.call('INCR', KEYS[1])");
        Checks.equal(script.<Long>evalSha(RScript.Mode.READ_WRITE, digest, RScript.ReturnType.LONG, List.of("lua")), 1L);
        Checks.equal(script.scriptExists(digest, "0".repeat(40)), List.of(true, false));
        Checks.fails("NOSCRIPT", () -> script.evalSha(RScript.Mode.READ_WRITE, "0".repeat(40), RScript.ReturnType.LONG));
        var functions = redis.getFunction();
        functions.load("lib", "redis.register_function('twice', function(k, a) return a[1] * 2 end)");
        Checks.equal(functions.<Long>call(org.redisson.api.FunctionMode.WRITE, "twice", org.redisson.api.FunctionResult.LONG, List.of(), "21"), 42L);
        functions.delete("lib");
    }

    static void batches() {
        RBatch batch = redis.createBatch();
        for (int i = 0; i < 10_000; i++) batch.getAtomicLong("batch").incrementAndGetAsync();
        BatchResult<?> result = batch.execute();
        Checks.equal(result.getResponses().get(9_999), 10_000L);
        RBatch atomic = redis.createBatch(BatchOptions.defaults().executionMode(BatchOptions.ExecutionMode.REDIS_WRITE_ATOMIC));
        atomic.getBucket("at").setAsync("1");
        atomic.getAtomicLong("at").incrementAndGetAsync();
        Checks.equal(atomic.execute().getResponses().get(1), 2L);
        RBatch quiet = redis.createBatch(BatchOptions.defaults().skipResult());
        quiet.getBucket("quiet").setAsync("1");
        quiet.execute();
        Checks.equal(redis.getBucket("quiet").get(), "1");
    }

    static void transactions() {
        var transaction = redis.createTransaction(TransactionOptions.defaults());
        transaction.<String, String>getMap("tm").put("a", "1");
        transaction.<String>getBucket("tb").set("x");
        Checks.equal(redis.getBucket("tb").isExists(), false);
        transaction.commit();
        Checks.equal(redis.getBucket("tb").get(), "x");
        var undone = redis.createTransaction(TransactionOptions.defaults());
        undone.<String>getBucket("tb").set("y");
        undone.rollback();
        Checks.equal(redis.getBucket("tb").get(), "x");
    }

    static void sketches() {
        var bloom = redis.<String>getBloomFilter("bloom");
        Checks.equal(bloom.tryInit(1000, 0.01), true);
        bloom.add("a");
        Checks.equal(List.of(bloom.contains("a"), bloom.contains("b")), List.of(true, false));
        var distinct = redis.<String>getHyperLogLog("hll");
        distinct.addAll(List.of("a", "b", "c", "a"));
        Checks.equal(distinct.count(), 3L);
        var bits = redis.getBitSet("bits");
        bits.set(3, 7);
        bits.set(10);
        Checks.equal(bits.cardinality(), 5L);
        Checks.equal(bits.length(), 11L);
        Checks.equal(bits.incrementAndGetByte(8, (byte) 3), (byte) (0x20 + 3));
        var ids = redis.getIdGenerator("ids");
        ids.tryInit(5, 10);
        Checks.equal(List.of(ids.nextId(), ids.nextId()), List.of(5L, 6L));
        var adder = redis.getLongAdder("adder");
        adder.add(5);
        adder.increment();
        Checks.equal(adder.sum(), 6L);
        adder.destroy();
    }

    static void keys() throws Exception {
        for (int i = 0; i < 300; i++) redis.getBucket("it:" + i).set("x");
        Set<String> seen = new HashSet<>();
        redis.getKeys().getKeys(org.redisson.api.options.KeysScanOptions.defaults().pattern("it:*").chunkSize(20)).forEach(seen::add);
        Checks.equal(seen.size(), 300);
        Checks.equal(redis.getKeys().deleteByPattern("it:*"), 300L);
        var bucket = redis.<String>getBucket("life");
        bucket.set("1");
        Checks.equal(bucket.expire(Duration.ofHours(1)), true);
        Checks.equal(bucket.remainTimeToLive() > 3_500_000, true);
        Checks.equal(bucket.clearExpire(), true);
        byte[] dump = bucket.dump();
        bucket.rename("life2");
        redis.getBucket("life3").restore(dump);
        Checks.equal(redis.getBucket("life3").get(), "1");
        bucket.expire(Duration.ofMillis(20));
        Checks.eventually(() -> !bucket.isExists());
    }

    static void events() throws Exception {
        var node = redis.getRedisNodes(RedisNodes.SINGLE).getInstance();
        node.setConfig("notify-keyspace-events", "KEA");
        var seen = new LinkedBlockingQueue<String>();
        var bucket = redis.<String>getBucket("ev");
        bucket.addListener((org.redisson.api.ExpiredObjectListener) name -> seen.add("expired " + name));
        bucket.addListener((org.redisson.api.listener.SetObjectListener) name -> seen.add("set " + name));
        bucket.set("1", Duration.ofMillis(20));
        Checks.equal(seen.poll(5, SECONDS), "set ev");
        Checks.equal(seen.poll(5, SECONDS), "expired ev");
        node.setConfig("notify-keyspace-events", "");
        Checks.equal(node.ping(), true);
        Checks.equal(node.info(org.redisson.api.redisnode.RedisNode.InfoSection.SERVER).get("redis_mode"), "standalone");
        Checks.equal(node.time().getSeconds() > 1_500_000_000, true);
    }

    static void connections() {
        redis.getScript().eval(RScript.Mode.READ_WRITE, "return 1", RScript.ReturnType.LONG);
        RedissonClient three = connect(Protocol.RESP3);
        Checks.equal(three.<String, String>getMap("m3").put("a", "1"), null);
        Checks.equal(three.getMap("m3").readAllMap(), Map.of("a", "1"));
        three.getScoredSortedSet("z3").add(1.5, "a");
        Checks.equal(three.getScoredSortedSet("z3").getScore("a"), 1.5);
        Checks.equal(three.getLock("l3").tryLock(), true);
        three.shutdown(0, 1, SECONDS);
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE).setPassword("wrong").setUsername("nobody");
        config.useSingleServer().setAddress("redis://127.0.0.1:" + Server.PORT).setDatabase(3).setRetryAttempts(0);
        Checks.fails("WRONGPASS", () -> Redisson.create(config));
        config.setUsername(null).setPassword(null);
        RedissonClient third = Redisson.create(config);
        third.getBucket("only3").set("x");
        Checks.equal(redis.getBucket("only3").isExists(), false);
        third.shutdown(0, 1, SECONDS);
    }

    static void remote() throws Exception {
        Config config = new Config();
        config.useSingleServer().setAddress("redis://127.0.0.1:" + Server.PORT);
        RedissonClient client = Redisson.create(config);
        client.getRemoteService("rs").register(java.util.function.IntUnaryOperator.class, n -> n + 1);
        var caller = client.getRemoteService("rs").get(java.util.function.IntUnaryOperator.class, 5, SECONDS);
        Checks.equal(caller.applyAsInt(41), 42);
        client.shutdown(0, 1, SECONDS);
    }

    static void cluster() throws Exception {
        Config config = new Config();
        config.setCodec(StringCodec.INSTANCE);
        config.useClusterServers().addNodeAddress("redis://127.0.0.1:" + Server.CLUSTER_PORT);
        RedissonClient client = Redisson.create(config);
        try {
            RBatch batch = client.createBatch();
            for (int i = 0; i < 300; i++) batch.getBucket("k" + i).setAsync("" + i);
            batch.execute();
            Checks.equal(client.getBucket("k77").get(), "77");
            Checks.equal(client.getKeys().count(), 300L);
            var lock = client.getLock("lock");
            Checks.equal(lock.tryLock(1, 5, SECONDS), true);
            lock.unlock();
            var arrived = new CountDownLatch(1);
            client.getShardedTopic("shard").addListener(String.class, (channel, message) -> arrived.countDown());
            client.getShardedTopic("shard").publish("hi");
            Checks.equal(arrived.await(5, SECONDS), true);
        } finally {
            client.shutdown(0, 1, SECONDS);
        }
    }
}
