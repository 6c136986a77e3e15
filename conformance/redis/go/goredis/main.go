// go-redis: what an application does with it.
package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	. "parlel/conformance/checks"
	. "parlel/conformance/redis/server"
)

var (
	ctx = context.Background()
	rdb = redis.NewClient(&redis.Options{Addr: Addr})
)

func data() {
	Check("strings, hashes, sorted sets", func() {
		Equal(Must(rdb.Set(ctx, "k", "v", time.Minute).Result()), "OK")
		Equal(Must(rdb.SetNX(ctx, "k", "w", 0).Result()), false)
		Equal(rdb.Get(ctx, "none").Err(), redis.Nil)
		Must(rdb.HSet(ctx, "h", "a", 1, "b", "two").Result())
		var h struct {
			A int    `redis:"a"`
			B string `redis:"b"`
		}
		if err := rdb.HGetAll(ctx, "h").Scan(&h); err != nil {
			panic(err)
		}
		Equal([]any{h.A, h.B}, []any{1, "two"})
		Must(rdb.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "a"}, redis.Z{Score: 2, Member: "b"}).Result())
		Equal(Must(rdb.ZRevRangeWithScores(ctx, "z", 0, -1).Result()), []redis.Z{{Score: 2, Member: "b"}, {Score: 1.5, Member: "a"}})
		Equal(Must(rdb.ZScore(ctx, "z", "a").Result()), 1.5)
	})
	Check("pipelines and transactions", func() {
		pipe := rdb.Pipeline()
		last := pipe.Incr(ctx, "p")
		for i := 0; i < 1000; i++ {
			last = pipe.Incr(ctx, "p")
		}
		Must(pipe.Exec(ctx))
		Equal(last.Val(), int64(1001))
		replies := Must(rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "t", 1, 0)
			p.Incr(ctx, "t")
			return nil
		}))
		Equal(replies[1].(*redis.IntCmd).Val(), int64(2))
	})
	Check("WATCH: a conflict is told, a retry wins", func() {
		rdb.Set(ctx, "w", 1, 0)
		attempts := 0
		increment := func(tx *redis.Tx) error {
			n := Must(tx.Get(ctx, "w").Int())
			if attempts++; attempts == 1 {
				rdb.Incr(ctx, "w")
			}
			_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, "w", n+10, 0).Err() })
			return err
		}
		Equal(rdb.Watch(ctx, increment, "w"), redis.TxFailedErr)
		Equal(rdb.Watch(ctx, increment, "w"), nil)
		Equal(Must(rdb.Get(ctx, "w").Int()), 12)
	})
	Check("scripts fall back from EVALSHA to EVAL", func() {
		rdb.ScriptFlush(ctx)
		script := redis.NewScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
		Equal(Must(script.Run(ctx, rdb, []string{"s"}, 5).Int()), 5)
		Equal(Must(script.Run(ctx, rdb, []string{"s"}, 5).Int()), 10)
	})
	Check("scan iterator", func() {
		for i := 0; i < 300; i++ {
			rdb.Set(ctx, fmt.Sprintf("it:%d", i), "", 0)
		}
		seen := map[string]bool{}
		for it := rdb.Scan(ctx, 0, "it:*", 20).Iterator(); it.Next(ctx); {
			seen[it.Val()] = true
		}
		Equal(len(seen), 300)
	})
	Check("errors keep the server's text", func() {
		rdb.Set(ctx, "e", "x", 0)
		Equal(rdb.LPush(ctx, "e", 1).Err().Error(), "WRONGTYPE Operation against a key holding the wrong kind of value")
	})
}

func waiting() {
	Check("blocking pops across goroutines", func() {
		var mutex sync.Mutex
		var got []string
		var done sync.WaitGroup
		for i := 0; i < 3; i++ {
			done.Add(1)
			go func() {
				defer done.Done()
				pair, err := rdb.BLPop(ctx, 5*time.Second, "q").Result()
				mutex.Lock()
				defer mutex.Unlock()
				if err == nil {
					got = append(got, pair[1])
				}
			}()
		}
		Eventually(func() bool { return strings.Contains(rdb.Info(ctx, "clients").Val(), "blocked_clients:3") })
		rdb.RPush(ctx, "q", "a", "b", "c")
		done.Wait()
		sort.Strings(got)
		Equal(got, []string{"a", "b", "c"})
		Equal(rdb.BLPop(ctx, time.Second, "q").Err(), redis.Nil)
	})
	Check("pub/sub with channels and patterns", func() {
		sub := rdb.PSubscribe(ctx, "c*")
		defer sub.Close()
		Must(sub.Receive(ctx))
		if err := sub.Subscribe(ctx, "d"); err != nil {
			panic(err)
		}
		Must(sub.Receive(ctx))
		rdb.Publish(ctx, "c1", "one")
		rdb.Publish(ctx, "d", "two")
		messages := sub.Channel()
		first, second := <-messages, <-messages
		Equal([]string{first.Pattern, first.Channel, first.Payload, second.Channel, second.Payload}, []string{"c*", "c1", "one", "d", "two"})
	})
	Check("streams with a consumer group", func() {
		Must(rdb.XGroupCreateMkStream(ctx, "st", "g", "$").Result())
		id := Must(rdb.XAdd(ctx, &redis.XAddArgs{Stream: "st", Values: map[string]any{"n": 1}}).Result())
		got := Must(rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{"st", ">"}, Block: time.Second}).Result())
		Equal([]any{got[0].Messages[0].ID, got[0].Messages[0].Values["n"]}, []any{id, "1"})
		Equal(Must(rdb.XPending(ctx, "st", "g").Result()).Count, int64(1))
		Equal(Must(rdb.XAck(ctx, "st", "g", id).Result()), int64(1))
		Equal(Must(rdb.XInfoGroups(ctx, "st").Result())[0].LastDeliveredID, id)
	})
	Check("RESP2 and a password", func() {
		rdb.Do(ctx, "ACL", "SETUSER", "ann", "on", ">pw", "~*", "+@all")
		two := redis.NewClient(&redis.Options{Addr: Addr, Protocol: 2, Username: "ann", Password: "pw", DB: 3, ClientName: "two"})
		defer two.Close()
		Equal(Must(two.ClientGetName(ctx).Result()), "two")
		Equal(Must(two.Do(ctx, "ACL", "WHOAMI").Text()), "ann")
		wrong := redis.NewClient(&redis.Options{Addr: Addr, Username: "ann", Password: "no", MaxRetries: -1})
		defer wrong.Close()
		Equal(strings.HasPrefix(wrong.Ping(ctx).Err().Error(), "WRONGPASS"), true)
		rdb.Do(ctx, "ACL", "DELUSER", "ann")
	})
}

func more() {
	Check("binary, large and many values", func() {
		binary := string([]byte{0, 255, 13, 10, 0, 195, 40})
		rdb.Set(ctx, "bin\x00\r\n", binary, 0)
		Equal(Must(rdb.Get(ctx, "bin\x00\r\n").Result()), binary)
		large := Large()
		Ok(rdb.Set(ctx, "large", large, 0).Err())
		Equal(Must(rdb.Get(ctx, "large").Result()) == large, true)
		Equal(Must(rdb.GetRange(ctx, "large", -3, -1).Result()), "hij")
		rdb.Unlink(ctx, "large")
		pipe := rdb.Pipeline()
		for i := 0; i < 10000; i++ {
			pipe.RPush(ctx, "many", i)
		}
		replies := Must(pipe.Exec(ctx))
		Equal(replies[9999].(*redis.IntCmd).Val(), int64(10000))
		Equal(len(Must(rdb.LRange(ctx, "many", 0, -1).Result())), 10000)
	})
	Check("expiry: of keys, with conditions, of hash fields' kin", func() {
		rdb.Set(ctx, "e", 1, 30*time.Millisecond)
		Eventually(func() bool { return rdb.Exists(ctx, "e").Val() == 0 })
		rdb.Set(ctx, "e", 1, time.Hour)
		Equal(Must(rdb.ExpireLT(ctx, "e", 2*time.Hour).Result()), false)
		Equal(Must(rdb.ExpireGT(ctx, "e", 2*time.Hour).Result()), true)
		Equal(Must(rdb.GetEx(ctx, "e", time.Minute).Result()), "1")
		Equal(Must(rdb.TTL(ctx, "e").Result()), time.Minute)
		Equal(Must(rdb.ExpireTime(ctx, "e").Result()) > 0, true)
		Equal(Must(rdb.TTL(ctx, "none").Result()), time.Duration(-2))
	})
	Check("keyspace notifications", func() {
		rdb.ConfigSet(ctx, "notify-keyspace-events", "Ex")
		defer rdb.ConfigSet(ctx, "notify-keyspace-events", "")
		sub := rdb.Subscribe(ctx, "__keyevent@0__:expired")
		defer sub.Close()
		Must(sub.Receive(ctx))
		rdb.Set(ctx, "gone", 1, 10*time.Millisecond)
		Equal((<-sub.Channel()).Payload, "gone")
	})
	Check("functions, COMMAND, CLIENT and INFO are parsed", func() {
		Must(rdb.FunctionLoadReplace(ctx, "#!lua name=lib\nredis.register_function('twice', function(k, a) return 2 * a[1] end)").Result())
		Equal(Must(rdb.FCall(ctx, "twice", nil, 21).Int()), 42)
		Equal(Must(rdb.FunctionList(ctx, redis.FunctionListQuery{WithCode: true}).Result())[0].Name, "lib")
		rdb.FunctionFlush(ctx)
		Equal(rdb.Command(ctx).Val()["mset"].StepCount, int8(2))
		Equal(Must(rdb.CommandGetKeys(ctx, "MSET", "a", 1, "b", 2).Result()), []string{"a", "b"})
		Equal(Must(rdb.ClientInfo(ctx).Result()).DB, 0)
		Equal(Must(rdb.InfoMap(ctx, "server").Result())["Server"]["redis_mode"], "standalone")
		Equal(len(Must(rdb.SlowLogGet(ctx, 1).Result())) <= 1, true)
		Equal(Must(rdb.ACLDryRun(ctx, "default", "get", "k").Result()), "OK")
	})
	Check("streams: claims, pending entries, trimming, details", func() {
		for i := 1; i <= 5; i++ {
			rdb.XAdd(ctx, &redis.XAddArgs{Stream: "s2", ID: fmt.Sprint(i, "-0"), Values: []any{"n", i}})
		}
		Must(rdb.XGroupCreate(ctx, "s2", "g", "0").Result())
		Must(rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "a", Streams: []string{"s2", ">"}, Count: 3}).Result())
		Equal(Must(rdb.XPendingExt(ctx, &redis.XPendingExtArgs{Stream: "s2", Group: "g", Start: "-", End: "+", Count: 9}).Result())[2].Consumer, "a")
		entries, next, err := rdb.XAutoClaim(ctx, &redis.XAutoClaimArgs{Stream: "s2", Group: "g", Consumer: "b", Start: "0", Count: 2}).Result()
		Equal([]any{len(entries), next, err}, []any{2, "3-0", nil})
		Equal(Must(rdb.XClaimJustID(ctx, &redis.XClaimArgs{Stream: "s2", Group: "g", Consumer: "b", Messages: []string{"3-0"}}).Result()), []string{"3-0"})
		full := Must(rdb.XInfoStreamFull(ctx, "s2", 10).Result())
		Equal([]any{full.Groups[0].PelCount, len(full.Entries), full.Groups[0].Consumers[1].Name}, []any{int64(3), 5, "b"})
		Equal(Must(rdb.XInfoGroups(ctx, "s2").Result())[0].Lag, int64(2))
		Equal(Must(rdb.XTrimMaxLen(ctx, "s2", 2).Result()), int64(3))
	})
	Check("a lock, a rate limiter, a leaderboard", func() {
		Equal(Must(rdb.SetNX(ctx, "lock", "me", time.Second).Result()), true)
		Equal(Must(rdb.SetNX(ctx, "lock", "you", time.Second).Result()), false)
		release := redis.NewScript("if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0")
		Equal(Must(release.Run(ctx, rdb, []string{"lock"}, "you").Int()), 0)
		Equal(Must(release.Run(ctx, rdb, []string{"lock"}, "me").Int()), 1)
		limit := redis.NewScript("local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return n <= tonumber(ARGV[1])")
		passed := 0
		for i := 0; i < 5; i++ {
			if ok, _ := limit.Run(ctx, rdb, []string{"rate"}, 3, 60000).Bool(); ok {
				passed++
			}
		}
		Equal(passed, 3)
		for i, name := range []string{"x", "y", "z"} {
			rdb.ZAdd(ctx, "board", redis.Z{Score: float64(i), Member: name})
		}
		Equal(Must(rdb.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{Key: "board", Start: 0, Stop: 1, Rev: true}).Result())[0].Member, "z")
	})
	Check("a deadline that passes, a connection killed, a small pool", func() {
		small := redis.NewClient(&redis.Options{Addr: Addr, PoolSize: 2, MaxRetries: 3, ContextTimeoutEnabled: true})
		defer small.Close()
		short, stop := context.WithTimeout(ctx, 30*time.Millisecond)
		defer stop()
		Equal(small.BLPop(short, time.Second, "never").Err() != nil, true)
		id := Must(small.ClientID(ctx).Result())
		rdb.ClientKillByFilter(ctx, "ID", fmt.Sprint(id))
		Equal(Must(small.Ping(ctx).Result()), "PONG")
		var all sync.WaitGroup
		for i := 0; i < 20; i++ {
			all.Add(1)
			go func() { defer all.Done(); Must(small.Incr(ctx, "small").Result()) }()
		}
		all.Wait()
		Equal(Must(small.Get(ctx, "small").Int()), 20)
	})
	Check("cluster: keys, pipelines, transactions, scripts, pub/sub, scanning", func() {
		c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{ClusterAddr}})
		defer c.Close()
		pipe := c.Pipeline()
		for i := 0; i < 500; i++ {
			pipe.Set(ctx, fmt.Sprint("k", i), i, 0)
		}
		Must(pipe.Exec(ctx))
		Equal(Must(c.Get(ctx, "k499").Int()), 499)
		Fails(c.Do(ctx, "MSET", "a", 1, "b", 2).Err(), "CROSSSLOT")
		Ok(c.Watch(ctx, func(tx *redis.Tx) error {
			_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Incr(ctx, "{t}a").Err() })
			return err
		}, "{t}a"))
		script := redis.NewScript("return redis.call('GET', KEYS[1])")
		Equal(Must(script.Run(ctx, c, []string{"{t}a"}).Text()), "1")
		sub := c.SSubscribe(ctx, "shard")
		defer sub.Close()
		Must(sub.Receive(ctx))
		Equal(Must(c.SPublish(ctx, "shard", "hi").Result()), int64(1))
		Equal((<-sub.Channel()).Payload, "hi")
		var mutex sync.Mutex
		seen := 0
		Ok(c.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
			mutex.Lock()
			defer mutex.Unlock()
			for it := node.Scan(ctx, 0, "k*", 50).Iterator(); it.Next(ctx); {
				seen++
			}
			return nil
		}))
		Equal(seen, 500)
		Equal(strings.Contains(Must(c.ClusterInfo(ctx).Result()), "cluster_state:ok"), true)
		Equal(Must(c.ClusterSlots(ctx).Result())[0].End, 16383)
		Equal(len(Must(c.ClusterShards(ctx).Result())), 1)
	})
}

func main() {
	data()
	waiting()
	more()
	Close()
}
