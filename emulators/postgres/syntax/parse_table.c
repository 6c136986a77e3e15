#include "emulators/postgres/syntax/parser.h"

struct ast_column_def *pg_parse_column_def(struct pg_parser *p)
{
    struct ast_column_def *column = PG_NEW(p, COLUMN_DEF, column_def, pg_here(p));
    column->name = pg_parse_col_id(p);
    column->type = pg_parse_typename(p);
    if (pg_accept(p, PG_KW_STORAGE)) {
        bool is_default = pg_accept(p, PG_KW_DEFAULT);
        column->storage = is_default ? slice_str("default") : pg_parse_col_id(p);
    }
    if (pg_accept(p, PG_KW_COMPRESSION)) {
        bool is_default = pg_accept(p, PG_KW_DEFAULT);
        column->compression = is_default ? slice_str("default") : pg_parse_col_id(p);
    }
    column->foreign_options = pg_parse_create_options(p);
    column->constraints = pg_parse_column_constraints(p, &column->collate);
    return column;
}

/* columnOptions. */
static struct ast_node *parse_column_options(struct pg_parser *p)
{
    struct ast_column_def *column = PG_NEW(p, COLUMN_DEF, column_def, pg_here(p));
    column->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_WITH))
        pg_expect(p, PG_KW_OPTIONS);
    column->constraints = pg_parse_column_constraints(p, &column->collate);
    return &column->node;
}

/* TableLikeOption. */
static uint32_t parse_like_option(struct pg_parser *p)
{
    static const struct {
        uint16_t word;
        uint32_t option;
    } options[] = {
        {PG_KW_COMMENTS,    AST_LIKE_COMMENTS   },
        {PG_KW_COMPRESSION, AST_LIKE_COMPRESSION},
        {PG_KW_CONSTRAINTS, AST_LIKE_CONSTRAINTS},
        {PG_KW_DEFAULTS,    AST_LIKE_DEFAULTS   },
        {PG_KW_IDENTITY,    AST_LIKE_IDENTITY   },
        {PG_KW_GENERATED,   AST_LIKE_GENERATED  },
        {PG_KW_INDEXES,     AST_LIKE_INDEXES    },
        {PG_KW_STATISTICS,  AST_LIKE_STATISTICS },
        {PG_KW_STORAGE,     AST_LIKE_STORAGE    },
        {PG_KW_ALL,         AST_LIKE_ALL        },
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        if (pg_accept(p, options[i].word))
            return options[i].option;
    pg_unexpected(p);
    return 0;
}

/* TableLikeClause. */
static struct ast_node *parse_like(struct pg_parser *p)
{
    struct ast_table_like *like = PG_NEW(p, TABLE_LIKE, table_like, pg_here(p));
    pg_expect(p, PG_KW_LIKE);
    like->relation = pg_parse_qualified_name(p);
    for (;;) {
        if (pg_accept(p, PG_KW_INCLUDING))
            like->options |= parse_like_option(p);
        else if (pg_accept(p, PG_KW_EXCLUDING))
            like->options &= ~parse_like_option(p);
        else
            return &like->node;
    }
}

/* TableElement, TypedTableElement. */
static struct ast_node *parse_element(struct pg_parser *p, bool typed)
{
    if (pg_starts_table_constraint(p))
        return &pg_parse_table_constraint(p)->node;
    if (typed)
        return parse_column_options(p);
    if (pg_at(p) == PG_KW_LIKE)
        return parse_like(p);
    return &pg_parse_column_def(p)->node;
}

/* OptTableElementList (may be empty), OptTypedTableElementList (may be missing). */
static struct ast_list parse_elements(struct pg_parser *p, bool typed)
{
    struct ast_list list = {0};
    if (typed && pg_at(p) != '(')
        return list;
    pg_expect(p, '(');
    if (!typed && pg_accept(p, ')'))
        return list;
    do
        pg_list_add(p, &list, parse_element(p, typed));
    while (pg_accept(p, ','));
    pg_expect(p, ')');
    return list;
}

/* OptWith. */
static struct ast_list parse_with(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_WITH))
        return pg_parse_reloptions(p);
    if (pg_accept(p, PG_KW_WITHOUT))
        pg_expect(p, PG_KW_OIDS);
    return (struct ast_list){0};
}

/* OnCommitOption. */
static enum ast_on_commit parse_on_commit(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_ON))
        return AST_ON_COMMIT_NOOP;
    pg_expect(p, PG_KW_COMMIT);
    if (pg_accept(p, PG_KW_DROP))
        return AST_ON_COMMIT_DROP;
    bool delete = pg_accept(p, PG_KW_DELETE);
    if (!delete)
        pg_expect(p, PG_KW_PRESERVE);
    pg_expect(p, PG_KW_ROWS);
    return delete ? AST_ON_COMMIT_DELETE_ROWS : AST_ON_COMMIT_PRESERVE_ROWS;
}

/* table_access_method_clause OptWith OnCommitOption OptTableSpace. */
struct storage_options {
    struct slice access_method, tablespace;
    struct ast_list options;
    enum ast_on_commit on_commit;
};

static struct storage_options parse_storage(struct pg_parser *p, bool temporary)
{
    struct storage_options storage = {0};
    if (pg_accept(p, PG_KW_USING))
        storage.access_method = pg_parse_col_id(p);
    storage.options = parse_with(p);
    if (temporary)
        storage.on_commit = parse_on_commit(p);
    if (pg_accept(p, PG_KW_TABLESPACE))
        storage.tablespace = pg_parse_col_id(p);
    return storage;
}

/* opt_with_data: whether it said NO DATA. */
bool pg_parse_opt_with_no_data(struct pg_parser *p)
{
    if (!pg_accept(p, PG_KW_WITH))
        return false;
    bool no = pg_accept(p, PG_KW_NO);
    pg_expect(p, PG_KW_DATA);
    return no;
}

/* CREATE TABLE name [columns] ... AS query, behind the name. */
static struct ast_node *parse_create_as(struct pg_parser *p, struct ast_relation *relation,
                                        bool if_not_exists, int32_t at)
{
    struct ast_create_table_as *create = PG_NEW(p, CREATE_TABLE_AS, create_table_as, at);
    struct ast_into *into = PG_NEW(p, INTO, into, relation->node.location);
    create->into = into;
    create->if_not_exists = if_not_exists;
    into->relation = relation;
    into->columns = pg_parse_opt_column_list(p);
    struct storage_options storage = parse_storage(p, true);
    into->access_method = storage.access_method;
    into->options = storage.options;
    into->on_commit = storage.on_commit;
    into->tablespace = storage.tablespace;
    pg_expect(p, PG_KW_AS);
    create->query = pg_at(p) == PG_KW_EXECUTE ? pg_parse_execute(p) : &pg_parse_select(p)->node;
    into->skip_data = pg_parse_opt_with_no_data(p);
    return &create->node;
}

/* Whether the table's name is followed by CREATE TABLE AS's clauses. */
static bool is_create_as(struct pg_parser *p)
{
    uint16_t kind = pg_at(p), behind = pg_peek(p, 2);
    if (kind == '(')
        return pg_is_col_id(pg_token_ahead(p, 1)) && (behind == ',' || behind == ')');
    return kind != PG_KW_OF && kind != PG_KW_PARTITION;
}

/* What the three forms of CREATE TABLE say of the rows: columns, OF type, PARTITION OF parent. */
static void parse_table_body(struct pg_parser *p, struct ast_create_table *create)
{
    if (pg_accept(p, PG_KW_OF)) {
        create->of_type = PG_NEW(p, TYPE_NAME, type_name, pg_here(p));
        create->of_type->names = pg_parse_any_name(p);
        create->elements = parse_elements(p, true);
    } else if (pg_accept(p, PG_KW_PARTITION)) {
        pg_expect(p, PG_KW_OF);
        pg_list_add(p, &create->inherits, &pg_parse_qualified_name(p)->node);
        create->elements = parse_elements(p, true);
        create->bound = pg_parse_partition_bound(p);
    } else {
        create->elements = parse_elements(p, false);
        if (pg_accept(p, PG_KW_INHERITS)) {
            pg_expect(p, '(');
            create->inherits = pg_parse_qualified_name_list(p);
            pg_expect(p, ')');
        }
    }
}

struct ast_node *pg_parse_create_table(struct pg_parser *p, enum ast_persistence persistence)
{
    int32_t at = pg_here(p);
    pg_expect(p, PG_KW_TABLE);
    bool if_not_exists = pg_accept_if_not_exists(p);
    struct ast_relation *relation = pg_parse_qualified_name(p);
    relation->persistence = persistence;
    if (is_create_as(p))
        return parse_create_as(p, relation, if_not_exists, at);
    struct ast_create_table *create = PG_NEW(p, CREATE_TABLE, create_table, at);
    create->relation = relation;
    create->if_not_exists = if_not_exists;
    parse_table_body(p, create);
    create->partition = pg_parse_opt_partition_spec(p);
    struct storage_options storage = parse_storage(p, true);
    create->access_method = storage.access_method;
    create->options = storage.options;
    create->on_commit = storage.on_commit;
    create->tablespace = storage.tablespace;
    return &create->node;
}

/* CREATE FOREIGN TABLE, from TABLE on. */
struct ast_node *pg_parse_create_foreign_table(struct pg_parser *p)
{
    struct ast_create_foreign_table *foreign =
        PG_NEW(p, CREATE_FOREIGN_TABLE, create_foreign_table, pg_here(p));
    struct ast_create_table *create = PG_NEW(p, CREATE_TABLE, create_table, pg_here(p));
    pg_expect(p, PG_KW_TABLE);
    foreign->table = create;
    create->if_not_exists = pg_accept_if_not_exists(p);
    create->relation = pg_parse_qualified_name(p);
    if (pg_at(p) == PG_KW_OF)
        pg_unexpected(p);
    parse_table_body(p, create);
    pg_expect(p, PG_KW_SERVER);
    foreign->server = pg_parse_col_id(p);
    foreign->options = pg_parse_create_options(p);
    return &foreign->node;
}

/* CREATE MATERIALIZED VIEW, from MATERIALIZED on. */
struct ast_node *pg_parse_create_materialized_view(struct pg_parser *p,
                                                   enum ast_persistence persistence)
{
    struct ast_create_table_as *create = PG_NEW(p, CREATE_TABLE_AS, create_table_as, pg_here(p));
    struct ast_into *into = PG_NEW(p, INTO, into, pg_here(p));
    pg_expect_two(p, PG_KW_MATERIALIZED, PG_KW_VIEW);
    create->materialized_view = true;
    create->into = into;
    create->if_not_exists = pg_accept_if_not_exists(p);
    into->relation = pg_parse_qualified_name(p);
    into->relation->persistence = persistence;
    into->columns = pg_parse_opt_column_list(p);
    struct storage_options storage = parse_storage(p, false);
    into->access_method = storage.access_method;
    into->options = storage.options;
    into->tablespace = storage.tablespace;
    pg_expect(p, PG_KW_AS);
    create->query = &pg_parse_select(p)->node;
    into->skip_data = pg_parse_opt_with_no_data(p);
    return &create->node;
}
