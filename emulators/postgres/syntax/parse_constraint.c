#include "emulators/postgres/syntax/parser.h"

/* ConstraintAttributeSpec as bits. */
enum attribute {
    NOT_DEFERRABLE = 1 << 0,
    DEFERRABLE = 1 << 1,
    INITIALLY_IMMEDIATE = 1 << 2,
    INITIALLY_DEFERRED = 1 << 3,
    NOT_VALID = 1 << 4,
    NO_INHERIT = 1 << 5,
};

static const struct {
    uint16_t first, second; /* second 0: one word */
    enum attribute attribute;
} attributes[] = {
    {PG_KW_NOT,        PG_KW_DEFERRABLE, NOT_DEFERRABLE     },
    {PG_KW_DEFERRABLE, 0,                DEFERRABLE         },
    {PG_KW_INITIALLY,  PG_KW_IMMEDIATE,  INITIALLY_IMMEDIATE},
    {PG_KW_INITIALLY,  PG_KW_DEFERRED,   INITIALLY_DEFERRED },
    {PG_KW_NOT,        PG_KW_VALID,      NOT_VALID          },
    {PG_KW_NO,         PG_KW_INHERIT,    NO_INHERIT         },
};

/* ConstraintAttributeElem; 0: none here. */
static unsigned parse_attribute(struct pg_parser *p)
{
    bool begun = false;
    for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
        if (attributes[i].first != pg_at(p))
            continue;
        begun = true;
        if (attributes[i].second && attributes[i].second != pg_peek(p, 1))
            continue;
        pg_skip(p);
        if (attributes[i].second)
            pg_skip(p);
        return attributes[i].attribute;
    }
    if (begun) {
        pg_skip(p);
        pg_unexpected(p);
    }
    return 0;
}

static bool both(unsigned all, unsigned pair)
{
    return (all & pair) == pair;
}

static unsigned parse_attributes(struct pg_parser *p)
{
    unsigned all = 0;
    for (;;) {
        int32_t at = pg_here(p);
        unsigned one = parse_attribute(p);
        if (!one)
            return all;
        all |= one;
        if (both(all, NOT_DEFERRABLE | INITIALLY_DEFERRED))
            pg_fail(p, at, "42601", "constraint declared INITIALLY DEFERRED must be DEFERRABLE");
        if (both(all, NOT_DEFERRABLE | DEFERRABLE) ||
            both(all, INITIALLY_IMMEDIATE | INITIALLY_DEFERRED))
            pg_fail(p, at, "42601", "conflicting constraint properties");
    }
}

/* Sets what is allowed to constraints of this type, refuses the rest. */
static void set_attributes(struct pg_parser *p, struct ast_constraint *c, const char *what,
                           unsigned allowed)
{
    unsigned all = parse_attributes(p);
    const char *refused = NULL;
    if (all & (DEFERRABLE | INITIALLY_DEFERRED) & ~allowed)
        refused = "DEFERRABLE";
    else if (all & NOT_VALID & ~allowed)
        refused = "NOT VALID";
    else if (all & NO_INHERIT & ~allowed)
        refused = "NO INHERIT";
    if (refused)
        pg_fail(p, -1, "0A000", "%s constraints cannot be marked %s", what, refused);
    c->deferrable = (all & (DEFERRABLE | INITIALLY_DEFERRED)) != 0;
    c->initially_deferred = (all & INITIALLY_DEFERRED) != 0;
    c->skip_validation = (all & NOT_VALID) != 0;
    c->no_inherit = (all & NO_INHERIT) != 0;
}

#define TIMING (DEFERRABLE | INITIALLY_DEFERRED)

void pg_parse_timing_attributes(struct pg_parser *p, const char *what, bool *deferrable,
                                bool *initially_deferred)
{
    struct ast_constraint c = {0};
    set_attributes(p, &c, what, TIMING);
    *deferrable = c.deferrable;
    *initially_deferred = c.initially_deferred;
}

/* key_action. */
static enum ast_fk_action parse_key_action(struct pg_parser *p, struct ast_names *columns)
{
    if (pg_accept(p, PG_KW_RESTRICT))
        return AST_FK_RESTRICT;
    if (pg_accept(p, PG_KW_CASCADE))
        return AST_FK_CASCADE;
    if (pg_accept(p, PG_KW_NO)) {
        pg_expect(p, PG_KW_ACTION);
        return AST_FK_NO_ACTION;
    }
    pg_expect(p, PG_KW_SET);
    bool null = pg_accept(p, PG_KW_NULL);
    if (!null)
        pg_expect(p, PG_KW_DEFAULT);
    *columns = pg_parse_opt_column_list(p);
    return null ? AST_FK_SET_NULL : AST_FK_SET_DEFAULT;
}

/* key_actions. */
static void parse_key_actions(struct pg_parser *p, struct ast_constraint *c)
{
    bool update_given = false, delete_given = false;
    while (pg_at(p) == PG_KW_ON) {
        int32_t at = pg_here(p);
        uint16_t event = pg_peek(p, 1);
        if ((event == PG_KW_UPDATE && update_given) || (event == PG_KW_DELETE && delete_given))
            return;
        pg_skip(p);
        struct ast_names columns = {0};
        if (pg_accept(p, PG_KW_UPDATE)) {
            update_given = true;
            c->on_update = parse_key_action(p, &columns);
            if (columns.count)
                pg_fail(p, at, "0A000",
                        "a column list with %s is only supported for ON DELETE actions",
                        c->on_update == AST_FK_SET_NULL ? "SET NULL" : "SET DEFAULT");
            continue;
        }
        delete_given = true;
        pg_expect(p, PG_KW_DELETE);
        c->on_delete = parse_key_action(p, &c->on_delete_columns);
    }
}

/* REFERENCES qualified_name opt_column_list key_match key_actions. */
static void parse_references(struct pg_parser *p, struct ast_constraint *c)
{
    pg_expect(p, PG_KW_REFERENCES);
    c->referenced = pg_parse_qualified_name(p);
    c->referenced_columns = pg_parse_opt_column_list(p);
    int32_t at = pg_here(p);
    if (pg_accept(p, PG_KW_MATCH)) {
        if (pg_accept(p, PG_KW_FULL))
            c->match = AST_MATCH_FULL;
        else if (pg_accept(p, PG_KW_PARTIAL))
            pg_fail(p, at, "0A000", "MATCH PARTIAL not yet implemented");
        else
            pg_expect(p, PG_KW_SIMPLE);
    }
    parse_key_actions(p, c);
}

/* opt_definition OptConsTableSpace. */
static void parse_index_options(struct pg_parser *p, struct ast_constraint *c)
{
    c->options = pg_parse_opt_with_definition(p);
    if (pg_accept(p, PG_KW_USING)) {
        pg_expect_two(p, PG_KW_INDEX, PG_KW_TABLESPACE);
        c->tablespace = pg_parse_col_id(p);
    }
}

/* generated_when. */
bool pg_parse_generated_when(struct pg_parser *p)
{
    if (pg_accept(p, PG_KW_ALWAYS))
        return true;
    pg_expect_two(p, PG_KW_BY, PG_KW_DEFAULT);
    return false;
}

static void parse_generated(struct pg_parser *p, struct ast_constraint *c)
{
    pg_skip(p);
    int32_t when_at = pg_here(p);
    c->generated_always = pg_parse_generated_when(p);
    pg_expect(p, PG_KW_AS);
    if (pg_accept(p, PG_KW_IDENTITY)) {
        c->type = AST_CONSTRAINT_IDENTITY;
        c->options = pg_parse_parenthesized_sequence_options(p);
        return;
    }
    c->type = AST_CONSTRAINT_GENERATED;
    pg_expect(p, '(');
    c->expression = pg_parse_a_expr(p);
    pg_expect_two(p, ')', PG_KW_STORED);
    if (!c->generated_always)
        pg_fail(p, when_at, "42601", "for a generated column, GENERATED ALWAYS must be specified");
}

/* CHECK '(' a_expr ')'. */
static void parse_check(struct pg_parser *p, struct ast_constraint *c)
{
    c->type = AST_CONSTRAINT_CHECK;
    pg_expect(p, '(');
    c->expression = pg_parse_a_expr(p);
    pg_expect(p, ')');
}

/* NOT NULL, NOT DEFERRABLE. */
static void parse_not(struct pg_parser *p, struct ast_constraint *c)
{
    c->type = AST_CONSTRAINT_NOT_NULL;
    if (pg_accept(p, PG_KW_DEFERRABLE))
        c->type = AST_CONSTRAINT_ATTR_NOT_DEFERRABLE;
    else
        pg_expect(p, PG_KW_NULL);
}

/* ColConstraintElem, ConstraintAttr; false: none here. */
static bool parse_column_constraint_element(struct pg_parser *p, struct ast_constraint *c,
                                            bool named)
{
    uint16_t kind = pg_at(p);
    if (kind == PG_KW_REFERENCES) {
        c->type = AST_CONSTRAINT_FOREIGN;
        parse_references(p, c);
        return true;
    }
    if (kind == PG_KW_GENERATED) {
        parse_generated(p, c);
        return true;
    }
    if (kind == PG_KW_NOT && named && pg_peek(p, 1) != PG_KW_NULL) {
        pg_skip(p);
        return false;
    }
    if (pg_accept(p, PG_KW_NOT)) {
        parse_not(p, c);
    } else if (pg_accept(p, PG_KW_NULL)) {
        c->type = AST_CONSTRAINT_NULL;
    } else if (pg_accept(p, PG_KW_UNIQUE)) {
        c->type = AST_CONSTRAINT_UNIQUE;
        c->nulls_not_distinct = pg_parse_nulls_not_distinct(p);
        parse_index_options(p, c);
    } else if (pg_accept(p, PG_KW_PRIMARY)) {
        pg_expect(p, PG_KW_KEY);
        c->type = AST_CONSTRAINT_PRIMARY;
        parse_index_options(p, c);
    } else if (pg_accept(p, PG_KW_CHECK)) {
        parse_check(p, c);
        c->no_inherit = pg_accept_two(p, PG_KW_NO, PG_KW_INHERIT);
    } else if (pg_accept(p, PG_KW_DEFAULT)) {
        c->type = AST_CONSTRAINT_DEFAULT;
        c->expression = pg_parse_b_expr(p);
    } else if (!named && pg_accept(p, PG_KW_DEFERRABLE)) {
        c->type = AST_CONSTRAINT_ATTR_DEFERRABLE;
    } else if (!named && pg_accept(p, PG_KW_INITIALLY)) {
        bool deferred = pg_accept(p, PG_KW_DEFERRED);
        c->type = deferred ? AST_CONSTRAINT_ATTR_DEFERRED : AST_CONSTRAINT_ATTR_IMMEDIATE;
        if (!deferred)
            pg_expect(p, PG_KW_IMMEDIATE);
    } else {
        return false;
    }
    return true;
}

/* ColQualList: constraints, and at most one COLLATE among them. */
struct ast_list pg_parse_column_constraints(struct pg_parser *p, struct ast_collate **collate)
{
    struct ast_list list = {0};
    for (;;) {
        int32_t at = pg_here(p);
        if (pg_at(p) == PG_KW_COLLATE) {
            struct ast_collate *given = pg_parse_opt_collate_clause(p);
            if (*collate)
                pg_fail(p, at, "42601", "multiple COLLATE clauses not allowed");
            *collate = given;
            continue;
        }
        bool named = pg_at(p) == PG_KW_CONSTRAINT;
        uint16_t kind = pg_at(p);
        bool begins = named || kind == PG_KW_NOT || kind == PG_KW_NULL || kind == PG_KW_UNIQUE ||
                      kind == PG_KW_PRIMARY || kind == PG_KW_CHECK || kind == PG_KW_DEFAULT ||
                      kind == PG_KW_DEFERRABLE || kind == PG_KW_INITIALLY ||
                      kind == PG_KW_REFERENCES || kind == PG_KW_GENERATED;
        if (!begins)
            return list;
        struct ast_constraint *c = PG_NEW(p, CONSTRAINT, constraint, at);
        if (named) {
            pg_skip(p);
            c->name = pg_parse_col_id(p);
        }
        if (!parse_column_constraint_element(p, c, named))
            pg_unexpected(p);
        pg_list_add(p, &list, &c->node);
    }
}

/* '(' columnList ')' opt_c_include opt_definition OptConsTableSpace, or USING INDEX name. */
static void parse_key(struct pg_parser *p, struct ast_constraint *c)
{
    if (!c->nulls_not_distinct && pg_accept(p, PG_KW_USING)) {
        pg_expect(p, PG_KW_INDEX);
        c->index = pg_parse_col_id(p);
        return;
    }
    c->columns = pg_parse_column_list(p);
    if (pg_accept(p, PG_KW_INCLUDE))
        c->including = pg_parse_column_list(p);
    parse_index_options(p, c);
}

static void parse_exclude(struct pg_parser *p, struct ast_constraint *c)
{
    c->type = AST_CONSTRAINT_EXCLUDE;
    if (pg_accept(p, PG_KW_USING))
        c->access_method = pg_parse_col_id(p);
    c->exclusions = pg_parse_exclusions(p);
    if (pg_accept(p, PG_KW_INCLUDE))
        c->including = pg_parse_column_list(p);
    parse_index_options(p, c);
    if (pg_accept(p, PG_KW_WHERE)) {
        pg_expect(p, '(');
        c->where = pg_parse_a_expr(p);
        pg_expect(p, ')');
    }
    set_attributes(p, c, "EXCLUDE", TIMING);
}

bool pg_starts_table_constraint(struct pg_parser *p)
{
    uint16_t kind = pg_at(p), next = pg_peek(p, 1);
    return kind == PG_KW_CONSTRAINT || kind == PG_KW_CHECK || kind == PG_KW_UNIQUE ||
           kind == PG_KW_PRIMARY || kind == PG_KW_FOREIGN ||
           (kind == PG_KW_EXCLUDE && (next == PG_KW_USING || next == '('));
}

struct ast_constraint *pg_parse_table_constraint(struct pg_parser *p)
{
    struct ast_constraint *c = PG_NEW(p, CONSTRAINT, constraint, pg_here(p));
    if (pg_accept(p, PG_KW_CONSTRAINT))
        c->name = pg_parse_col_id(p);
    if (pg_accept(p, PG_KW_CHECK)) {
        parse_check(p, c);
        set_attributes(p, c, "CHECK", NOT_VALID | NO_INHERIT);
    } else if (pg_accept(p, PG_KW_UNIQUE)) {
        c->type = AST_CONSTRAINT_UNIQUE;
        c->nulls_not_distinct = pg_parse_nulls_not_distinct(p);
        parse_key(p, c);
        set_attributes(p, c, "UNIQUE", TIMING);
    } else if (pg_accept(p, PG_KW_PRIMARY)) {
        c->type = AST_CONSTRAINT_PRIMARY;
        pg_expect(p, PG_KW_KEY);
        parse_key(p, c);
        set_attributes(p, c, "PRIMARY KEY", TIMING);
    } else if (pg_accept(p, PG_KW_EXCLUDE)) {
        parse_exclude(p, c);
    } else {
        c->type = AST_CONSTRAINT_FOREIGN;
        pg_expect_two(p, PG_KW_FOREIGN, PG_KW_KEY);
        c->columns = pg_parse_column_list(p);
        parse_references(p, c);
        set_attributes(p, c, "FOREIGN KEY", TIMING | NOT_VALID);
    }
    return c;
}
