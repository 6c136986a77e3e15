package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	rabbithole "github.com/michaelklishin/rabbit-hole/v3"
	amqp "github.com/rabbitmq/amqp091-go"

	. "parlel/conformance/checks"
)

func answered(response *http.Response, err error) int {
	Ok(err)
	return response.StatusCode
}

// lately waits longer than Eventually: a real broker's statistics lag.
func lately(probe func() bool) {
	for deadline := time.Now().Add(15 * time.Second); !probe(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			panic(errors.New("it did not happen in time"))
		}
	}
}

func managementChecks() {
	rmq := Must(rabbithole.NewClient(management, "guest", "guest"))

	Check("rabbit-hole: overview, nodes, who am I, health", func() {
		overview := Must(rmq.Overview())
		Equal([]any{strings.HasPrefix(overview.RabbitMQVersion, "3."), overview.Node != ""}, []any{true, true})
		Equal(len(Must(rmq.ListNodes())), 1)
		Equal(Must(rmq.Whoami()).Name, "guest")
		Equal(Must(rmq.HealthCheckAlarms()).Status, "ok")
		Equal(Must(rmq.HealthCheckVirtualHosts()).Status, "ok")
		Equal(Must(rmq.HealthCheckProtocolListener(rabbithole.AMQP)).Status, "ok")
	})
	Check("rabbit-hole: queues, exchanges, bindings", func() {
		Equal(answered(rmq.DeclareQueue("/", "rh-queue", rabbithole.QueueSettings{Durable: true, Arguments: map[string]any{"x-max-length": 5}})), 201)
		defer rmq.DeleteQueue("/", "rh-queue")
		Equal(answered(rmq.DeclareExchange("/", "rh-exchange", rabbithole.ExchangeSettings{Type: "topic", Durable: true})), 201)
		defer rmq.DeleteExchange("/", "rh-exchange")
		info := rabbithole.BindingInfo{Source: "rh-exchange", Destination: "rh-queue", DestinationType: "queue", RoutingKey: "a.#"}
		Equal(answered(rmq.DeclareBinding("/", info)), 201)
		found := Must(rmq.ListQueueBindingsBetween("/", "rh-exchange", "rh-queue"))
		Equal([]any{len(found), found[0].RoutingKey}, []any{1, "a.#"})
		queue := Must(rmq.GetQueue("/", "rh-queue"))
		Equal([]any{queue.Durable, queue.Arguments["x-max-length"]}, []any{true, 5.0})
		exchange := Must(rmq.GetExchange("/", "rh-exchange"))
		Equal([]any{exchange.Type, exchange.Durable}, []any{"topic", true})
		Equal(answered(rmq.DeleteBinding("/", found[0])), 204)
		Equal(len(Must(rmq.ListQueueBindingsBetween("/", "rh-exchange", "rh-queue"))), 0)
		_, err := rmq.GetQueue("/", "rh-none")
		Equal(strings.Contains(fmt.Sprint(err), "404"), true)
	})
	Check("rabbit-hole: counts, purge", func() {
		rmq.DeclareQueue("/", "rh-counts", rabbithole.QueueSettings{Durable: true})
		defer rmq.DeleteQueue("/", "rh-counts")
		connection := Must(amqp.Dial(server))
		defer connection.Close()
		c := Must(connection.Channel())
		send(c, "", "rh-counts", "1", "2", "3")
		lately(func() bool { return Must(rmq.GetQueue("/", "rh-counts")).Messages == 3 })
		Equal(answered(rmq.PurgeQueue("/", "rh-counts")), 204)
		lately(func() bool { return Must(rmq.GetQueue("/", "rh-counts")).Messages == 0 })
	})
	Check("rabbit-hole: vhosts, users, permissions", func() {
		Equal(answered(rmq.PutVhost("rh-vhost", rabbithole.VhostSettings{Description: "checks"})), 201)
		defer rmq.DeleteVhost("rh-vhost")
		Equal(answered(rmq.PutUser("rh-user", rabbithole.UserSettings{Password: "secret", Tags: rabbithole.UserTags{"management"}})), 201)
		defer rmq.DeleteUser("rh-user")
		Equal(answered(rmq.UpdatePermissionsIn("rh-vhost", "rh-user", rabbithole.Permissions{Configure: ".*", Write: ".*", Read: ".*"})), 201)
		Equal(Must(rmq.GetPermissionsIn("rh-vhost", "rh-user")).Read, ".*")
		Equal(Must(rmq.GetVhost("rh-vhost")).Name, "rh-vhost")
		address := strings.Replace(server, "guest:guest", "rh-user:secret", 1) + "rh-vhost"
		connection := Must(amqp.Dial(address))
		temporary(Must(connection.Channel()), nil)
		connection.Close()
	})
	Check("rabbit-hole: policies", func() {
		rmq.DeclareQueue("/", "rh-policy-queue", rabbithole.QueueSettings{Durable: true})
		defer rmq.DeleteQueue("/", "rh-policy-queue")
		policy := rabbithole.Policy{Pattern: "^rh-policy-", ApplyTo: "queues", Priority: 3, Definition: rabbithole.PolicyDefinition{"max-length": 7}}
		Equal(answered(rmq.PutPolicy("/", "rh-policy", policy)), 201)
		defer rmq.DeletePolicy("/", "rh-policy")
		found := Must(rmq.GetPolicy("/", "rh-policy"))
		Equal([]any{found.Pattern, found.Priority, found.Definition["max-length"]}, []any{"^rh-policy-", 3, 7.0})
		lately(func() bool { return Must(rmq.GetQueue("/", "rh-policy-queue")).Policy == "rh-policy" })
	})
	Check("rabbit-hole: connections are listed and closed", func() {
		connection := Must(amqp.DialConfig(server, amqp.Config{Properties: amqp.Table{"connection_name": "rh-victim"}}))
		defer connection.Close()
		closed := connection.NotifyClose(make(chan *amqp.Error, 1))
		lately(func() bool {
			for _, c := range Must(rmq.ListConnections()) {
				if c.ClientProperties["connection_name"] == "rh-victim" {
					Equal(answered(rmq.CloseConnection(c.Name)), 204)
					return true
				}
			}
			return false
		})
		refused(<-closed, 320, "CONNECTION_FORCED")
	})
	Check("rabbit-hole: definitions", func() {
		found := Must(rmq.ListDefinitions())
		Equal(len(*found.Vhosts) >= 1 && len(*found.Users) >= 1, true)
	})
}
