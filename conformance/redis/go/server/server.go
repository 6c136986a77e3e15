// Package server is what the checks of Redis share beside the checks themselves. REDIS_PORT names the server,
// REDIS_CLUSTER_PORT one in cluster mode.
package server

import (
	"fmt"
	"os"
	"strings"
)

var (
	Addr        = "127.0.0.1:" + os.Getenv("REDIS_PORT")
	ClusterAddr = "127.0.0.1:" + os.Getenv("REDIS_CLUSTER_PORT")
)

// Fails wants an error whose text begins so.
func Fails(err error, text string) {
	if err == nil || !strings.HasPrefix(err.Error(), text) {
		panic(fmt.Errorf("got error %v, wanted %q", err, text))
	}
}

// Large is a value of 50 MB that no frame boundary repeats in.
func Large() string {
	return strings.Repeat("0123456789abcdefghij", 2_500_000)
}
