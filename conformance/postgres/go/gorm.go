package main

import (
	"errors"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

type GoAuthor struct {
	gorm.Model
	Name  string `gorm:"size:40;uniqueIndex;not null"`
	Score float64
	Books []GoBook `gorm:"foreignKey:AuthorID;constraint:OnDelete:CASCADE"`
}

type GoBook struct {
	ID       uint
	Title    string `gorm:"index:go_title,type:btree;comment:what it is called"`
	Price    string `gorm:"type:numeric(10,2);default:9.99;check:go_price,price > 0"`
	AuthorID uint
	Tags     []GoTag `gorm:"many2many:go_book_tags"`
	At       *time.Time
}

type GoTag struct {
	ID   uint
	Name string `gorm:"type:varchar(20);unique"`
}

func gormChecks() {
	check("GORM: AutoMigrate, associations, upserts", func() {
		options := &gorm.Config{Logger: logger.Discard, TranslateError: true}
		db := must(gorm.Open(postgres.Open(server), options))
		defer func() { ok(must(db.DB()).Close()) }()
		models := []any{&GoAuthor{}, &GoBook{}, &GoTag{}}
		ok(db.AutoMigrate(models...))
		ok(db.AutoMigrate(models...)) // now it compares with what is there
		equal(db.Migrator().HasIndex(&GoBook{}, "go_title"), true)
		equal(db.Migrator().HasConstraint(&GoBook{}, "go_price"), true)
		types := must(db.Migrator().ColumnTypes(&GoBook{}))
		precision, scale, known := types[2].DecimalSize()
		equal([]any{types[2].Name(), precision, scale, known}, []any{"price", int64(10), int64(2), true})

		author := GoAuthor{Name: "Ada", Books: []GoBook{{Title: "One", Tags: []GoTag{{Name: "x"}, {Name: "y"}}}, {Title: "Two"}}}
		ok(db.Create(&author).Error)
		equal(author.Books[0].Price, "9.99")
		var found GoAuthor
		ok(db.Preload("Books.Tags").Where("name LIKE ?", "A%").First(&found).Error)
		equal([]int{len(found.Books), len(found.Books[0].Tags)}, []int{2, 2})
		err := db.Create(&GoAuthor{Name: "Ada"}).Error
		equal(errors.Is(err, gorm.ErrDuplicatedKey), true)
		again := GoAuthor{Name: "Ada", Score: 2}
		ok(db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"score"})}).Create(&again).Error)
		equal(again.ID, author.ID)
		ok(db.Transaction(func(tx *gorm.DB) error {
			fails(tx.Transaction(func(inner *gorm.DB) error {
				ok(inner.Delete(&GoBook{}, "title = ?", "Two").Error)
				return errors.New("enough")
			}), "enough")
			return tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&GoBook{}, "title = ?", "Two").Error
		}))
		ok(db.Migrator().AlterColumn(&GoTag{}, "Name"))
		ok(db.Migrator().DropTable("go_book_tags", &GoBook{}, &GoTag{}, &GoAuthor{}))
	})
}
