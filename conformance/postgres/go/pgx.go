package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

func pgxChecks() {
	conn := must(pgx.Connect(ctx, server))
	defer conn.Close(ctx)
	exec := func(sql string, args ...any) int64 { return must(conn.Exec(ctx, sql, args...)).RowsAffected() }

	check("pgx: values in every mode", func() {
		modes := []pgx.QueryExecMode{
			pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe, pgx.QueryExecModeDescribeExec,
			pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol,
		}
		when := time.Date(2024, 2, 29, 12, 30, 0, 123456000, time.UTC)
		for _, mode := range modes {
			var n pgtype.Numeric
			var at time.Time
			var list []string
			var object map[string]int
			var bytes []byte
			var none *int
			ok(conn.QueryRow(ctx, "select 1.50::numeric, $1::timestamptz, $2::text[], '{\"a\": 1}'::jsonb, $3::bytea, null::int",
				mode, when, []string{"a", "b,\"c"}, []byte{0, 255}).Scan(&n, &at, &list, &object, &bytes, &none))
			equal(must(n.Value()), "1.50")
			equal(at.Equal(when), true)
			equal(list, []string{"a", "b,\"c"})
			equal(object, map[string]int{"a": 1})
			equal(bytes, []byte{0, 255})
			equal(none == nil, true)
		}
	})
	check("pgx: batches are pipelines", func() {
		exec("create temp table px_b (id serial primary key, name text unique)")
		batch := &pgx.Batch{}
		for _, name := range []string{"a", "b", "c"} {
			batch.Queue("insert into px_b (name) values ($1) returning id", name)
		}
		results := conn.SendBatch(ctx, batch)
		for i := 1; i <= 3; i++ {
			var id int
			ok(results.QueryRow().Scan(&id))
			equal(id, i)
		}
		ok(results.Close())
		batch = &pgx.Batch{}
		batch.Queue("insert into px_b (name) values ('d')")
		batch.Queue("insert into px_b (name) values ('a')")
		err := conn.SendBatch(ctx, batch).Close()
		var refused *pgconn.PgError
		equal(errors.As(err, &refused), true)
		equal([]string{refused.Code, refused.ConstraintName, refused.TableName}, []string{"23505", "px_b_name_key", "px_b"})
		equal(exec("select from px_b"), int64(3))
	})
	check("pgx: COPY in binary, of types that are looked up", func() {
		exec("create type px_mood as enum ('sad', 'ok')")
		exec("create table px_c (id int, mood px_mood, at date, tags int[])")
		rows := [][]any{}
		for i := range 500 {
			rows = append(rows, []any{i, "ok", time.Date(2024, 1, 1+i%28, 0, 0, 0, 0, time.UTC), []int{i, i + 1}})
		}
		count := must(conn.CopyFrom(ctx, pgx.Identifier{"px_c"}, []string{"id", "mood", "at", "tags"}, pgx.CopyFromRows(rows)))
		equal(count, int64(500))
		mood := must(conn.LoadType(ctx, "px_mood"))
		conn.TypeMap().RegisterType(mood)
		equal(exec("select from px_c where mood = $1 and tags @> $2", "ok", []int{7, 8}), int64(1))
		exec("drop table px_c")
		exec("drop type px_mood")
	})
	check("pgx: the columns of a cursor that comes after its FETCH", func() {
		made := must(conn.Prepare(ctx, "px_fetch", "fetch all in px_cursor"))
		equal(len(made.Fields), 0)
		tx := must(conn.Begin(ctx))
		must(tx.Exec(ctx, "declare px_cursor cursor for select n, n::text as t from generate_series(1, 3) n"))
		rows := must(tx.Query(ctx, "px_fetch"))
		equal(must(pgx.CollectRows(rows, pgx.RowToMap))[2], map[string]any{"n": int32(3), "t": "3"})
		ok(tx.Rollback(ctx))
	})
	check("pgx: a pool listens, cancels and times out", func() {
		pool := must(pgxpool.New(ctx, url+"&pool_max_conns=4"))
		defer pool.Close()
		listener := must(pool.Acquire(ctx))
		defer listener.Release()
		must(listener.Exec(ctx, "listen px_news"))
		must(pool.Exec(ctx, "select pg_notify('px_news', $1)", "it is"))
		equal(must(listener.Conn().WaitForNotification(ctx)).Payload, "it is")
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		_, err := pool.Exec(short, "select pg_sleep(30)")
		equal(errors.Is(err, context.DeadlineExceeded), true)
		_, err = pool.Exec(ctx, "set statement_timeout = 20; select pg_sleep(30)")
		fails(err, "57014")
	})
	check("pgx: transactions nest in savepoints", func() {
		exec("create temp table px_t (n int)")
		ok(pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
			must(tx.Exec(ctx, "insert into px_t values (1)"))
			inner := must(tx.Begin(ctx))
			_, err := inner.Exec(ctx, "insert into px_t values ('x')")
			fails(err, "22P02")
			return inner.Rollback(ctx)
		}))
		equal(exec("select from px_t"), int64(1))
	})
	check("pgx: large objects", func() {
		tx := must(conn.Begin(ctx))
		objects := tx.LargeObjects()
		id := must(objects.Create(ctx, 0))
		object := must(objects.Open(ctx, id, pgx.LargeObjectModeRead|pgx.LargeObjectModeWrite))
		equal(must(object.Write([]byte("hello"))), 5)
		must(object.Seek(1, 0))
		text := make([]byte, 3)
		must(object.Read(text))
		equal(string(text), "ell")
		ok(objects.Unlink(ctx, id))
		ok(tx.Commit(ctx))
	})
}
