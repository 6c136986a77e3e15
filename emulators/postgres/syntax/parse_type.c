#include "emulators/postgres/syntax/parser.h"

/* What opt_interval's typmod says: fields as bits, in the server's numbering. */
#define YEAR       (1 << 2)
#define MONTH      (1 << 1)
#define DAY        (1 << 3)
#define HOUR       (1 << 10)
#define MINUTE     (1 << 11)
#define SECOND     (1 << 12)
#define ALL_FIELDS 0x7fff

struct ast_type_name *pg_system_type(struct pg_parser *p, const char *name, int32_t location)
{
    struct ast_type_name *type = PG_NEW(p, TYPE_NAME, type_name, location);
    type->names = pg_names_of(p, "pg_catalog", name);
    return type;
}

/* opt_type_modifiers. */
static struct ast_list parse_modifiers(struct pg_parser *p)
{
    struct ast_list list = {0};
    if (pg_accept(p, '(')) {
        list = pg_parse_expr_list(p);
        pg_expect(p, ')');
    }
    return list;
}

/* '(' Iconst ')': adds it to the list; false: there is none. */
static bool parse_precision(struct pg_parser *p, struct ast_list *typmods)
{
    if (!pg_accept(p, '('))
        return false;
    int32_t at = pg_here(p);
    pg_list_add(p, typmods, pg_integer(p, pg_parse_integer(p), at));
    pg_expect(p, ')');
    return true;
}

/* The interval's fields from each on: which may follow TO, and what that is together. */
static const struct {
    uint16_t first;
    int32_t fields;
    struct {
        uint16_t last;
        int32_t fields;
    } to[3];
} interval_fields[] = {
    {PG_KW_YEAR,   YEAR,   {{PG_KW_MONTH, YEAR | MONTH}}                                          },
    {PG_KW_MONTH,  MONTH,  {{0}}                                                                  },
    {PG_KW_DAY,
     DAY,                  {{PG_KW_HOUR, DAY | HOUR},
      {PG_KW_MINUTE, DAY | HOUR | MINUTE},
      {PG_KW_SECOND, DAY | HOUR | MINUTE | SECOND}}                                      },
    {PG_KW_HOUR,   HOUR,   {{PG_KW_MINUTE, HOUR | MINUTE}, {PG_KW_SECOND, HOUR | MINUTE | SECOND}}},
    {PG_KW_MINUTE, MINUTE, {{PG_KW_SECOND, MINUTE | SECOND}}                                      },
    {PG_KW_SECOND, SECOND, {{0}}                                                                  },
};

struct ast_list pg_parse_opt_interval(struct pg_parser *p)
{
    struct ast_list typmods = {0};
    size_t row = 0, rows = sizeof(interval_fields) / sizeof(*interval_fields);
    while (row < rows && interval_fields[row].first != pg_at(p))
        row++;
    if (row == rows)
        return typmods;
    int32_t at = pg_here(p), fields = interval_fields[row].fields;
    uint16_t last = interval_fields[row].first;
    pg_skip(p);
    if (interval_fields[row].to[0].last && pg_accept(p, PG_KW_TO)) {
        last = 0;
        for (int i = 0; i < 3 && !last; i++)
            if (interval_fields[row].to[i].last == pg_at(p)) {
                last = pg_at(p);
                fields = interval_fields[row].to[i].fields;
            }
        if (last)
            pg_skip(p);
        else
            pg_unexpected(p);
    }
    pg_list_add(p, &typmods, pg_integer(p, fields, at));
    if (last == PG_KW_SECOND)
        parse_precision(p, &typmods);
    return typmods;
}

static struct ast_type_name *parse_interval(struct pg_parser *p, int32_t at, bool constant)
{
    struct ast_type_name *type = pg_system_type(p, "interval", at);
    if (pg_at(p) == '(') {
        pg_list_add(p, &type->typmods, pg_integer(p, ALL_FIELDS, -1));
        parse_precision(p, &type->typmods);
    } else if (!constant) {
        type->typmods = pg_parse_opt_interval(p);
    }
    return type;
}

static struct ast_type_name *parse_datetime(struct pg_parser *p, uint16_t word, int32_t at)
{
    struct ast_list typmods = {0};
    parse_precision(p, &typmods);
    bool with = false;
    if ((pg_at(p) == PG_KW_WITH || pg_at(p) == PG_KW_WITHOUT) && pg_peek(p, 1) == PG_KW_TIME) {
        with = pg_at(p) == PG_KW_WITH;
        pg_skip(p);
        pg_expect_two(p, PG_KW_TIME, PG_KW_ZONE);
    }
    const char *name =
        word == PG_KW_TIME ? (with ? "timetz" : "time") : (with ? "timestamptz" : "timestamp");
    struct ast_type_name *type = pg_system_type(p, name, at);
    type->typmods = typmods;
    return type;
}

static struct ast_type_name *parse_float(struct pg_parser *p, int32_t at)
{
    struct ast_list precision = {0};
    const char *name = "float8";
    int32_t where = pg_peek(p, 1) == PG_TOKEN_INTEGER ? pg_token_ahead(p, 1)->at : at;
    if (parse_precision(p, &precision) && precision.count) {
        int32_t bits = AST_AS(const, precision.items[0])->integer;
        if (bits < 1)
            pg_fail(p, where, "22023", "precision for type float must be at least 1 bit");
        else if (bits > 53)
            pg_fail(p, where, "22023", "precision for type float must be less than 54 bits");
        name = bits <= 24 ? "float4" : "float8";
    }
    return pg_system_type(p, name, at);
}

static struct ast_type_name *parse_bit(struct pg_parser *p, int32_t at, bool constant)
{
    bool varying = pg_accept(p, PG_KW_VARYING);
    struct ast_type_name *type = pg_system_type(p, varying ? "varbit" : "bit", at);
    type->typmods = parse_modifiers(p);
    if (type->typmods.count == 0 && !varying && !constant)
        pg_list_add(p, &type->typmods, pg_integer(p, 1, -1));
    return type;
}

static struct ast_type_name *parse_character(struct pg_parser *p, uint16_t word, int32_t at,
                                             bool constant)
{
    if (word == PG_KW_NATIONAL && !pg_accept(p, PG_KW_CHARACTER))
        pg_expect(p, PG_KW_CHAR);
    bool varying = word == PG_KW_VARCHAR || pg_accept(p, PG_KW_VARYING);
    struct ast_type_name *type = pg_system_type(p, varying ? "varchar" : "bpchar", at);
    if (!parse_precision(p, &type->typmods) && !varying && !constant)
        pg_list_add(p, &type->typmods, pg_integer(p, 1, -1));
    return type;
}

/* Spellings that are just another name. */
static const struct {
    uint16_t word;
    const char *name;
    bool modifiers;
} numeric_types[] = {
    {PG_KW_INT,      "int4",    false},
    {PG_KW_INTEGER,  "int4",    false},
    {PG_KW_SMALLINT, "int2",    false},
    {PG_KW_BIGINT,   "int8",    false},
    {PG_KW_REAL,     "float4",  false},
    {PG_KW_BOOLEAN,  "bool",    false},
    {PG_KW_DECIMAL,  "numeric", true },
    {PG_KW_DEC,      "numeric", true },
    {PG_KW_NUMERIC,  "numeric", true },
};

static struct ast_type_name *parse_numeric(struct pg_parser *p, uint16_t word, int32_t at)
{
    for (size_t i = 0; i < sizeof(numeric_types) / sizeof(*numeric_types); i++) {
        if (numeric_types[i].word != word)
            continue;
        pg_skip(p);
        struct ast_type_name *type = pg_system_type(p, numeric_types[i].name, at);
        if (numeric_types[i].modifiers)
            type->typmods = parse_modifiers(p);
        return type;
    }
    return NULL;
}

struct ast_type_name *pg_parse_builtin_type(struct pg_parser *p, bool constant)
{
    uint16_t word = pg_at(p);
    int32_t at = pg_here(p);
    switch (word) {
    case PG_KW_DOUBLE:
        if (pg_peek(p, 1) != PG_KW_PRECISION)
            return NULL;
        pg_skip(p);
        pg_skip(p);
        return pg_system_type(p, "float8", at);
    case PG_KW_FLOAT: pg_skip(p); return parse_float(p, at);
    case PG_KW_BIT: pg_skip(p); return parse_bit(p, at, constant);
    case PG_KW_CHARACTER:
    case PG_KW_CHAR:
    case PG_KW_NATIONAL:
    case PG_KW_NCHAR:
    case PG_KW_VARCHAR: pg_skip(p); return parse_character(p, word, at, constant);
    case PG_KW_TIMESTAMP:
    case PG_KW_TIME: pg_skip(p); return parse_datetime(p, word, at);
    case PG_KW_INTERVAL: pg_skip(p); return parse_interval(p, at, constant);
    default: return parse_numeric(p, word, at);
    }
}

/* GenericType, and with %TYPE behind it func_type's. */
static struct ast_type_name *parse_generic_type(struct pg_parser *p, bool percent)
{
    struct ast_type_name *type = PG_NEW(p, TYPE_NAME, type_name, pg_here(p));
    pg_names_add(p, &type->names, pg_parse_type_function_name(p));
    while (pg_accept(p, '.'))
        pg_names_add(p, &type->names, pg_parse_col_label(p));
    if (percent && type->names.count > 1 && pg_at(p) == '%') {
        pg_skip(p);
        pg_expect(p, PG_KW_TYPE);
        type->percent_type = true;
        return type;
    }
    type->typmods = parse_modifiers(p);
    return type;
}

static void add_dimension(struct pg_parser *p, struct ast_type_name *type, int32_t bound)
{
    uint32_t count = type->array_dimensions;
    if ((count & (count - 1)) == 0) {
        int32_t *larger = arena_array(p->arena, count ? count * 2 : 1, sizeof(*larger));
        if (!larger)
            return;
        if (count)
            memcpy(larger, type->array_bounds, count * sizeof(*larger));
        type->array_bounds = larger;
    }
    type->array_bounds[type->array_dimensions++] = bound;
}

/* opt_array_bounds, ARRAY, ARRAY '[' Iconst ']'. */
static void parse_array_bounds(struct pg_parser *p, struct ast_type_name *type)
{
    if (pg_accept(p, PG_KW_ARRAY)) {
        bool bound = pg_accept(p, '[');
        add_dimension(p, type, bound ? pg_parse_integer(p) : -1);
        if (bound)
            pg_expect(p, ']');
        return;
    }
    while (pg_accept(p, '[')) {
        add_dimension(p, type, pg_at(p) == ']' ? -1 : pg_parse_integer(p));
        pg_expect(p, ']');
    }
}

static struct ast_type_name *parse_type(struct pg_parser *p, bool percent)
{
    bool setof = pg_accept(p, PG_KW_SETOF);
    struct ast_type_name *type = pg_parse_builtin_type(p, false);
    if (!type)
        type = parse_generic_type(p, percent);
    if (!type->percent_type)
        parse_array_bounds(p, type);
    type->setof = setof;
    return type;
}

struct ast_type_name *pg_parse_typename(struct pg_parser *p)
{
    return parse_type(p, false);
}

struct ast_type_name *pg_parse_func_type(struct pg_parser *p)
{
    return parse_type(p, true);
}

struct ast_list pg_parse_type_list(struct pg_parser *p)
{
    struct ast_list list = {0};
    do
        pg_list_add(p, &list, &pg_parse_typename(p)->node);
    while (pg_accept(p, ','));
    return list;
}
