#include "emulators/postgres/syntax/parser.h"

/* part_elem. */
static struct ast_node *parse_partition_element(struct pg_parser *p)
{
    struct ast_partition_element *element =
        PG_NEW(p, PARTITION_ELEMENT, partition_element, pg_here(p));
    pg_parse_key(p, &element->column, &element->expression);
    element->collation = pg_parse_opt_collate(p);
    if (pg_is_col_id(pg_token(p)))
        element->op_class = pg_parse_any_name(p);
    return &element->node;
}

struct ast_partition_spec *pg_parse_opt_partition_spec(struct pg_parser *p)
{
    if (pg_at(p) != PG_KW_PARTITION)
        return NULL;
    struct ast_partition_spec *spec = PG_NEW(p, PARTITION_SPEC, partition_spec, pg_here(p));
    pg_expect_two(p, PG_KW_PARTITION, PG_KW_BY);
    spec->strategy = pg_parse_col_id(p);
    pg_expect(p, '(');
    do
        pg_list_add(p, &spec->elements, parse_partition_element(p));
    while (pg_accept(p, ','));
    pg_expect(p, ')');
    return spec;
}

/* hash_partbound_elem: sets the number that it names. */
static void parse_hash_bound(struct pg_parser *p, struct ast_partition_bound *bound)
{
    int32_t at = pg_here(p);
    struct slice word = pg_parse_non_reserved_word(p);
    int32_t value = pg_parse_integer(p);
    bool modulus = slice_eq_str(word, "modulus");
    if (!modulus && !slice_eq_str(word, "remainder")) {
        pg_fail(p, at, "42601", "unrecognized hash partition bound specification \"" SLICE_FMT "\"",
                SLICE_ARG(word));
        return;
    }
    int32_t *number = modulus ? &bound->modulus : &bound->remainder;
    if (*number != -1)
        pg_fail(p, at, "42710", "%s for hash partition provided more than once",
                modulus ? "modulus" : "remainder");
    *number = value;
}

static void parse_hash_bounds(struct pg_parser *p, struct ast_partition_bound *bound)
{
    int32_t at = pg_here(p);
    bound->strategy = AST_PARTITION_HASH;
    bound->modulus = bound->remainder = -1;
    pg_expect_two(p, PG_KW_WITH, '(');
    do
        parse_hash_bound(p, bound);
    while (pg_accept(p, ','));
    pg_expect(p, ')');
    if (bound->modulus == -1)
        pg_fail(p, at, "42601", "modulus for hash partition must be specified");
    if (bound->remainder == -1)
        pg_fail(p, at, "42601", "remainder for hash partition must be specified");
}

static struct ast_list parse_values(struct pg_parser *p)
{
    pg_expect(p, '(');
    struct ast_list list = pg_parse_expr_list(p);
    pg_expect(p, ')');
    return list;
}

struct ast_partition_bound *pg_parse_partition_bound(struct pg_parser *p)
{
    struct ast_partition_bound *bound = PG_NEW(p, PARTITION_BOUND, partition_bound, pg_here(p));
    if (pg_accept(p, PG_KW_DEFAULT)) {
        bound->is_default = true;
        return bound;
    }
    pg_expect_two(p, PG_KW_FOR, PG_KW_VALUES);
    if (pg_at(p) == PG_KW_WITH) {
        parse_hash_bounds(p, bound);
    } else if (pg_accept(p, PG_KW_IN)) {
        bound->strategy = AST_PARTITION_LIST;
        bound->values = parse_values(p);
    } else {
        bound->strategy = AST_PARTITION_RANGE;
        pg_expect(p, PG_KW_FROM);
        bound->lower = parse_values(p);
        pg_expect(p, PG_KW_TO);
        bound->upper = parse_values(p);
    }
    return bound;
}
