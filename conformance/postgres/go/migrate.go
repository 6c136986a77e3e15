package main

import (
	"errors"
	"testing/fstest"

	"github.com/golang-migrate/migrate/v4"
	_ "github.com/golang-migrate/migrate/v4/database/postgres"
	"github.com/golang-migrate/migrate/v4/source/iofs"
)

func migrateChecks() {
	check("golang-migrate: up, down, dirty and drop", func() {
		file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
		steps := fstest.MapFS{
			"1_one.up.sql":   file("create table mi_t (id serial primary key); create index mi_i on mi_t (id);"),
			"1_one.down.sql": file("drop table mi_t;"),
			"2_two.up.sql":   file("alter table mi_t add column name text;"),
			"2_two.down.sql": file("alter table mi_t drop column name;"),
			"3_bad.up.sql":   file("create table mi_u (id int); select nix;"),
			"3_bad.down.sql": file("drop table mi_u;"),
		}
		source := must(iofs.New(steps, "."))
		m := must(migrate.NewWithSourceInstance("iofs", source, url+"&x-migrations-table=mi_done"))
		defer m.Close()
		ok(m.Steps(2))
		fails(m.Up(), `column "nix" does not exist`)
		version, dirty, err := m.Version()
		equal([]any{version, dirty, err}, []any{uint(3), true, nil})
		ok(m.Force(2))
		ok(m.Down())
		_, _, err = m.Version()
		equal(errors.Is(err, migrate.ErrNilVersion), true)
		ok(m.Drop())
	})
}
