package main

import (
	"database/sql"
	"time"

	"github.com/lib/pq"
)

func pqChecks() {
	db := must(sql.Open("postgres", server))
	defer db.Close()
	db.SetMaxOpenConns(1)

	check("lib/pq: values, arrays, prepared statements", func() {
		var n int64
		var list []string
		var at time.Time
		ok(db.QueryRow("select $1::bigint + 1, $2::text[], '2024-02-29 12:00:00+02'::timestamptz", 41, pq.Array([]string{"a", `b"`})).
			Scan(&n, pq.Array(&list), &at))
		equal(n, int64(42))
		equal(list, []string{"a", `b"`})
		equal(at.UTC().Hour(), 10)
		made := must(db.Prepare("select $1 || 'x'"))
		defer made.Close()
		var text string
		ok(made.QueryRow("é").Scan(&text))
		equal(text, "éx")
	})
	check("lib/pq: COPY and errors with their fields", func() {
		must(db.Exec("create temp table pq_c (id int not null, name text)"))
		tx := must(db.Begin())
		copied := must(tx.Prepare(pq.CopyIn("pq_c", "id", "name")))
		for i := range 100 {
			must(copied.Exec(i, "tab\tand\nline"))
		}
		must(copied.Exec())
		ok(copied.Close())
		ok(tx.Commit())
		var count int
		ok(db.QueryRow(`select count(*) from pq_c where name = E'tab\tand\nline'`).Scan(&count))
		equal(count, 100)
		_, err := db.Exec("insert into pq_c values (null)")
		refused := err.(*pq.Error)
		equal([]string{string(refused.Code), refused.Column, refused.Table}, []string{"23502", "id", "pq_c"})
		_, err = db.Exec("select $1::text", "\xff")
		equal(string(err.(*pq.Error).Code), "22021")
	})
	check("lib/pq: listener", func() {
		listener := pq.NewListener(server, time.Second, time.Second, nil)
		defer listener.Close()
		ok(listener.Listen("pq_news"))
		must(db.Exec("notify pq_news, 'it is'"))
		equal((<-listener.Notify).Extra, "it is")
	})
}
