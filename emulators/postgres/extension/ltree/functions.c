/* Functions and operators of ltree. */
#include "emulators/postgres/extension/ltree/ltree.h"
#include "emulators/sql/value/array.h"
#include "emulators/sql/value/text.h"

/* ---- order */

/* The sign says it; how far into the path is the server's own way. */
static bool ltree_cmp(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct ltree a, b;
    if (!ltree_open(call, args[0], &a) || !ltree_open(call, args[1], &b))
        return false;
    uint32_t at = 0;
    while (at < a.count && at < b.count && slice_eq(a.labels[at], b.labels[at]))
        at++;
    int64_t left = (int64_t)a.count - at, difference = (int64_t)a.count - b.count;
    if (at < a.count && at < b.count) {
        struct slice x = a.labels[at], y = b.labels[at];
        size_t shared = x.len < y.len ? x.len : y.len;
        int order = memcmp(x.ptr, y.ptr, shared);
        difference = order < 0 ? -1 : order > 0 ? 1 : (int64_t)x.len - (int64_t)y.len;
    }
    return sql_give_int(out, difference * 10 * (left + 1));
}

static int order(struct datum a, struct datum b)
{
    return slice_compare(datum_slice(a), datum_slice(b));
}

SQL_ARGS_ORDER(order)
SQL_RELATIONS(ltree, args_order)

/* ---- parts */

static bool fail_positions(struct sql_call *call)
{
    return sql_fail(call->env->error, "22023", "invalid positions");
}

/* Labels from `begin` up to `end`: they stand in the path's text as in the result. */
static bool give_labels(struct sql_call *call, const struct ltree *path, int64_t begin, int64_t end,
                        struct datum *out)
{
    if (begin < 0 || end < 0 || begin >= path->count || begin > end)
        return fail_positions(call);
    if (end > path->count)
        end = path->count;
    if (begin == end)
        return sql_give_slice(out, slice_of(path->text.ptr, 0));
    const uint8_t *from = path->labels[begin].ptr;
    const struct slice *last = &path->labels[end - 1];
    return sql_give_slice(out, slice_of(from, (size_t)(last->ptr + last->len - from)));
}

static bool subltree(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct ltree path;
    return ltree_open(call, args[0], &path) && give_labels(call, &path, args[1].i, args[2].i, out);
}

/* A begin below 0 counts from the end, a length below 0 leaves so many labels off. */
static bool subpath(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct ltree path;
    if (!ltree_open(call, args[0], &path))
        return false;
    int64_t begin = args[1].i, len = call->argc > 2 ? args[2].i : 0;
    for (int times = 0; times < 2 && begin < 0; times++)
        begin += path.count;
    int64_t end = len < 0 ? path.count + len : call->argc > 2 ? begin + len : LTREE_LEVELS_MAX;
    return give_labels(call, &path, begin, end, out);
}

static bool ltree_index(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct ltree path, part;
    if (!ltree_open(call, args[0], &path) || !ltree_open(call, args[1], &part))
        return false;
    int64_t at = call->argc > 2 ? args[2].i : 0;
    if (at < 0)
        at = -at >= path.count ? 0 : path.count + at;
    for (; part.count && at + part.count <= path.count; at++) {
        uint32_t same = 0;
        while (same < part.count && slice_eq(path.labels[at + same], part.labels[same]))
            same++;
        if (same == part.count)
            return sql_give_int(out, at);
    }
    return sql_give_int(out, -1);
}

static bool nlevel(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct ltree path;
    return ltree_open(call, args[0], &path) && sql_give_int(out, path.count);
}

/* ---- texts */

static bool to_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)call;
    *out = args[0];
    return true;
}

static bool from_text(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return ltree_ops.input(call, call->result_type, datum_slice(args[0]), -1, out);
}

static bool join(struct sql_call *call, struct slice a, struct slice b, struct datum *out)
{
    if (!a.len || !b.len)
        return sql_give_slice(out, a.len ? a : b);
    struct slice both = arena_concat(call->arena, a, slice_str("."), b);
    return both.ptr ? ltree_check(call, both) && sql_give_slice(out, both)
                    : sql_fail_memory(call->env->error);
}

static bool addltree(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return join(call, datum_slice(args[0]), datum_slice(args[1]), out);
}

static bool addtext(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return ltree_check(call, datum_slice(args[1])) && addltree(call, args, out);
}

static bool textadd(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return ltree_check(call, datum_slice(args[0])) && addltree(call, args, out);
}

/* ---- ancestors */

/* Does the path begin with all labels of the other? */
static bool is_ancestor(struct slice ancestor, struct slice path)
{
    return ancestor.len == 0 ||
           (path.len >= ancestor.len && memcmp(path.ptr, ancestor.ptr, ancestor.len) == 0 &&
            (path.len == ancestor.len || path.ptr[ancestor.len] == '.'));
}

static bool matches_ancestor(struct sql_call *call, struct datum path, struct datum other,
                             bool *out)
{
    (void)call;
    *out = is_ancestor(datum_slice(path), datum_slice(other));
    return true;
}

static bool matches_descendant(struct sql_call *call, struct datum path, struct datum other,
                               bool *out)
{
    (void)call;
    *out = is_ancestor(datum_slice(other), datum_slice(path));
    return true;
}

/* The longest beginning of all that is shorter than each; NULL when there is none or one is empty. */
static bool common(struct sql_call *call, const struct datum *paths, uint32_t count,
                   struct datum *out)
{
    struct ltree first, other;
    uint32_t shared = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!ltree_open(call, paths[i], i ? &other : &first))
            return false;
        const struct ltree *path = i ? &other : &first;
        if (path->count == 0)
            return sql_give_null(out);
        uint32_t most = path->count - 1, same = 0;
        if (i && shared < most)
            most = shared;
        while (same < most && slice_eq(first.labels[same], path->labels[same]))
            same++;
        shared = same;
    }
    return count ? give_labels(call, &first, 0, shared, out) : sql_give_null(out);
}

static bool lca(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return common(call, args, call->argc, out);
}

/* ---- arrays */

static bool open_array(struct sql_call *call, struct datum value, struct sql_array *out)
{
    sql_array_open(value, out);
    if (out->shape.dims > 1)
        return sql_fail(call->env->error, "2202E", "array must be one-dimensional");
    for (uint32_t i = 0; i < out->count; i++)
        if (sql_array_is_null(out, i))
            return sql_fail(call->env->error, "22004", "array must not contain nulls");
    return true;
}

static bool lca_array(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_array array;
    if (!open_array(call, args[0], &array))
        return false;
    struct datum *paths = sql_array_elements(call, &array);
    return paths && common(call, paths, array.count, out);
}

/* The first of the paths that matches; *index -1: none does. */
static bool find_path(struct sql_call *call, struct datum paths, struct datum pattern,
                      ltree_matcher *matches, int64_t *index, struct sql_array *array)
{
    *index = -1;
    if (!open_array(call, paths, array))
        return false;
    for (uint32_t i = 0; i < array->count && *index < 0; i++) {
        bool found = false;
        if (!matches(call, sql_array_get(array, i), pattern, &found))
            return false;
        if (found)
            *index = i;
    }
    return true;
}

/* Does any of the lqueries match? */
static bool matches_any(struct sql_call *call, struct datum path, struct datum queries, bool *out)
{
    struct sql_array array;
    *out = false;
    if (!open_array(call, queries, &array))
        return false;
    for (uint32_t i = 0; i < array.count && !*out; i++)
        if (!lquery_matches(call, path, sql_array_get(&array, i), out))
            return false;
    return true;
}

static bool one(struct sql_call *call, struct datum path, struct datum pattern,
                ltree_matcher *matches, struct datum *out)
{
    bool found;
    return matches(call, path, pattern, &found) && sql_give_bool(out, found);
}

static bool many(struct sql_call *call, struct datum paths, struct datum pattern,
                 ltree_matcher *matches, struct datum *out)
{
    struct sql_array array;
    int64_t index;
    return find_path(call, paths, pattern, matches, &index, &array) &&
           sql_give_bool(out, index >= 0);
}

static bool extract(struct sql_call *call, const struct datum *args, ltree_matcher *matches,
                    struct datum *out)
{
    struct sql_array array;
    int64_t index;
    if (!find_path(call, args[0], args[1], matches, &index, &array))
        return false;
    *out = index < 0 ? datum_null() : sql_array_get(&array, (uint32_t)index);
    return true;
}

SQL_FUNCTION(isparent, one(call, args[0], args[1], matches_ancestor, out))
SQL_FUNCTION(risparent, one(call, args[0], args[1], matches_descendant, out))
SQL_FUNCTION(ltq_regex, one(call, args[0], args[1], lquery_matches, out))
SQL_FUNCTION(ltq_rregex, one(call, args[1], args[0], lquery_matches, out))
SQL_FUNCTION(lt_q_regex, one(call, args[0], args[1], matches_any, out))
SQL_FUNCTION(lt_q_rregex, one(call, args[1], args[0], matches_any, out))
SQL_FUNCTION(ltxtq_exec, one(call, args[0], args[1], ltxtquery_matches, out))
SQL_FUNCTION(ltxtq_rexec, one(call, args[1], args[0], ltxtquery_matches, out))
SQL_FUNCTION(any_isparent, many(call, args[0], args[1], matches_ancestor, out))
SQL_FUNCTION(any_r_isparent, many(call, args[1], args[0], matches_ancestor, out))
SQL_FUNCTION(any_risparent, many(call, args[0], args[1], matches_descendant, out))
SQL_FUNCTION(any_r_risparent, many(call, args[1], args[0], matches_descendant, out))
SQL_FUNCTION(any_ltq_regex, many(call, args[0], args[1], lquery_matches, out))
SQL_FUNCTION(any_ltq_rregex, many(call, args[1], args[0], lquery_matches, out))
SQL_FUNCTION(any_lt_q_regex, many(call, args[0], args[1], matches_any, out))
SQL_FUNCTION(any_lt_q_rregex, many(call, args[1], args[0], matches_any, out))
SQL_FUNCTION(any_ltxtq_exec, many(call, args[0], args[1], ltxtquery_matches, out))
SQL_FUNCTION(any_ltxtq_rexec, many(call, args[1], args[0], ltxtquery_matches, out))
SQL_FUNCTION(extract_isparent, extract(call, args, matches_ancestor, out))
SQL_FUNCTION(extract_risparent, extract(call, args, matches_descendant, out))
SQL_FUNCTION(extract_regex, extract(call, args, lquery_matches, out))
SQL_FUNCTION(extract_exec, extract(call, args, ltxtquery_matches, out))

const struct sql_builtin pg_ltree_functions[] = {
    {"ltree_cmp",                ltree_cmp        },
    {"ltree_eq",                 ltree_eq         },
    {"ltree_ne",                 ltree_ne         },
    {"ltree_lt",                 ltree_lt         },
    {"ltree_le",                 ltree_le         },
    {"ltree_gt",                 ltree_gt         },
    {"ltree_ge",                 ltree_ge         },
    {"subltree",                 subltree         },
    {"subpath",                  subpath          },
    {"ltree_index",              ltree_index      },
    {"nlevel",                   nlevel           },
    {"ltree2text",               to_text          },
    {"text2ltree",               from_text        },
    {"ltree_addltree",           addltree         },
    {"ltree_addtext",            addtext          },
    {"ltree_textadd",            textadd          },
    {"lca",                      lca              },
    {"_lca",                     lca_array        },
    {"ltree_isparent",           isparent         },
    {"ltree_risparent",          risparent        },
    {"ltq_regex",                ltq_regex        },
    {"ltq_rregex",               ltq_rregex       },
    {"lt_q_regex",               lt_q_regex       },
    {"lt_q_rregex",              lt_q_rregex      },
    {"ltxtq_exec",               ltxtq_exec       },
    {"ltxtq_rexec",              ltxtq_rexec      },
    {"_ltree_isparent",          any_isparent     },
    {"_ltree_r_isparent",        any_r_isparent   },
    {"_ltree_risparent",         any_risparent    },
    {"_ltree_r_risparent",       any_r_risparent  },
    {"_ltq_regex",               any_ltq_regex    },
    {"_ltq_rregex",              any_ltq_rregex   },
    {"_lt_q_regex",              any_lt_q_regex   },
    {"_lt_q_rregex",             any_lt_q_rregex  },
    {"_ltxtq_exec",              any_ltxtq_exec   },
    {"_ltxtq_rexec",             any_ltxtq_rexec  },
    {"_ltree_extract_isparent",  extract_isparent },
    {"_ltree_extract_risparent", extract_risparent},
    {"_ltq_extract_regex",       extract_regex    },
    {"_ltxtq_extract_exec",      extract_exec     },
    {NULL,                       NULL             },
};
