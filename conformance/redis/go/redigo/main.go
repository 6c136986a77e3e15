// redigo: what an application does with it, down to its connections' Send, Flush and Receive.
package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	. "parlel/conformance/checks"
	. "parlel/conformance/redis/server"
)

var pool = &redis.Pool{
	MaxIdle:      4,
	MaxActive:    8,
	Wait:         true,
	IdleTimeout:  time.Minute,
	Dial:         func() (redis.Conn, error) { return redis.Dial("tcp", Addr, redis.DialReadTimeout(10*time.Second)) },
	TestOnBorrow: func(c redis.Conn, _ time.Time) error { _, err := c.Do("PING"); return err },
}

// do runs one command on a connection of the pool.
func do(command string, args ...any) (any, error) {
	c := pool.Get()
	defer c.Close()
	return c.Do(command, args...)
}

func dial(options ...redis.DialOption) redis.Conn {
	return Must(redis.Dial("tcp", Addr, options...))
}

func values() {
	Check("strings, hashes, sorted sets", func() {
		Equal(Must(redis.String(do("SET", "k", "v", "EX", 60))), "OK")
		_, err := redis.String(do("SET", "k", "w", "NX"))
		Equal(err, redis.ErrNil)
		Equal(Must(redis.Strings(do("MGET", "k", "none"))), []string{"v", ""})
		Must(do("HSET", redis.Args{}.Add("h").AddFlat(map[string]any{"a": 1, "b": "two"})...))
		var h struct {
			A int    `redis:"a"`
			B string `redis:"b"`
		}
		Ok(redis.ScanStruct(Must(redis.Values(do("HGETALL", "h"))), &h))
		Equal([]any{h.A, h.B}, []any{1, "two"})
		Must(do("ZADD", "z", 1.5, "a", 2, "b"))
		Equal(Must(redis.Float64Map(do("ZRANGE", "z", 0, -1, "WITHSCORES"))), map[string]float64{"a": 1.5, "b": 2})
		Equal(Must(redis.Bool(do("EXISTS", "z"))), true)
		Must(do("GEOADD", "g", 13.361389, 38.115556, "Palermo"))
		at := Must(redis.Positions(do("GEOPOS", "g", "Palermo", "none")))
		Equal([]any{fmt.Sprintf("%.4f", at[0][0]), at[1] == nil}, []any{"13.3614", true})
	})
	Check("binary and large values", func() {
		binary := []byte{0, 255, 13, 10, 0, 195, 40}
		Must(do("SET", "bin\x00\r\n", binary))
		Equal(Must(redis.Bytes(do("GET", "bin\x00\r\n"))), binary)
		large := Large()
		Must(do("SET", "large", large))
		Equal(Must(redis.String(do("GET", "large"))) == large, true)
		Equal(Must(redis.Int(do("STRLEN", "large"))), len(large))
		Must(do("DEL", "large"))
	})
	Check("errors keep the server's text and the connection goes on", func() {
		c := pool.Get()
		defer c.Close()
		_, err := c.Do("LPUSH", "k", "x")
		Equal(err.Error(), "WRONGTYPE Operation against a key holding the wrong kind of value")
		_, err = c.Do("NOSUCH", "x")
		Equal(err.Error(), "ERR unknown command 'NOSUCH', with args beginning with: 'x' ")
		Equal(Must(redis.String(c.Do("PING"))), "PONG")
		Equal(c.Err(), nil)
	})
	Check("SCAN iterates over every key, HSCAN over every field", func() {
		for i := 0; i < 300; i++ {
			Must(do("HSET", "fields", i, i))
			Must(do("SET", fmt.Sprint("it:", i), ""))
		}
		walk := func(command string, args ...any) int {
			seen := map[string]bool{}
			for cursor := ""; cursor != "0"; {
				at := cursor
				if at == "" {
					at = "0"
				}
				page := Must(redis.Values(do(command, slices.Concat(args, []any{at, "COUNT", 25})...)))
				cursor = Must(redis.String(page[0], nil))
				for _, name := range Must(redis.Strings(page[1], nil)) {
					if command == "HSCAN" || strings.HasPrefix(name, "it:") {
						seen[name] = true
					}
				}
			}
			return len(seen)
		}
		Equal([]int{walk("SCAN"), walk("HSCAN", "fields")}, []int{300, 300})
	})
}

func pipelines() {
	Check("a pipeline of 10,000 commands, flushed in parts", func() {
		c := pool.Get()
		defer c.Close()
		for i := 0; i < 10000; i++ {
			Ok(c.Send("INCR", "p"))
			if i%1000 == 0 {
				Ok(c.Flush())
			}
		}
		Ok(c.Flush())
		for i := 1; i <= 10000; i++ {
			Equal(Must(redis.Int(c.Receive())), i)
		}
	})
	Check("transactions with WATCH; an error inside", func() {
		c, other := pool.Get(), pool.Get()
		defer c.Close()
		defer other.Close()
		attempt := func(disturb bool) ([]any, error) {
			Must(c.Do("WATCH", "w"))
			if disturb {
				Must(other.Do("INCR", "w"))
			}
			c.Send("MULTI")
			c.Send("INCRBY", "w", 10)
			c.Send("LPUSH", "w", "x")
			return redis.Values(c.Do("EXEC"))
		}
		_, err := attempt(true)
		Equal(err, redis.ErrNil)
		replies := Must(attempt(false))
		Equal(replies[0], int64(11))
		Fails(replies[1].(redis.Error), "WRONGTYPE")
		c.Send("MULTI")
		c.Send("NOSUCH")
		_, err = c.Do("EXEC")
		Fails(err, "ERR unknown command 'NOSUCH'")
	})
	Check("scripts fall back from EVALSHA to EVAL", func() {
		c := pool.Get()
		defer c.Close()
		Must(c.Do("SCRIPT", "FLUSH"))
		script := redis.NewScript(1, "return redis.call('INCRBY', KEYS[1], ARGV[1])")
		Equal(Must(redis.Int(script.Do(c, "s", 5))), 5)
		Ok(script.SendHash(c, "s", 5))
		Ok(c.Flush())
		Equal(Must(redis.Int(c.Receive())), 10)
		Equal(Must(redis.Ints(c.Do("SCRIPT", "EXISTS", script.Hash(), strings.Repeat("0", 40)))), []int{1, 0})
	})
}

func waiting() {
	Check("blocking pops, with a timeout of their own", func() {
		got := make(chan string, 3)
		for i := 0; i < 3; i++ {
			go func() {
				c := pool.Get()
				defer c.Close()
				pair, err := redis.Strings(redis.DoWithTimeout(c, 6*time.Second, "BLPOP", "q", "q2", 5))
				got <- fmt.Sprint(pair, err)
			}()
		}
		Eventually(func() bool { return strings.Contains(Must(redis.String(do("INFO", "clients"))), "blocked_clients:3") })
		Must(do("RPUSH", "q2", "a", "b", "c"))
		seen := []string{<-got, <-got, <-got}
		slices.Sort(seen)
		Equal(seen, []string{"[q2 a] <nil>", "[q2 b] <nil>", "[q2 c] <nil>"})
		_, err := redis.Strings(do("BZPOPMIN", "none", 0.02))
		Equal(err, redis.ErrNil)
	})
	Check("a read that times out ends the connection, not the pool", func() {
		c := dial(redis.DialReadTimeout(30 * time.Millisecond))
		_, err := c.Do("BLPOP", "none", 1)
		Equal([]bool{err != nil, c.Err() != nil}, []bool{true, true})
		c.Close()
		Equal(Must(redis.String(do("PING"))), "PONG")
	})
	Check("pub/sub with channels, patterns and pings", func() {
		sub := redis.PubSubConn{Conn: dial()}
		defer sub.Close()
		Ok(sub.Subscribe("c1", "c2"))
		Ok(sub.PSubscribe("d*"))
		for want := 1; want <= 3; want++ {
			Equal(sub.Receive().(redis.Subscription).Count, want)
		}
		Must(do("PUBLISH", "c2", "one"))
		Must(do("PUBLISH", "d9", []byte{0, 1}))
		Ok(sub.Ping("hello"))
		Equal(sub.Receive(), redis.Message{Channel: "c2", Data: []byte("one")})
		Equal(sub.Receive(), redis.Message{Channel: "d9", Pattern: "d*", Data: []byte{0, 1}})
		Equal(sub.Receive(), redis.Pong{Data: "hello"})
		Ok(sub.Unsubscribe())
		for want := 2; want > 0; want-- {
			Equal(sub.Receive().(redis.Subscription).Count, want)
		}
	})
	Check("keyspace notifications", func() {
		Must(do("CONFIG", "SET", "notify-keyspace-events", "KEA"))
		defer do("CONFIG", "SET", "notify-keyspace-events", "")
		sub := redis.PubSubConn{Conn: dial()}
		defer sub.Close()
		Ok(sub.PSubscribe("__keyspace@*__:n"))
		sub.Receive()
		Must(do("SET", "n", 1, "PX", 20))
		for _, want := range []string{"set", "expire", "expired"} {
			Equal(string(sub.Receive().(redis.Message).Data), want)
		}
	})
	Check("streams with a consumer group", func() {
		Must(do("XGROUP", "CREATE", "st", "g", "$", "MKSTREAM"))
		id := Must(redis.String(do("XADD", "st", "*", "n", 1)))
		rows := Must(redis.Values(do("XREADGROUP", "GROUP", "g", "c", "COUNT", 5, "STREAMS", "st", ">")))
		stream := Must(redis.Values(rows[0], nil))
		entry := Must(redis.Values(Must(redis.Values(stream[1], nil))[0], nil))
		Equal(Must(redis.String(entry[0], nil)), id)
		Equal(Must(redis.StringMap(entry[1], nil)), map[string]string{"n": "1"})
		Equal(Must(redis.Int(do("XACK", "st", "g", id))), 1)
		Equal(len(Must(redis.Values(do("XINFO", "CONSUMERS", "st", "g")))), 1)
	})
}

func connections() {
	Check("users, names, databases", func() {
		Must(do("ACL", "SETUSER", "ann", "on", ">pw", "~*", "+@all"))
		defer do("ACL", "DELUSER", "ann")
		c := dial(redis.DialUsername("ann"), redis.DialPassword("pw"), redis.DialDatabase(3), redis.DialClientName("two"))
		defer c.Close()
		Equal(Must(redis.String(c.Do("CLIENT", "GETNAME"))), "two")
		Equal(Must(redis.String(c.Do("ACL", "WHOAMI"))), "ann")
		Must(c.Do("SET", "only3", 1))
		Equal(Must(redis.Int(do("EXISTS", "only3"))), 0)
		url := Must(redis.DialURL("redis://ann:pw@" + Addr + "/3"))
		defer url.Close()
		Equal(Must(redis.Int(url.Do("GET", "only3"))), 1)
		_, err := redis.Dial("tcp", Addr, redis.DialUsername("ann"), redis.DialPassword("no"))
		Fails(err, "WRONGPASS")
	})
	Check("the pool cleans what a borrower left behind", func() {
		c := pool.Get()
		Must(c.Do("WATCH", "k"))
		c.Send("MULTI")
		c.Send("SET", "left", 1)
		c.Close() // discards the transaction
		c = pool.Get()
		Must(c.Do("SUBSCRIBE", "x"))
		c.Close() // unsubscribes
		Equal(Must(redis.Int(do("EXISTS", "left"))), 0)
		Equal(pool.Stats().ActiveCount > 0, true)
	})
	Check("MONITOR's lines", func() {
		c := dial()
		defer c.Close()
		Must(c.Do("MONITOR"))
		Must(do("SET", "m", "a\"b\n"))
		for {
			if got := Must(redis.String(c.Receive())); strings.Contains(got, "\"SET\"") {
				Equal(strings.SplitN(got, "] ", 2)[1], `"SET" "m" "a\"b\n"`)
				return
			}
		}
	})
}

func main() {
	values()
	pipelines()
	waiting()
	connections()
	Close()
}
