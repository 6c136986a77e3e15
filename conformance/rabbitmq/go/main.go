// amqp091-go and rabbit-hole: what an application and its operator do with them. AMQP_URL names the broker,
// MANAGEMENT_URL its HTTP API, CHECK_FILTER a piece of the names wanted.
package main

import (
	"os"

	. "parlel/conformance/checks"
)

var (
	server     = os.Getenv("AMQP_URL")
	management = os.Getenv("MANAGEMENT_URL")
)

func main() {
	clientChecks()
	managementChecks()
	Close()
}
