// Package checks runs named checks: a line `ok NAME` or `FAIL NAME: why` each. REDIS_PORT names the
// server, REDIS_CLUSTER_PORT one in cluster mode, CHECK_FILTER a piece of the names wanted.
package checks

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"time"
)

var (
	Addr        = "127.0.0.1:" + os.Getenv("REDIS_PORT")
	ClusterAddr = "127.0.0.1:" + os.Getenv("REDIS_CLUSTER_PORT")
	failed      = 0
)

// Must returns the value of a call that cannot fail here.
func Must[T any](value T, err error) T {
	Ok(err)
	return value
}

func Ok(err error) {
	if err != nil {
		panic(err)
	}
}

func Equal(got, wanted any) {
	if !reflect.DeepEqual(got, wanted) {
		panic(fmt.Errorf("got %.300s, wanted %.300s", fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", wanted)))
	}
}

// Fails wants an error whose text begins so.
func Fails(err error, text string) {
	if err == nil || !strings.HasPrefix(err.Error(), text) {
		panic(fmt.Errorf("got error %v, wanted %q", err, text))
	}
}

func Eventually(probe func() bool) {
	for deadline := time.Now().Add(5 * time.Second); !probe(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			panic(errors.New("it did not happen in time"))
		}
	}
}

// Large is a value of 50 MB that no frame boundary repeats in.
func Large() string {
	return strings.Repeat("0123456789abcdefghij", 2_500_000)
}

// Line is the number of the line, in a check's program, that panicked.
func line() string {
	for _, row := range strings.Split(string(debug.Stack()), "\n") {
		if at := strings.LastIndex(row, "/main.go:"); at >= 0 {
			return strings.Fields(row[at+len("/main.go:"):])[0]
		}
	}
	return "?"
}

func Check(name string, run func()) {
	if !strings.Contains(name, os.Getenv("CHECK_FILTER")) {
		return
	}
	defer func() {
		if trouble := recover(); trouble != nil {
			failed++
			fmt.Printf("FAIL %s: line %s: %s\n", name, line(), strings.ReplaceAll(fmt.Sprint(trouble), "\n", " "))
			return
		}
		fmt.Println("ok " + name)
	}()
	run()
}

// Close ends the program with the status of its checks.
func Close() {
	if failed > 0 {
		os.Exit(1)
	}
}
