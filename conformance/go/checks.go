// Package checks runs named checks: a line `ok NAME` or `FAIL NAME: why` each. CHECK_FILTER names a piece of
// the names wanted.
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

var failed = 0

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

func Eventually(probe func() bool) {
	for deadline := time.Now().Add(5 * time.Second); !probe(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			panic(errors.New("it did not happen in time"))
		}
	}
}

// line is the number of the line, in a check's program, that panicked.
func line() string {
	for _, row := range strings.Split(string(debug.Stack()), "\n") {
		if strings.Contains(row, "/conformance/") && strings.Contains(row, ".go:") && !strings.Contains(row, "/checks.go:") {
			return strings.Fields(row[strings.LastIndex(row, ":")+1:])[0]
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
