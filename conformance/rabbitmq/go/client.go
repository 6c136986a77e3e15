package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	. "parlel/conformance/checks"
)

var ctx = context.Background()

// onChannel is a check with a channel on a connection of its own.
func onChannel(name string, run func(c *amqp.Channel, connection *amqp.Connection)) {
	Check(name, func() {
		connection := Must(amqp.Dial(server))
		defer connection.Close()
		run(Must(connection.Channel()), connection)
	})
}

func temporary(c *amqp.Channel, arguments amqp.Table) string {
	return Must(c.QueueDeclare("", false, false, true, false, arguments)).Name
}

func send(c *amqp.Channel, exchange, key string, bodies ...string) {
	for _, body := range bodies {
		Ok(c.PublishWithContext(ctx, exchange, key, false, false, amqp.Publishing{Body: []byte(body)}))
	}
}

func take(deliveries <-chan amqp.Delivery) amqp.Delivery {
	select {
	case d := <-deliveries:
		return d
	case <-time.After(5 * time.Second):
		panic("no delivery")
	}
}

func consume(c *amqp.Channel, queue string, autoAck bool) <-chan amqp.Delivery {
	return Must(c.Consume(queue, "", autoAck, false, false, false, nil))
}

// refused wants the broker's error with that code, and a piece of its reason.
func refused(err error, code int, reason string) {
	var closed *amqp.Error
	if !errors.As(err, &closed) || closed.Code != code || !strings.Contains(closed.Reason, reason) {
		panic(fmt.Errorf("got %v, wanted %d %s", err, code, reason))
	}
}

func clientChecks() {
	onChannel("work queue: prefetch, acks, requeue", func(c *amqp.Channel, _ *amqp.Connection) {
		queue := temporary(c, nil)
		Ok(c.Qos(2, 0, false))
		send(c, "", queue, "1", "2", "3")
		deliveries := consume(c, queue, false)
		first, second := take(deliveries), take(deliveries)
		Equal(len(deliveries), 0)
		Ok(first.Nack(false, true))
		again := take(deliveries)
		Equal([]any{string(again.Body), again.Redelivered}, []any{"1", true})
		Ok(second.Ack(false))
		Equal(string(take(deliveries).Body), "3")
	})
	onChannel("publish and subscribe, topics, headers", func(c *amqp.Channel, _ *amqp.Connection) {
		for kind, binding := range map[string]struct {
			key       string
			arguments amqp.Table
		}{"fanout": {"", nil}, "topic": {"go.*.#", nil}, "headers": {"", amqp.Table{"x-match": "all", "n": int32(1), "ok": true}}} {
			exchange := "go-" + kind
			Ok(c.ExchangeDeclare(exchange, kind, false, true, false, false, nil))
			queue := temporary(c, nil)
			Ok(c.QueueBind(queue, binding.key, exchange, false, binding.arguments))
			Ok(c.PublishWithContext(ctx, exchange, "go.a.b", false, false,
				amqp.Publishing{Headers: amqp.Table{"n": int64(1), "ok": true}, Body: []byte(kind)}))
			Equal(string(take(consume(c, queue, true)).Body), kind)
			Ok(c.QueueUnbind(queue, binding.key, exchange, binding.arguments))
		}
	})
	onChannel("confirms one by one, deferred, and refused", func(c *amqp.Channel, _ *amqp.Connection) {
		Ok(c.Confirm(false))
		queue := temporary(c, amqp.Table{"x-max-length": int32(3), "x-overflow": "reject-publish"})
		outcomes := []bool{}
		for i := 0; i < 5; i++ {
			deferred := Must(c.PublishWithDeferredConfirmWithContext(ctx, "", queue, false, false, amqp.Publishing{Body: []byte("x")}))
			outcomes = append(outcomes, deferred.Wait())
		}
		Equal(outcomes, []bool{true, true, true, false, false})
		notified := c.NotifyPublish(make(chan amqp.Confirmation, 100))
		for i := 0; i < 100; i++ {
			send(c, "amq.direct", "go-unrouted", "x")
		}
		for i := 0; i < 100; i++ {
			Equal(<-notified, amqp.Confirmation{DeliveryTag: uint64(6 + i), Ack: true})
		}
	})
	onChannel("returned messages", func(c *amqp.Channel, _ *amqp.Connection) {
		returns := c.NotifyReturn(make(chan amqp.Return, 1))
		Ok(c.PublishWithContext(ctx, "amq.topic", "go.nowhere", true, false, amqp.Publishing{MessageId: "m", Body: []byte("back")}))
		back := <-returns
		Equal([]any{back.ReplyCode, back.ReplyText, back.MessageId, string(back.Body)}, []any{uint16(312), "NO_ROUTE", "m", "back"})
	})
	onChannel("RPC over direct reply-to", func(c *amqp.Channel, connection *amqp.Connection) {
		worker := Must(connection.Channel())
		requests := temporary(worker, nil)
		go func() {
			for d := range consume(worker, requests, true) {
				worker.PublishWithContext(ctx, "", d.ReplyTo, false, false, amqp.Publishing{CorrelationId: d.CorrelationId, Body: bytes.ToUpper(d.Body)})
			}
		}()
		replies := consume(c, "amq.rabbitmq.reply-to", true)
		for i := 0; i < 50; i++ {
			id := fmt.Sprint(i)
			Ok(c.PublishWithContext(ctx, "", requests, false, false,
				amqp.Publishing{ReplyTo: "amq.rabbitmq.reply-to", CorrelationId: id, Body: []byte("abc")}))
			reply := take(replies)
			Equal([]string{string(reply.Body), reply.CorrelationId}, []string{"ABC", id})
		}
	})
	onChannel("delayed retry over TTL and dead letters", func(c *amqp.Channel, _ *amqp.Connection) {
		work := temporary(c, amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "go-wait"})
		Must(c.QueueDeclare("go-wait", false, false, true, false,
			amqp.Table{"x-message-ttl": int64(80), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": work}))
		deliveries := consume(c, work, false)
		send(c, "", work, "try")
		for i := 0; i < 2; i++ {
			first := take(deliveries)
			Ok(first.Reject(false))
		}
		last := take(deliveries)
		deaths := last.Headers["x-death"].([]any)
		newest, oldest := deaths[0].(amqp.Table), deaths[1].(amqp.Table)
		Equal([]any{newest["queue"], newest["reason"], newest["count"]}, []any{"go-wait", "expired", int64(2)})
		Equal([]any{oldest["queue"], oldest["reason"], oldest["count"]}, []any{work, "rejected", int64(2)})
	})
	onChannel("every type in a table", func(c *amqp.Channel, _ *amqp.Connection) {
		queue := temporary(c, nil)
		headers := amqp.Table{"bool": true, "byte": byte(200), "int8": int8(-3), "int16": int16(-300), "int32": int32(5), "int64": int64(1) << 50,
			"float32": float32(1.5), "float64": 2.5, "text": "caf\u00e9", "bytes": []byte{0, 255}, "time": time.Unix(5, 0).UTC(),
			"decimal": amqp.Decimal{Scale: 2, Value: 314}, "nil": nil, "list": []any{int32(1), "x", amqp.Table{"y": true}}, "table": amqp.Table{"z": "z"}}
		Ok(c.PublishWithContext(ctx, "", queue, false, false, amqp.Publishing{Headers: headers, Timestamp: time.Unix(6, 0), Priority: 7}))
		d := take(consume(c, queue, true))
		got := d.Headers
		got["time"] = got["time"].(time.Time).UTC()
		Equal(got, headers)
		Equal([]any{d.Timestamp.Unix(), d.Priority}, []any{int64(6), uint8(7)})
	})
	onChannel("a body of 5 MB", func(c *amqp.Channel, _ *amqp.Connection) {
		queue := temporary(c, nil)
		body := bytes.Repeat([]byte("0123456789abcdef"), 5<<16)
		Ok(c.PublishWithContext(ctx, "", queue, false, false, amqp.Publishing{Body: body}))
		Equal(bytes.Equal(take(consume(c, queue, true)).Body, body), true)
	})
	onChannel("transactions", func(c *amqp.Channel, _ *amqp.Connection) {
		queue := temporary(c, nil)
		Ok(c.Tx())
		send(c, "", queue, "lost")
		Ok(c.TxRollback())
		send(c, "", queue, "kept")
		Ok(c.TxCommit())
		d, found, err := c.Get(queue, true)
		Ok(err)
		Equal([]any{string(d.Body), found, d.MessageCount}, []any{"kept", true, uint32(0)})
	})
	onChannel("consumers are told of their queue's end", func(c *amqp.Channel, connection *amqp.Connection) {
		queue := temporary(c, nil)
		cancelled := c.NotifyCancel(make(chan string, 1))
		Must(c.Consume(queue, "go-tag", true, false, false, false, nil))
		Must(Must(connection.Channel()).QueueDelete(queue, false, false, false))
		Equal(<-cancelled, "go-tag")
	})
	onChannel("errors close the channel alone", func(c *amqp.Channel, connection *amqp.Connection) {
		fails := func(code int, reason string, call func(c *amqp.Channel) error) {
			refused(call(Must(connection.Channel())), code, reason)
		}
		fails(404, "no queue 'go-none' in vhost '/'", func(c *amqp.Channel) error {
			_, err := c.QueueDeclarePassive("go-none", false, false, false, false, nil)
			return err
		})
		fails(406, "inequivalent arg 'type'", func(c *amqp.Channel) error {
			return c.ExchangeDeclare("amq.direct", "fanout", true, false, false, false, nil)
		})
		fails(403, "reserved prefix", func(c *amqp.Channel) error {
			return c.ExchangeDeclare("amq.go", "fanout", true, false, false, false, nil)
		})
		closed := c.NotifyClose(make(chan *amqp.Error, 1))
		send(c, "go-none", "", "x")
		refused(<-closed, 404, "no exchange 'go-none' in vhost '/'")
		Equal(connection.IsClosed(), false)
	})
	Check("wrong password, unknown vhost", func() {
		_, err := amqp.Dial(strings.Replace(server, "guest@", "wrong@", 1))
		refused(err, 403, "username or password not allowed")
		_, err = amqp.Dial(server + "go-none")
		refused(err, 530, "vhost go-none not found")
	})
	onChannel("quorum queue and stream", func(c *amqp.Channel, connection *amqp.Connection) {
		quorum := Must(c.QueueDeclare("go-quorum", true, false, false, false, amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int32(1)})).Name
		defer c.QueueDelete(quorum, false, false, false)
		send(c, "", quorum, "poison")
		deliveries := consume(c, quorum, false)
		first := take(deliveries)
		Ok(first.Nack(false, true))
		second := take(deliveries)
		Equal(second.Headers["x-delivery-count"], int64(1))
		Ok(second.Nack(false, true))
		Eventually(func() bool { return Must(c.QueueDeclarePassive(quorum, true, false, false, false, nil)).Messages == 0 })
		stream := Must(c.QueueDeclare("go-stream", true, false, false, false, amqp.Table{"x-queue-type": "stream"})).Name
		defer c.QueueDelete(stream, false, false, false)
		send(c, "", stream, "0", "1", "2")
		for range 2 {
			reader := Must(connection.Channel())
			Ok(reader.Qos(10, 0, false))
			got := Must(reader.Consume(stream, "", false, false, false, false, amqp.Table{"x-stream-offset": "first"}))
			for i := 0; i < 3; i++ {
				d := take(got)
				Equal([]any{string(d.Body), d.Headers["x-stream-offset"]}, []any{fmt.Sprint(i), int64(i)})
			}
			reader.Close()
		}
	})
	Check("heartbeats keep an idle connection", func() {
		connection := Must(amqp.DialConfig(server, amqp.Config{Heartbeat: time.Second}))
		defer connection.Close()
		time.Sleep(3500 * time.Millisecond)
		Equal(connection.IsClosed(), false)
		Must(connection.Channel())
	})
}
