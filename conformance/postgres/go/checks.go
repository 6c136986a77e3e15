package main

import (
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
)

var failed = 0

// must returns the value of a call that cannot fail here.
func must[T any](value T, err error) T {
	ok(err)
	return value
}

func ok(err error) {
	if err != nil {
		panic(err)
	}
}

func equal(got, wanted any) {
	if !reflect.DeepEqual(got, wanted) {
		panic(fmt.Errorf("got %.300s, wanted %.300s", fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", wanted)))
	}
}

// fails wants an error whose text contains this.
func fails(err error, text string) {
	if err == nil || !strings.Contains(err.Error(), text) {
		panic(fmt.Errorf("got error %v, wanted %q", err, text))
	}
}

// line is the number of the line, in a check's file, that panicked.
func line() string {
	for _, row := range strings.Split(string(debug.Stack()), "\n") {
		if strings.Contains(row, "/conformance/postgres/go/") && !strings.Contains(row, "/checks.go:") {
			at := strings.LastIndex(row, "/")
			return strings.Fields(row[at+1:])[0]
		}
	}
	return "?"
}

func check(name string, run func()) {
	if !strings.Contains(name, os.Getenv("CHECK_FILTER")) {
		return
	}
	defer func() {
		if trouble := recover(); trouble != nil {
			failed++
			fmt.Printf("FAIL %s: %s: %s\n", name, line(), strings.ReplaceAll(fmt.Sprint(trouble), "\n", " "))
			return
		}
		fmt.Println("ok " + name)
	}()
	run()
}
