# ruby-pg, Sequel and ActiveRecord: what an application does with them. PGPORT names the server,
# CHECK_FILTER a piece of the names wanted.
require "pg"
require "sequel"
require "active_record"
require_relative "../../ruby/checks"

PORT = Integer(ENV.fetch("PGPORT"))
SERVER = { host: "127.0.0.1", port: PORT, user: "postgres", dbname: "postgres" }.freeze

check "ruby-pg: values, type maps, errors with their fields" do
  PG.connect(**SERVER) do |c|
    c.type_map_for_results = PG::BasicTypeMapForResults.new(c)
    c.type_map_for_queries = PG::BasicTypeMapForQueries.new(c)
    row = c.exec_params("SELECT $1 + 1, $2::text, $3::int[], '{\"a\": 1}'::json, 1.5::float8", [41, "é", [1, nil, 3]]).values[0]
    equal row, [42, "é", [1, nil, 3], { "a" => 1 }, 1.5]
    c.exec("CREATE TEMP TABLE rp_t (id int PRIMARY KEY, name text)")
    c.copy_data("COPY rp_t FROM STDIN", PG::TextEncoder::CopyRow.new) { 3.times { |i| c.put_copy_data([i, "n\t#{i}"]) } }
    equal c.exec("SELECT name FROM rp_t WHERE id = 2").getvalue(0, 0), "n\t2"
    error = fails(PG::UniqueViolation) { c.exec("INSERT INTO rp_t VALUES (1, 'x')") }
    equal error.result.error_field(PG::PG_DIAG_CONSTRAINT_NAME), "rp_t_pkey"
    c.prepare("one", "SELECT $1::int")
    equal c.describe_prepared("one").paramtype(0), 23
  end
end

check "ruby-pg: pipelines, single rows, cancel, notifications" do
  PG.connect(**SERVER) do |c|
    c.enter_pipeline_mode
    3.times { |i| c.send_query_params("SELECT $1::int", [i]) }
    c.pipeline_sync
    values = []
    while (result = c.get_result || c.get_result) && result.result_status != PG::PGRES_PIPELINE_SYNC
      values << result.getvalue(0, 0)
    end
    equal values, %w[0 1 2]
    c.exit_pipeline_mode
    c.send_query("SELECT generate_series(1, 1000)")
    c.set_single_row_mode
    equal c.get_result.stream_each.to_a.size, 1000
    c.discard_results
    c.send_query("SELECT pg_sleep(30)")
    c.cancel
    fails(PG::QueryCanceled) { c.get_last_result }
    c.exec("LISTEN rp_news; NOTIFY rp_news, 'it is'")
    c.wait_for_notify(5) { |channel, _, payload| equal [channel, payload], ["rp_news", "it is"] }
  end
end

check "Sequel: schema, datasets, indexes, sizes" do
  db = Sequel.connect(adapter: "postgres", host: "127.0.0.1", port: PORT, user: "postgres", database: "postgres")
  db.drop_table?(:sq_books, :sq_authors)
  db.create_table(:sq_authors) { primary_key :id; String :name, unique: true, null: false }
  db.create_table(:sq_books) do
    primary_key :id
    foreign_key :author_id, :sq_authors, on_delete: :cascade
    String :title, size: 40, default: "none"
    constraint(:sq_long) { char_length(title) > 2 }
    index :title
  end
  id = db[:sq_authors].insert(name: "Ada")
  equal db[:sq_books].returning(:title).insert(author_id: id), [{ title: "none" }]
  fails(Sequel::CheckConstraintViolation) { db[:sq_books].insert(title: "x") }
  equal db[:sq_authors].insert_conflict(target: :name, update: { name: "Eva" }).insert(name: "Ada"), id
  equal db.schema(:sq_books).map { |name, column| [name, column[:type], column[:max_length]] }.last, [:title, :string, 40]
  equal db.foreign_key_list(:sq_books)[0].slice(:columns, :table, :on_delete), { columns: [:author_id], table: :sq_authors, on_delete: :cascade }
  equal db.indexes(:sq_books).keys, [:sq_books_title_index]
  equal db.check_constraints(:sq_books)[:sq_long][:columns], [:title]
  equal db.get(Sequel.function(:pg_total_relation_size, "sq_books")) >= 8192, true
  db.transaction { db.transaction(savepoint: true, read_only: true) { equal db.get(1), 1 }; db[:sq_books].delete }
  db.alter_table(:sq_books) { set_column_type :title, :text; drop_index :title; add_column :price, BigDecimal, size: [10, 2] }
  db.drop_table(:sq_books, :sq_authors)
  db.disconnect
end

check "ActiveRecord: migrations, schema, records" do
  ActiveRecord::Base.establish_connection(adapter: "postgresql", host: "127.0.0.1", port: PORT, username: "postgres", database: "postgres")
  ActiveRecord::Migration.verbose = false
  ActiveRecord::Schema.define do
    create_table(:ar_authors, force: :cascade) { |t| t.string :name, null: false, index: { unique: true }; t.timestamps }
    create_table(:ar_books, force: true) do |t|
      t.references :ar_author, foreign_key: { on_delete: :cascade }
      t.string :tags, array: true, default: []
      t.jsonb :data, comment: "anything"
      t.decimal :price, precision: 10, scale: 2
      t.check_constraint "price > 0", name: "ar_price"
    end
    add_index :ar_books, "lower(data ->> 'a')", name: "ar_lower", where: "price > 1", algorithm: :concurrently
    change_column_null :ar_books, :price, false, 1
  end
  authors = Class.new(ActiveRecord::Base) { self.table_name = "ar_authors" }
  books = Class.new(ActiveRecord::Base) { self.table_name = "ar_books" }
  author = authors.create!(name: "Ada")
  book = books.create!(ar_author_id: author.id, tags: %w[x y,z], data: { "a" => [1] }, price: "2.50")
  equal [book.reload.tags, book.data, book.price], [%w[x y,z], { "a" => [1] }, BigDecimal("2.5")]
  fails(ActiveRecord::RecordNotUnique) { authors.create!(name: "Ada") }
  fails(ActiveRecord::InvalidForeignKey) { books.create!(ar_author_id: 0, price: 1) }
  authors.transaction { authors.transaction(requires_new: true) { author.update!(name: "Eva"); raise ActiveRecord::Rollback } }
  equal author.lock!.name, "Ada"
  equal authors.upsert_all([{ name: "Ada", created_at: Time.now, updated_at: Time.now }], unique_by: :name).rows, [[author.id]]
  dumped = StringIO.new.tap { |out| ActiveRecord::SchemaDumper.dump(ActiveRecord::Base.connection, out) }.string
  ["t.string \"tags\", default: [], array: true", "comment: \"anything\"", "t.check_constraint \"price > (0)::numeric\"",
   "on_delete: :cascade", "name: \"ar_lower\", where: \"(price > (1)::numeric)\""].each { |line| raise "no #{line} in #{dumped}" unless dumped.include?(line) }
  connection = ActiveRecord::Base.connection
  connection.with_advisory_lock if connection.respond_to?(:with_advisory_lock)
  equal [connection.get_advisory_lock(7), connection.release_advisory_lock(7)], [true, true]
  %w[ar_books ar_authors schema_migrations ar_internal_metadata].each { |table| connection.drop_table(table, force: :cascade, if_exists: true) }
end

close_checks
