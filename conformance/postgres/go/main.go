// pgx, lib/pq, GORM and golang-migrate: what an application does with them. PGPORT names the server,
// CHECK_FILTER a piece of the names wanted.
package main

import (
	"context"
	"os"
)

var (
	ctx    = context.Background()
	server = "host=127.0.0.1 user=postgres dbname=postgres sslmode=disable port=" + os.Getenv("PGPORT")
	url    = "postgres://postgres@127.0.0.1:" + os.Getenv("PGPORT") + "/postgres?sslmode=disable"
)

func main() {
	pgxChecks()
	pqChecks()
	gormChecks()
	migrateChecks()
	if failed > 0 {
		os.Exit(1)
	}
}
