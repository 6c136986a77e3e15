# redis-rb: what an application does with it. REDIS_PORT names the server, REDIS_CLUSTER_PORT one in
# cluster mode, CHECK_FILTER a piece of the names wanted.
require "redis"
require "digest/sha1"
require_relative "../../ruby/checks"

PORT = Integer(ENV.fetch("REDIS_PORT"))

def check_arguments
  [connect]
end

def connect(**options)
  Redis.new(port: PORT, **options)
end

# The call fails with an error whose message contains the text.
def refused(text)
  yield
rescue Redis::BaseError => error
  raise "error #{error.message.inspect} lacks #{text.inspect}" unless error.message.include?(text)
else
  raise "no error with #{text.inspect}"
end

check "strings, hashes, sets, sorted sets, lists" do |r|
  equal r.set("k", "v", ex: 60), "OK"
  equal r.set("k", "w", nx: true), false
  equal r.set("k", "x", get: true), "v"
  equal r.mget("k", "none"), ["x", nil]
  equal r.mapped_mget("k", "none"), { "k" => "x", "none" => nil }
  r.hset("h", "a" => 1, "b" => "two")
  equal r.hgetall("h"), { "a" => "1", "b" => "two" }
  equal r.hincrbyfloat("h", "a", 0.5), 1.5
  equal r.sadd?("s", "a"), true
  equal r.smismember("s", "a", "b"), [true, false]
  r.zadd("z", [[1.5, "a"], [2, "b"], ["inf", "c"]])
  equal r.zrange("z", 0, -1, with_scores: true), [["a", 1.5], ["b", 2.0], ["c", Float::INFINITY]]
  equal r.zrangebyscore("z", "(1.5", "+inf", limit: [0, 1]), ["b"]
  equal r.zmscore("z", "a", "none"), [1.5, nil]
  r.rpush("l", %w[a b c])
  equal r.lmove("l", "l2", "LEFT", "RIGHT"), "a"
  equal r.lpop("l", 2), %w[b c]
  r.geoadd("g", 13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")
  equal r.geodist("g", "Palermo", "Catania", "km").to_f.round, 166
  r.pfadd("hll", %w[a b a])
  equal r.pfcount("hll"), 2
  equal r.bitcount("k"), 4
end

check "binary and large values" do |r|
  key = "bin\x00\r\n".b
  value = (0..255).to_a.pack("C*")
  r.set(key, value)
  equal r.get(key).b, value
  large = "0123456789" * 5_000_000
  r.set("large", large)
  equal r.get("large") == large, true
  equal r.getrange("large", -3, -1), "789"
  r.unlink("large")
end

check "a pipeline of 10,000 commands; futures" do |r|
  future = nil
  replies = r.pipelined do |pipe|
    9_999.times { pipe.incr("p") }
    future = pipe.get("p")
  end
  equal [replies.size, replies[9_998], future.value], [10_000, 9_999, "9999"]
  refused("WRONGTYPE") { r.pipelined { |pipe| pipe.lpush("p", "x"); pipe.get("p") } }
end

check "transactions with WATCH" do |r|
  other = connect
  lost = r.watch("w") do
    other.incr("w")
    r.multi { |tx| tx.incr("w") }
  end
  equal lost, nil
  won = r.watch("w") { r.multi { |tx| tx.set("w", 5); tx.incr("w") } }
  equal won, ["OK", 6]
  begin
    r.multi { |tx| tx.set("w", 9); raise "changed my mind" }
  rescue RuntimeError
    equal r.get("w"), "6"
  end
  refused("WRONGTYPE") { r.multi { |tx| tx.lpush("w", 1) } }
end

check "scripts fall back from EVALSHA to EVAL" do |r|
  text = "return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}"
  digest = Digest::SHA1.hexdigest(text)
  r.script(:flush)
  refused("NOSCRIPT No matching script") { r.evalsha(digest, ["lua"], ["a"]) }
  equal r.eval(text, ["lua"], ["a"]), ["lua", "a", 1]
  equal r.evalsha(digest, keys: ["lua"], argv: ["b"]), ["lua", "b", 2]
  equal r.script(:exists, [digest, "0" * 40]), [true, false]
  equal r.script(:load, "return 1"), Digest::SHA1.hexdigest("return 1")
end

check "scanning keys, hashes, sets, sorted sets" do |r|
  300.times { |i| r.set("it:#{i}", ""); r.hset("fields", i, i); r.zadd("scores", i, i); r.sadd?("members", "m#{i}") }
  equal r.scan_each(match: "it:*", count: 20).to_a.uniq.size, 300
  equal r.scan_each(type: "zset").to_a.include?("scores"), true
  equal r.hscan_each("fields").to_a.uniq.size, 300
  equal r.zscan_each("scores").to_a.uniq.size, 300
  equal r.sscan_each("members", count: 7).to_a.uniq.size, 300
end

check "expiry and keyspace notifications" do |r|
  r.config(:set, "notify-keyspace-events", "KEA")
  seen = Queue.new
  listener = Thread.new do
    connect.psubscribe("__keyevent@0__:*") do |on|
      on.psubscribe { seen << "ready" }
      on.pmessage { |_pattern, channel, message| seen << "#{channel[/\w+$/]} #{message}" }
    end
  end
  equal seen.pop, "ready"
  r.set("n", 1, px: 20)
  equal [seen.pop, seen.pop, seen.pop], ["set n", "expire n", "expired n"]
  listener.kill
  r.config(:set, "notify-keyspace-events", "")
  r.set("ttl", 1)
  equal [r.expire("ttl", 100), r.ttl("ttl"), r.persist("ttl"), r.pttl("ttl")], [true, 100, true, -1]
  equal r.getex("ttl", ex: 50), "1"
  equal r.expire("ttl", 10, nx: true), false
end

check "pub/sub with channels and patterns" do |r|
  seen = Queue.new
  listener = Thread.new do
    connect.subscribe("c1", "c2") do |on|
      on.subscribe { |channel, count| seen << "+#{channel} #{count}" }
      on.message { |channel, message| seen << "#{channel}=#{message}" }
    end
  end
  equal [seen.pop, seen.pop], ["+c1 1", "+c2 2"]
  equal r.publish("c2", "x\x00y"), 1
  equal seen.pop, "c2=x\x00y"
  equal r.pubsub(:numsub, "c1", "none"), ["c1", 1, "none", 0]
  listener.kill
  leaver = Thread.new do
    connect.subscribe("q") { |on| on.message { |_, m| Thread.exit if m == "quit" } }
  end
  eventually { r.publish("q", "quit") == 1 }
  leaver.join(5)
end

check "blocking pops" do |r|
  popped = Thread.new { connect.blpop("q1", "q2", timeout: 5) }
  eventually { r.info("clients")["blocked_clients"] == "1" }
  r.rpush("q2", "job")
  equal popped.value, %w[q2 job]
  equal r.brpoplpush("none", "other", timeout: 0.02), nil
  best = Thread.new { connect.bzpopmin("bz", timeout: 5) }
  eventually { r.info("clients")["blocked_clients"] == "1" }
  r.zadd("bz", 3, "m")
  equal best.value, ["bz", "m", 3.0]
end

check "streams with a consumer group" do |r|
  r.xgroup(:create, "st", "g", "$", mkstream: true)
  first = r.xadd("st", { n: 1 })
  r.xadd("st", { n: 2 }, maxlen: 100, approximate: true)
  got = r.xreadgroup("g", "c", "st", ">", count: 5, block: 1000)
  equal got["st"].map(&:last), [{ "n" => "1" }, { "n" => "2" }]
  equal r.xpending("st", "g")["size"], 2
  equal r.xpending("st", "g", "-", "+", 10).first["consumer"], "c"
  equal r.xautoclaim("st", "g", "d", 0, "0-0", count: 1)["entries"].size, 1
  equal r.xclaim("st", "g", "d", 0, [first], justid: true), [first]
  equal r.xack("st", "g", first), 1
  equal r.xinfo(:groups, "st").first["consumers"], 2
  equal r.xinfo(:stream, "st")["length"], 2
  equal r.xrange("st", "-", "+", count: 1).size, 1
end

check "users, names, databases" do |r|
  r.call("ACL", "SETUSER", "ann", "on", ">pw", "~ann:*", "+@all", "-flushall")
  two = connect(username: "ann", password: "pw", db: 3, id: "two")
  equal two.call("ACL", "WHOAMI"), "ann"
  two.set("ann:1", "x")
  refused("NOPERM") { two.set("bob:1", "x") }
  refused("NOPERM") { two.flushall }
  equal r.exists?("ann:1"), false
  refused("WRONGPASS") { connect(username: "ann", password: "no").ping }
  two.client(:setname, "two")
  equal two.client(:getname), "two"
  equal r.client(:list).any? { |row| row["name"] == "two" && row["user"] == "ann" }, true
  r.call("ACL", "DELUSER", "ann")
  equal connect(url: "redis://127.0.0.1:#{PORT}/5").call("CLIENT", "INFO")[/ db=(\d+)/, 1], "5"
end

check "timeouts, connections killed, errors" do |r|
  slow = connect(read_timeout: 0.05, reconnect_attempts: 0)
  begin
    slow.call("BLPOP", "none", 1)
    raise "no timeout"
  rescue Redis::TimeoutError
    equal slow.ping, "PONG"
  end
  victim = connect
  id = victim.call("CLIENT", "ID")
  r.call("CLIENT", "KILL", "ID", id)
  equal victim.ping, "PONG"
  refused("WRONGTYPE Operation against a key holding the wrong kind of value") { r.lpush("k", "x") }
  refused("ERR unknown command 'NOSUCH', with args beginning with: 'x'") { r.call("NOSUCH", "x") }
  r.without_reconnect { equal r.ping("hi"), "hi" }
end

check "a lock that is released by its owner alone" do |r|
  release = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
  equal r.set("lock", "me", nx: true, px: 5000), true
  equal r.set("lock", "you", nx: true, px: 5000), false
  equal r.eval(release, ["lock"], ["you"]), 0
  equal r.eval(release, ["lock"], ["me"]), 1
end

check "MONITOR, SLOWLOG, INFO, OBJECT, SORT, DUMP" do |r|
  seen = Queue.new
  spy = Thread.new { connect.monitor { |line| seen << line } }
  equal seen.pop, "OK"
  r.set("m", "a\"b")
  line = seen.pop until line&.include?("set")
  equal line[/\].*/], "] \"set\" \"m\" \"a\\\"b\""
  spy.kill
  equal r.slowlog(:get).is_a?(Array), true
  equal r.info["redis_mode"], "standalone"
  equal r.object(:encoding, "m"), "embstr"
  r.rpush("nums", [3, 1, 2])
  equal r.sort("nums", order: "desc", limit: [0, 2]), %w[3 2]
  r.restore("m2", 0, r.dump("m"))
  equal r.get("m2"), "a\"b"
  equal r.time.size, 2
end

check "cluster" do |_|
  c = Redis.new(cluster: ["redis://127.0.0.1:#{ENV.fetch("REDIS_CLUSTER_PORT")}"])
  100.times { |i| c.set("k#{i}", i) }
  equal c.get("k77"), "77"
  equal c.mget("{t}a", "{t}b"), [nil, nil]
  equal c.cluster(:info)["cluster_state"], "ok"
  equal c.scan_each(match: "k*").to_a.uniq.size, 100
  equal c.pipelined { |pipe| pipe.set("{t}a", 1); pipe.get("{t}a") }, %w[OK 1]
end

close_checks
