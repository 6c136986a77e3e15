// go-redis: what an application does with it. REDIS_PORT names the server, CHECK_FILTER the checks.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	ctx    = context.Background()
	addr   = "127.0.0.1:" + os.Getenv("REDIS_PORT")
	rdb    = redis.NewClient(&redis.Options{Addr: addr})
	failed = 0
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func equal(got, wanted any) {
	if !reflect.DeepEqual(got, wanted) {
		panic(fmt.Errorf("got %#v, wanted %#v", got, wanted))
	}
}

func eventually(probe func() bool) {
	for deadline := time.Now().Add(5 * time.Second); !probe(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			panic(errors.New("it did not happen in time"))
		}
	}
}

func check(name string, run func()) {
	if !strings.Contains(name, os.Getenv("CHECK_FILTER")) {
		return
	}
	defer func() {
		if trouble := recover(); trouble != nil {
			failed++
			fmt.Printf("FAIL %s: %s\n", name, strings.ReplaceAll(fmt.Sprint(trouble), "\n", " "))
			return
		}
		fmt.Println("ok " + name)
	}()
	run()
}

func data() {
	check("strings, hashes, sorted sets", func() {
		equal(must(rdb.Set(ctx, "k", "v", time.Minute).Result()), "OK")
		equal(must(rdb.SetNX(ctx, "k", "w", 0).Result()), false)
		equal(rdb.Get(ctx, "none").Err(), redis.Nil)
		must(rdb.HSet(ctx, "h", "a", 1, "b", "two").Result())
		var h struct {
			A int    `redis:"a"`
			B string `redis:"b"`
		}
		if err := rdb.HGetAll(ctx, "h").Scan(&h); err != nil {
			panic(err)
		}
		equal([]any{h.A, h.B}, []any{1, "two"})
		must(rdb.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "a"}, redis.Z{Score: 2, Member: "b"}).Result())
		equal(must(rdb.ZRevRangeWithScores(ctx, "z", 0, -1).Result()), []redis.Z{{Score: 2, Member: "b"}, {Score: 1.5, Member: "a"}})
		equal(must(rdb.ZScore(ctx, "z", "a").Result()), 1.5)
	})
	check("pipelines and transactions", func() {
		pipe := rdb.Pipeline()
		last := pipe.Incr(ctx, "p")
		for i := 0; i < 1000; i++ {
			last = pipe.Incr(ctx, "p")
		}
		must(pipe.Exec(ctx))
		equal(last.Val(), int64(1001))
		replies := must(rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "t", 1, 0)
			p.Incr(ctx, "t")
			return nil
		}))
		equal(replies[1].(*redis.IntCmd).Val(), int64(2))
	})
	check("WATCH: a conflict is told, a retry wins", func() {
		rdb.Set(ctx, "w", 1, 0)
		attempts := 0
		increment := func(tx *redis.Tx) error {
			n := must(tx.Get(ctx, "w").Int())
			if attempts++; attempts == 1 {
				rdb.Incr(ctx, "w")
			}
			_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, "w", n+10, 0).Err() })
			return err
		}
		equal(rdb.Watch(ctx, increment, "w"), redis.TxFailedErr)
		equal(rdb.Watch(ctx, increment, "w"), nil)
		equal(must(rdb.Get(ctx, "w").Int()), 12)
	})
	check("scripts fall back from EVALSHA to EVAL", func() {
		rdb.ScriptFlush(ctx)
		script := redis.NewScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
		equal(must(script.Run(ctx, rdb, []string{"s"}, 5).Int()), 5)
		equal(must(script.Run(ctx, rdb, []string{"s"}, 5).Int()), 10)
	})
	check("scan iterator", func() {
		for i := 0; i < 300; i++ {
			rdb.Set(ctx, fmt.Sprintf("it:%d", i), "", 0)
		}
		seen := map[string]bool{}
		for it := rdb.Scan(ctx, 0, "it:*", 20).Iterator(); it.Next(ctx); {
			seen[it.Val()] = true
		}
		equal(len(seen), 300)
	})
	check("errors keep the server's text", func() {
		rdb.Set(ctx, "e", "x", 0)
		equal(rdb.LPush(ctx, "e", 1).Err().Error(), "WRONGTYPE Operation against a key holding the wrong kind of value")
	})
}

func waiting() {
	check("blocking pops across goroutines", func() {
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
		eventually(func() bool { return strings.Contains(rdb.Info(ctx, "clients").Val(), "blocked_clients:3") })
		rdb.RPush(ctx, "q", "a", "b", "c")
		done.Wait()
		sort.Strings(got)
		equal(got, []string{"a", "b", "c"})
		equal(rdb.BLPop(ctx, time.Second, "q").Err(), redis.Nil)
	})
	check("pub/sub with channels and patterns", func() {
		sub := rdb.PSubscribe(ctx, "c*")
		defer sub.Close()
		must(sub.Receive(ctx))
		if err := sub.Subscribe(ctx, "d"); err != nil {
			panic(err)
		}
		must(sub.Receive(ctx))
		rdb.Publish(ctx, "c1", "one")
		rdb.Publish(ctx, "d", "two")
		messages := sub.Channel()
		first, second := <-messages, <-messages
		equal([]string{first.Pattern, first.Channel, first.Payload, second.Channel, second.Payload}, []string{"c*", "c1", "one", "d", "two"})
	})
	check("streams with a consumer group", func() {
		must(rdb.XGroupCreateMkStream(ctx, "st", "g", "$").Result())
		id := must(rdb.XAdd(ctx, &redis.XAddArgs{Stream: "st", Values: map[string]any{"n": 1}}).Result())
		got := must(rdb.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{"st", ">"}, Block: time.Second}).Result())
		equal([]any{got[0].Messages[0].ID, got[0].Messages[0].Values["n"]}, []any{id, "1"})
		equal(must(rdb.XPending(ctx, "st", "g").Result()).Count, int64(1))
		equal(must(rdb.XAck(ctx, "st", "g", id).Result()), int64(1))
		equal(must(rdb.XInfoGroups(ctx, "st").Result())[0].LastDeliveredID, id)
	})
	check("RESP2 and a password", func() {
		rdb.Do(ctx, "ACL", "SETUSER", "ann", "on", ">pw", "~*", "+@all")
		two := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, Username: "ann", Password: "pw", DB: 3, ClientName: "two"})
		defer two.Close()
		equal(must(two.ClientGetName(ctx).Result()), "two")
		equal(must(two.Do(ctx, "ACL", "WHOAMI").Text()), "ann")
		wrong := redis.NewClient(&redis.Options{Addr: addr, Username: "ann", Password: "no", MaxRetries: -1})
		defer wrong.Close()
		equal(strings.HasPrefix(wrong.Ping(ctx).Err().Error(), "WRONGPASS"), true)
		rdb.Do(ctx, "ACL", "DELUSER", "ann")
	})
}

func main() {
	data()
	waiting()
	if failed > 0 {
		os.Exit(1)
	}
}
