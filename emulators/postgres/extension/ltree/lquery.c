/* lquery: levels between dots, each a star or words, with how often it may come. */
#include "emulators/postgres/extension/ltree/ltree.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

#define COUNT_MAX 65535

struct level {
    bool star, negated, counted;
    uint32_t low, high;
    struct ltree_word *words;
    uint32_t count;
};

struct lquery {
    struct level *levels;
    uint32_t count;
};

struct parse {
    struct sql_call *call;
    struct slice text;
    size_t at;
    struct ltree_word *words; /* room for all that there can be */
    uint32_t word_count;
};

/* ---- parsing */

static int character(const struct parse *parse)
{
    return (int)sql_text_length(slice_of(parse->text.ptr, parse->at)) + 1;
}

/* At the end of the text, or at a character that cannot be here. */
static bool fail_here(struct parse *parse)
{
    struct sql_error *error = parse->call->env->error;
    if (parse->at < parse->text.len)
        return sql_fail(error, "42601", "lquery syntax error at character %d", character(parse));
    sql_fail(error, "42601", "lquery syntax error");
    return sql_detail(error, "Unexpected end of input.");
}

static bool is_next(const struct parse *parse, char c)
{
    return parse->at < parse->text.len && parse->text.ptr[parse->at] == (uint8_t)c;
}

static bool accept(struct parse *parse, char c)
{
    bool next = is_next(parse, c);
    parse->at += next;
    return next;
}

static bool read_word(struct parse *parse, bool negated, struct ltree_word *word)
{
    size_t begin = parse->at;
    while (parse->at < parse->text.len && ltree_is_label(parse->text.ptr[parse->at]))
        parse->at++;
    *word = (struct ltree_word){.text = slice_of(parse->text.ptr + begin, parse->at - begin)};
    bool ends = parse->at == parse->text.len || is_next(parse, '.') || is_next(parse, '|') ||
                is_next(parse, '{');
    if (!word->text.len && negated && ends) {
        sql_fail(parse->call->env->error, "42601", "lquery syntax error at character %d",
                 character(parse));
        return sql_detail(parse->call->env->error, "Empty labels are not allowed.");
    }
    if (!word->text.len)
        return fail_here(parse);
    while (parse->at < parse->text.len && ltree_word_modifier(word, parse->text.ptr[parse->at]))
        parse->at++;
    return ltree_check_label(parse->call, word->text.len, parse->at);
}

/* A number of {}; what: "Low" or "High". */
static bool read_count(struct parse *parse, const char *what, uint32_t *out)
{
    int begin = character(parse);
    if (parse->at == parse->text.len || !sql_is_digit(parse->text.ptr[parse->at]))
        return fail_here(parse);
    uint64_t value = 0;
    for (; parse->at < parse->text.len && sql_is_digit(parse->text.ptr[parse->at]); parse->at++)
        if (value <= COUNT_MAX)
            value = value * 10 + (parse->text.ptr[parse->at] - '0');
    *out = (uint32_t)value;
    if (value <= COUNT_MAX)
        return true;
    sql_fail(parse->call->env->error, "54000", "lquery syntax error");
    return sql_detail(parse->call->env->error,
                      "%s limit (%u) exceeds the maximum allowed (%d), at character %d.", what,
                      (unsigned)value, COUNT_MAX, begin);
}

/* {n}, {n,}, {,m}, {n,m} */
static bool read_counts(struct parse *parse, struct level *level)
{
    int begin;
    level->counted = true;
    level->low = 0;
    level->high = COUNT_MAX;
    if (!is_next(parse, ',') && !read_count(parse, "Low", &level->low))
        return false;
    if (accept(parse, ',')) {
        begin = character(parse);
        if (!is_next(parse, '}') && !read_count(parse, "High", &level->high))
            return false;
        if (level->low > level->high) {
            sql_fail(parse->call->env->error, "42601", "lquery syntax error");
            return sql_detail(parse->call->env->error,
                              "Low limit (%u) is greater than high limit (%u), at character %d.",
                              (unsigned)level->low, (unsigned)level->high, begin);
        }
    } else {
        level->high = level->low;
    }
    return accept(parse, '}') || fail_here(parse);
}

static bool read_level(struct parse *parse, struct level *level)
{
    *level = (struct level){.low = 1, .high = 1, .words = parse->words + parse->word_count};
    if (accept(parse, '*')) {
        level->star = true;
        level->low = 0;
        level->high = COUNT_MAX;
    } else {
        level->negated = accept(parse, '!');
        do {
            if (!read_word(parse, level->negated && level->count == 0,
                           &parse->words[parse->word_count++]))
                return false;
            level->count++;
        } while (accept(parse, '|'));
    }
    return !accept(parse, '{') || read_counts(parse, level);
}

static bool parse_query(struct sql_call *call, struct slice text, struct lquery *out)
{
    struct parse parse = {.call = call, .text = text};
    uint32_t levels = 1, words = 1;
    for (size_t i = 0; i < text.len; i++) {
        levels += text.ptr[i] == '.';
        words += text.ptr[i] == '.' || text.ptr[i] == '|';
    }
    *out = (struct lquery){.levels = arena_array(call->arena, levels, sizeof *out->levels)};
    parse.words = arena_array(call->arena, words + 1u, sizeof *parse.words);
    if (!out->levels || !parse.words)
        return sql_fail_memory(call->env->error);
    if (levels > LTREE_LEVELS_MAX)
        return sql_fail(call->env->error, "54000",
                        "number of lquery items (%u) exceeds the maximum allowed (%d)",
                        (unsigned)levels, LTREE_LEVELS_MAX);
    do {
        if (!read_level(&parse, &out->levels[out->count++]))
            return false;
    } while (accept(&parse, '.'));
    return parse.at == text.len || fail_here(&parse);
}

/* ---- printing */

static void print_counts(struct sql_bytes *out, const struct level *level)
{
    sql_bytes_add_char(out, '{');
    if (level->low == level->high) {
        sql_bytes_printf(out, "%u}", (unsigned)level->low);
        return;
    }
    if (level->low)
        sql_bytes_printf(out, "%u", (unsigned)level->low);
    sql_bytes_add_char(out, ',');
    if (level->high != COUNT_MAX)
        sql_bytes_printf(out, "%u", (unsigned)level->high);
    sql_bytes_add_char(out, '}');
}

static void print_level(struct sql_bytes *out, const struct level *level)
{
    sql_bytes_add_str(out, level->star ? "*" : level->negated ? "!" : "");
    for (uint32_t i = 0; i < level->count; i++) {
        sql_bytes_add_str(out, i ? "|" : "");
        ltree_word_print(out, &level->words[i]);
    }
    if (level->counted && !(level->star && level->low == 0 && level->high == COUNT_MAX))
        print_counts(out, level);
}

bool lquery_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                  int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    struct lquery query;
    struct sql_bytes printed = sql_bytes_begin(call);
    if (!parse_query(call, text, &query))
        return false;
    for (uint32_t i = 0; i < query.count; i++) {
        sql_bytes_add_str(&printed, i ? "." : "");
        print_level(&printed, &query.levels[i]);
    }
    return sql_give_bytes(call, out, &printed);
}

/* ---- matching */

static bool level_takes(const struct level *level, struct slice label)
{
    if (level->star)
        return true;
    for (uint32_t i = 0; i < level->count; i++)
        if (ltree_word_matches(&level->words[i], label))
            return !level->negated;
    return level->negated;
}

/* Which beginnings of the path the levels up to this one can stand for, from those before it. */
static void advance(const struct level *level, const struct ltree *path, const bool *from, bool *to)
{
    for (uint32_t begin = 0; begin <= path->count; begin++) {
        if (!from[begin])
            continue;
        for (uint32_t used = 0; used <= level->high; used++) {
            to[begin + used] = to[begin + used] || used >= level->low;
            if (begin + used == path->count || !level_takes(level, path->labels[begin + used]))
                break;
        }
    }
}

bool lquery_matches(struct sql_call *call, struct datum path, struct datum pattern, bool *out)
{
    struct ltree tree;
    struct lquery query;
    if (!ltree_open(call, path, &tree) || !parse_query(call, datum_slice(pattern), &query))
        return false;
    size_t room = tree.count + 1u;
    bool *from = arena_zalloc(call->arena, room), *to = arena_zalloc(call->arena, room);
    if (!from || !to)
        return sql_fail_memory(call->env->error);
    from[0] = true;
    for (uint32_t i = 0; i < query.count; i++) {
        bool *free = from;
        memset(to, 0, room);
        advance(&query.levels[i], &tree, from, to);
        from = to;
        to = free;
    }
    *out = from[tree.count];
    return true;
}
