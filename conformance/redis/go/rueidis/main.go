// rueidis: what an application does with it. It speaks RESP3, pipelines on its own, and keeps a
// cache on the client's side that the server invalidates.
package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/rueidis"

	. "parlel/conformance/checks"
	. "parlel/conformance/redis/server"
)

var (
	ctx = context.Background()
	rdb = connect(rueidis.ClientOption{})
)

func connect(option rueidis.ClientOption) rueidis.Client {
	if option.InitAddress == nil {
		option.InitAddress = []string{Addr}
		option.ForceSingleClient = true
	}
	return Must(rueidis.NewClient(option))
}

func text(client rueidis.Client, words ...string) string {
	reply := Must(client.Do(ctx, client.B().Arbitrary(words...).Build()).ToAny())
	return fmt.Sprint(reply)
}

func values() {
	Check("strings, hashes, sorted sets", func() {
		Ok(rdb.Do(ctx, rdb.B().Set().Key("k").Value("v").Ex(time.Minute).Build()).Error())
		Equal(Must(rdb.Do(ctx, rdb.B().Get().Key("k").Build()).ToString()), "v")
		Equal(rueidis.IsRedisNil(rdb.Do(ctx, rdb.B().Get().Key("none").Build()).Error()), true)
		Equal(rueidis.IsRedisNil(rdb.Do(ctx, rdb.B().Set().Key("k").Value("w").Nx().Build()).Error()), true)
		rdb.Do(ctx, rdb.B().Hset().Key("h").FieldValue().FieldValue("a", "1").FieldValue("b", "two").Build())
		Equal(Must(rdb.Do(ctx, rdb.B().Hgetall().Key("h").Build()).AsStrMap()), map[string]string{"a": "1", "b": "two"})
		rdb.Do(ctx, rdb.B().Zadd().Key("z").ScoreMember().ScoreMember(1.5, "a").ScoreMember(2, "b").Build())
		Equal(Must(rdb.Do(ctx, rdb.B().Zrange().Key("z").Min("0").Max("-1").Withscores().Build()).AsZScores()),
			[]rueidis.ZScore{{Member: "a", Score: 1.5}, {Member: "b", Score: 2}})
		Equal(Must(rdb.Do(ctx, rdb.B().Smismember().Key("none").Member("a", "b").Build()).AsIntSlice()), []int64{0, 0})
	})
	Check("binary and large values", func() {
		binary := string([]byte{0, 255, 13, 10, 0, 195, 40})
		Ok(rdb.Do(ctx, rdb.B().Set().Key("bin\x00\r\n").Value(binary).Build()).Error())
		Equal(Must(rdb.Do(ctx, rdb.B().Get().Key("bin\x00\r\n").Build()).ToString()), binary)
		large := Large()
		Ok(rdb.Do(ctx, rdb.B().Set().Key("large").Value(large).Build()).Error())
		Equal(Must(rdb.Do(ctx, rdb.B().Get().Key("large").Build()).ToString()) == large, true)
		rdb.Do(ctx, rdb.B().Del().Key("large").Build())
	})
	Check("a pipeline of 10,000 commands, and one of many goroutines", func() {
		var commands rueidis.Commands
		for i := 0; i < 10000; i++ {
			commands = append(commands, rdb.B().Incr().Key("p").Build())
		}
		replies := rdb.DoMulti(ctx, commands...)
		Equal(Must(replies[9999].AsInt64()), int64(10000))
		var all sync.WaitGroup
		for i := 0; i < 50; i++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for n := 0; n < 40; n++ {
					rdb.Do(ctx, rdb.B().Incr().Key("p").Build())
				}
			}()
		}
		all.Wait()
		Equal(Must(rdb.Do(ctx, rdb.B().Get().Key("p").Build()).AsInt64()), int64(12000))
	})
	Check("errors keep the server's text", func() {
		Fails(rdb.Do(ctx, rdb.B().Lpush().Key("k").Element("x").Build()).Error(), "WRONGTYPE Operation against a key")
		reply := rdb.Do(ctx, rdb.B().Arbitrary("NOSUCH", "x").Build()).Error()
		fault, is := rueidis.IsRedisErr(reply)
		Equal([]any{is, fault.Error()}, []any{true, "unknown command 'NOSUCH', with args beginning with: 'x' "})
	})
	Check("SCAN iterates over every key", func() {
		for i := 0; i < 300; i++ {
			rdb.Do(ctx, rdb.B().Set().Key(fmt.Sprint("it:", i)).Value("").Build())
		}
		seen := map[string]bool{}
		var page rueidis.ScanEntry
		for first := true; first || page.Cursor != 0; first = false {
			page = Must(rdb.Do(ctx, rdb.B().Scan().Cursor(page.Cursor).Match("it:*").Count(20).Build()).AsScanEntry())
			for _, key := range page.Elements {
				seen[key] = true
			}
		}
		Equal(len(seen), 300)
	})
	Check("expiry: PX, EXPIREAT, PERSIST, KEEPTTL", func() {
		rdb.Do(ctx, rdb.B().Set().Key("e").Value("1").Px(30*time.Millisecond).Build())
		Eventually(func() bool { return rueidis.IsRedisNil(rdb.Do(ctx, rdb.B().Get().Key("e").Build()).Error()) })
		rdb.Do(ctx, rdb.B().Set().Key("e").Value("1").Ex(time.Hour).Build())
		rdb.Do(ctx, rdb.B().Set().Key("e").Value("2").Keepttl().Build())
		Equal(Must(rdb.Do(ctx, rdb.B().Ttl().Key("e").Build()).AsInt64()) > 3500, true)
		rdb.Do(ctx, rdb.B().Persist().Key("e").Build())
		Equal(Must(rdb.Do(ctx, rdb.B().Ttl().Key("e").Build()).AsInt64()), int64(-1))
	})
}

func scripts() {
	Check("Lua scripts fall back from EVALSHA to EVAL", func() {
		rdb.Do(ctx, rdb.B().ScriptFlush().Build())
		script := rueidis.NewLuaScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
		for want := int64(1); want < 3; want++ {
			reply := Must(script.Exec(ctx, rdb, []string{"lua"}, []string{"a"}).ToArray())
			Equal(Must(reply[2].AsInt64()), want)
		}
		many := script.ExecMulti(ctx, rdb, rueidis.LuaExec{Keys: []string{"lua"}, Args: []string{"a"}},
			rueidis.LuaExec{Keys: []string{"lua"}, Args: []string{"b"}})
		Equal(Must(Must(many[1].ToArray())[2].AsInt64()), int64(4))
		readonly := rueidis.NewLuaScriptReadOnly("return redis.call('GET', KEYS[1])")
		Equal(Must(readonly.Exec(ctx, rdb, []string{"lua"}, nil).ToString()), "4")
	})
	Check("transactions with WATCH on a dedicated connection", func() {
		increment := func(disturb bool) error {
			return rdb.Dedicated(func(c rueidis.DedicatedClient) error {
				c.Do(ctx, c.B().Watch().Key("w").Build())
				if disturb {
					rdb.Do(ctx, rdb.B().Incr().Key("w").Build())
				}
				replies := c.DoMulti(ctx, c.B().Multi().Build(), c.B().Incrby().Key("w").Increment(10).Build(),
					c.B().Get().Key("w").Build(), c.B().Exec().Build())
				return replies[3].Error()
			})
		}
		Equal(rueidis.IsRedisNil(increment(true)), true)
		Ok(increment(false))
		Equal(text(rdb, "GET", "w"), "11")
	})
}

func waiting() {
	Check("blocking pops on connections of their own", func() {
		var got []string
		var mutex sync.Mutex
		var done sync.WaitGroup
		for i := 0; i < 3; i++ {
			done.Add(1)
			go func() {
				defer done.Done()
				pair, err := rdb.Do(ctx, rdb.B().Blpop().Key("q").Timeout(5).Build()).AsStrSlice()
				mutex.Lock()
				defer mutex.Unlock()
				if err == nil {
					got = append(got, pair[1])
				}
			}()
		}
		Eventually(func() bool {
			return text(rdb, "EVAL", "return redis.call('INFO','clients'):match('blocked_clients:(%d+)')", "0") == "3"
		})
		rdb.Do(ctx, rdb.B().Rpush().Key("q").Element("a", "b", "c").Build())
		done.Wait()
		slices.Sort(got)
		Equal(got, []string{"a", "b", "c"})
		Equal(rueidis.IsRedisNil(rdb.Do(ctx, rdb.B().Blmove().Source("q").Destination("r").Left().Right().Timeout(0.02).Build()).Error()), true)
	})
	Check("pub/sub: channels, patterns, shards", func() {
		seen := make(chan string, 16)
		listen, stop := context.WithCancel(ctx)
		defer stop()
		receive := func(command rueidis.Completed) {
			go rdb.Receive(listen, command, func(m rueidis.PubSubMessage) { seen <- m.Pattern + "|" + m.Channel + "|" + m.Message })
		}
		receive(rdb.B().Subscribe().Channel("c1", "c2").Build())
		receive(rdb.B().Psubscribe().Pattern("d*").Build())
		receive(rdb.B().Ssubscribe().Channel("s").Build())
		Eventually(func() bool {
			return Must(rdb.Do(ctx, rdb.B().Publish().Channel("c2").Message("probe").Build()).AsInt64()) == 1
		})
		Eventually(func() bool {
			return Must(rdb.Do(ctx, rdb.B().Publish().Channel("d1").Message("x").Build()).AsInt64()) == 1
		})
		Eventually(func() bool {
			return Must(rdb.Do(ctx, rdb.B().Spublish().Channel("s").Message("y").Build()).AsInt64()) == 1
		})
		got := []string{<-seen, <-seen, <-seen}
		slices.Sort(got)
		Equal(got, []string{"d*|d1|x", "|c2|probe", "|s|y"})
	})
	Check("keyspace notifications", func() {
		text(rdb, "CONFIG", "SET", "notify-keyspace-events", "KEA")
		defer text(rdb, "CONFIG", "SET", "notify-keyspace-events", "")
		patterns := func() int64 { return Must(rdb.Do(ctx, rdb.B().PubsubNumpat().Build()).AsInt64()) }
		before := patterns() // a Receive that is given up leaves its own behind
		events := make(chan string, 16)
		listen, stop := context.WithCancel(ctx)
		defer stop()
		go rdb.Receive(listen, rdb.B().Psubscribe().Pattern("__keyevent@0__:*").Build(),
			func(m rueidis.PubSubMessage) { events <- m.Channel + "=" + m.Message })
		Eventually(func() bool { return patterns() == before+1 })
		rdb.Do(ctx, rdb.B().Set().Key("n").Value("1").Px(20*time.Millisecond).Build())
		Equal([]string{<-events, <-events, <-events},
			[]string{"__keyevent@0__:set=n", "__keyevent@0__:expire=n", "__keyevent@0__:expired=n"})
	})
	Check("streams with a consumer group", func() {
		Ok(rdb.Do(ctx, rdb.B().XgroupCreate().Key("st").Group("g").Id("$").Mkstream().Build()).Error())
		for i := 0; i < 3; i++ {
			rdb.Do(ctx, rdb.B().Xadd().Key("st").Id("*").FieldValue().FieldValue("n", strconv.Itoa(i)).Build())
		}
		got := Must(rdb.Do(ctx, rdb.B().Xreadgroup().Group("g", "c").Count(2).Block(1000).Streams().Key("st").Id(">").Build()).AsXRead())
		Equal([]any{len(got["st"]), got["st"][1].FieldValues}, []any{2, map[string]string{"n": "1"}})
		pending := Must(rdb.Do(ctx, rdb.B().Xpending().Key("st").Group("g").Build()).ToArray())
		Equal(Must(pending[0].AsInt64()), int64(2))
		claimed := Must(rdb.Do(ctx, rdb.B().Xautoclaim().Key("st").Group("g").Consumer("d").MinIdleTime("0").Start("0").Build()).ToArray())
		Equal(len(Must(claimed[1].AsXRange())), 2)
		Equal(Must(rdb.Do(ctx, rdb.B().Xack().Key("st").Group("g").Id(got["st"][0].ID, got["st"][1].ID).Build()).AsInt64()), int64(2))
		Equal(Must(rdb.Do(ctx, rdb.B().XinfoGroups().Key("st").Build()).ToArray())[0].Error(), nil)
	})
}

func caching() {
	Check("client-side caching: hits until another client writes", func() {
		other := connect(rueidis.ClientOption{DisableCache: true})
		defer other.Close()
		text(other, "SET", "cached", "1")
		get := func() (string, bool) {
			reply := rdb.DoCache(ctx, rdb.B().Get().Key("cached").Cache(), time.Minute)
			return Must(reply.ToString()), reply.IsCacheHit()
		}
		value, hit := get()
		Equal([]any{value, hit}, []any{"1", false})
		value, hit = get()
		Equal([]any{value, hit}, []any{"1", true})
		text(other, "SET", "cached", "2")
		Eventually(func() bool { value, _ = get(); return value == "2" })
		text(other, "FLUSHALL")
		Eventually(func() bool {
			return rueidis.IsRedisNil(rdb.DoCache(ctx, rdb.B().Get().Key("cached").Cache(), time.Minute).Error())
		})
	})
	Check("client-side caching: many keys, MGET, hashes, broadcast", func() {
		broadcast := connect(rueidis.ClientOption{ClientTrackingOptions: []string{"PREFIX", "user:", "BCAST"}})
		defer broadcast.Close()
		for _, client := range []rueidis.Client{rdb, broadcast} {
			text(client, "MSET", "user:1", "a", "user:2", "b")
			text(client, "HSET", "user:h", "f", "v")
			multi := client.DoMultiCache(ctx, rueidis.CT(client.B().Get().Key("user:1").Cache(), time.Minute),
				rueidis.CT(client.B().Hgetall().Key("user:h").Cache(), time.Minute))
			Equal(Must(multi[1].AsStrMap()), map[string]string{"f": "v"})
			got := Must(rueidis.MGetCache(client, ctx, time.Minute, []string{"user:1", "user:2", "user:3"}))
			second := got["user:2"]
			Equal(Must(second.ToString()), "b")
			text(rdb, "DEL", "user:2")
			Eventually(func() bool {
				return rueidis.IsRedisNil(client.DoCache(ctx, client.B().Get().Key("user:2").Cache(), time.Minute).Error())
			})
		}
	})
	Check("client-side caching: OPTIN's push arrives through flushes and expiry", func() {
		flushed := make(chan []rueidis.RedisMessage, 16)
		client := connect(rueidis.ClientOption{OnInvalidations: func(keys []rueidis.RedisMessage) { flushed <- keys }})
		defer client.Close()
		text(rdb, "SET", "o", "1", "PX", "40")
		client.DoCache(ctx, client.B().Get().Key("o").Cache(), time.Minute)
		keys := <-flushed
		Equal(Must(keys[0].ToString()), "o")
		text(rdb, "FLUSHDB")
		Equal(<-flushed == nil, true)
	})
}

func connections() {
	Check("users, names, databases, library names", func() {
		text(rdb, "ACL", "SETUSER", "ann", "on", ">pw", "~ann:*", "&*", "+@all", "-flushall")
		defer rdb.Do(ctx, rdb.B().Arbitrary("ACL", "DELUSER", "ann").Build())
		two := connect(rueidis.ClientOption{Username: "ann", Password: "pw", ClientName: "two", SelectDB: 3,
			ClientSetInfo: []string{"checks", "1.0"}})
		defer two.Close()
		Equal(text(two, "CLIENT", "GETNAME"), "two")
		Equal(text(two, "ACL", "WHOAMI"), "ann")
		Ok(two.Do(ctx, two.B().Set().Key("ann:1").Value("x").Build()).Error())
		Fails(two.Do(ctx, two.B().Set().Key("bob:1").Value("x").Build()).Error(), "NOPERM")
		Fails(two.Do(ctx, two.B().Flushall().Build()).Error(), "NOPERM")
		Equal(rueidis.IsRedisNil(rdb.Do(ctx, rdb.B().Get().Key("ann:1").Build()).Error()), true)
		_, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{Addr}, Username: "ann", Password: "no"})
		Fails(err, "WRONGPASS")
	})
	Check("RESP2, a deadline that passes, a connection killed", func() {
		two := connect(rueidis.ClientOption{AlwaysRESP2: true, DisableCache: true, ClientName: "victim"})
		defer two.Close()
		Equal(text(two, "ECHO", "hi"), "hi")
		short, stop := context.WithTimeout(ctx, 30*time.Millisecond)
		defer stop()
		Equal(errors.Is(two.Do(short, two.B().Blpop().Key("never").Timeout(1).Build()).Error(), context.DeadlineExceeded), true)
		id := Must(two.Do(ctx, two.B().ClientId().Build()).AsInt64())
		rdb.Do(ctx, rdb.B().Arbitrary("CLIENT", "KILL", "ID", strconv.FormatInt(id, 10)).Build())
		Eventually(func() bool { return two.Do(ctx, two.B().Ping().Build()).Error() == nil })
	})
}

func cluster() {
	Check("cluster: slots, pipelines over slots, hash tags, caching", func() {
		c := connect(rueidis.ClientOption{InitAddress: []string{ClusterAddr}, ShuffleInit: true})
		defer c.Close()
		var commands rueidis.Commands
		for i := 0; i < 500; i++ {
			commands = append(commands, c.B().Set().Key(fmt.Sprint("k", i)).Value(strconv.Itoa(i)).Build())
		}
		for _, reply := range c.DoMulti(ctx, commands...) {
			Ok(reply.Error())
		}
		got := Must(rueidis.MGet(c, ctx, []string{"k1", "k200", "k499"}))
		last := got["k499"]
		Equal(Must(last.ToString()), "499")
		Equal(Must(c.Do(ctx, c.B().Get().Key("k7").Build()).ToString()), "7")
		Equal(Must(c.DoCache(ctx, c.B().Get().Key("k8").Cache(), time.Minute).ToString()), "8")
		Ok(c.Do(ctx, c.B().Mset().KeyValue().KeyValue("{t}a", "1").KeyValue("{t}b", "2").Build()).Error())
		Equal(len(c.Nodes()), 1)
		script := rueidis.NewLuaScript("return redis.call('GET', KEYS[1])")
		Equal(Must(script.Exec(ctx, c, []string{"{t}a"}, nil).ToString()), "1")
	})
}

func main() {
	values()
	scripts()
	waiting()
	caching()
	connections()
	cluster()
	Close()
}
