/* ltree, lquery and ltxtquery as types. */
#include "emulators/postgres/extension/ltree/ltree.h"
#include "emulators/sql/value/text.h"
#include "emulators/sql/value/text_scan.h"

#define VERSION 1 /* the first byte of binary forms */

bool ltree_is_label(uint8_t c)
{
    return sql_is_letter(c) || sql_is_digit(c) || c == '_';
}

bool ltree_open(struct sql_call *call, struct datum value, struct ltree *out)
{
    struct slice text = datum_slice(value), *labels;
    *out = (struct ltree){.text = text, .count = text.len ? 1 : 0};
    for (size_t i = 0; i < text.len; i++)
        out->count += text.ptr[i] == '.';
    out->labels = labels = arena_array(call->arena, out->count + 1u, sizeof *labels);
    if (!labels)
        return sql_fail_memory(call->env->error);
    for (uint32_t i = 0; i < out->count; i++) {
        const uint8_t *dot = memchr(text.ptr, '.', text.len);
        labels[i] = slice_of(text.ptr, dot ? (size_t)(dot - text.ptr) : text.len);
        text = slice_from(text, dot ? labels[i].len + 1 : labels[i].len);
    }
    return true;
}

bool ltree_check_label(struct sql_call *call, size_t len, size_t end)
{
    if (len <= LTREE_LABEL_MAX)
        return true;
    sql_fail(call->env->error, "42622", "label string is too long");
    return sql_detail(call->env->error, "Label length is %d, must be at most %d, at character %d.",
                      (int)len, LTREE_LABEL_MAX, (int)end + 1);
}

static bool check_levels(struct sql_call *call, struct slice text)
{
    uint32_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '.';
    return count <= LTREE_LEVELS_MAX ||
           sql_fail(call->env->error, "54000",
                    "number of ltree labels (%u) exceeds the maximum allowed (%d)", (unsigned)count,
                    LTREE_LEVELS_MAX);
}

bool ltree_check(struct sql_call *call, struct slice text)
{
    size_t begin = 0;
    if (!check_levels(call, text))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '.' && i > begin) {
            if (!ltree_check_label(call, i - begin, i))
                return false;
            begin = i + 1;
        } else if (!ltree_is_label(text.ptr[i])) {
            return sql_fail(call->env->error, "42601", "ltree syntax error at character %d",
                            (int)sql_text_length(slice_of(text.ptr, i)) + 1);
        }
    }
    if (text.len && begin == text.len) {
        sql_fail(call->env->error, "42601", "ltree syntax error");
        return sql_detail(call->env->error, "Unexpected end of input.");
    }
    return ltree_check_label(call, text.len - begin, text.len);
}

static bool ltree_input(struct sql_call *call, const struct sql_type *type, struct slice text,
                        int32_t typmod, struct datum *out)
{
    (void)type, (void)typmod;
    return ltree_check(call, text) && sql_give_copy(call, out, text);
}

static bool output(struct sql_call *call, const struct sql_type *type, struct datum value,
                   struct sql_bytes *out)
{
    return sql_text_ops.output(call, type, value, out);
}

/* A version, then the text. */
static bool receive(struct sql_call *call, const struct sql_type *type, struct slice bytes,
                    int32_t typmod, struct datum *out)
{
    if (!bytes.len || bytes.ptr[0] != VERSION)
        return sql_fail(call->env->error, "XX000", "unsupported " SLICE_FMT " version number %d",
                        SLICE_ARG(type->name), bytes.len ? bytes.ptr[0] : 0);
    struct slice text = slice_from(bytes, 1);
    return sql_text_check(call->env->error, text) &&
           type->ops->input(call, type, text, typmod, out);
}

static bool send(struct sql_call *call, const struct sql_type *type, struct datum value,
                 struct sql_bytes *out)
{
    sql_bytes_add_char(out, VERSION);
    return output(call, type, value, out);
}

static int compare(struct sql_call *call, const struct sql_type *type, struct datum a,
                   struct datum b)
{
    (void)call, (void)type;
    return slice_compare(datum_slice(a), datum_slice(b));
}

static uint64_t hash(struct sql_call *call, const struct sql_type *type, struct datum value)
{
    return sql_text_ops.hash(call, type, value);
}

static bool encode_key(struct sql_call *call, const struct sql_type *type, struct datum value,
                       struct sql_bytes *out)
{
    (void)call, (void)type;
    sql_key_add_text(out, datum_slice(value));
    return !out->failed || sql_fail_memory(call->env->error);
}

const struct sql_type_ops ltree_ops = {
    .input = ltree_input,
    .output = output,
    .receive = receive,
    .send = send,
    .compare = compare,
    .hash = hash,
    .encode_key = encode_key,
};
static const struct sql_type_ops lquery_ops = {
    .input = lquery_input,
    .output = output,
    .receive = receive,
    .send = send,
};
static const struct sql_type_ops ltxtquery_ops = {
    .input = ltxtquery_input,
    .output = output,
    .receive = receive,
    .send = send,
};

const struct pg_extension_type pg_ltree_types[] = {
    {"ltree",     &ltree_ops    },
    {"lquery",    &lquery_ops   },
    {"ltxtquery", &ltxtquery_ops},
    {NULL,        NULL          },
};

/* ---- words of patterns */

bool ltree_word_modifier(struct ltree_word *word, uint8_t c)
{
    bool *flag = c == '*'   ? &word->prefix
                 : c == '@' ? &word->any_case
                 : c == '%' ? &word->parts
                            : NULL;
    if (flag)
        *flag = true;
    return flag != NULL;
}

void ltree_word_print(struct sql_bytes *out, const struct ltree_word *word)
{
    sql_bytes_add_slice(out, word->text);
    sql_bytes_add_str(out, word->parts ? "%" : "");
    sql_bytes_add_str(out, word->any_case ? "@" : "");
    sql_bytes_add_str(out, word->prefix ? "*" : "");
}

static bool same(const struct ltree_word *word, struct slice text, struct slice label)
{
    if (word->prefix ? label.len < text.len : label.len != text.len)
        return false;
    label.len = text.len;
    return word->any_case ? slice_eq_nocase(text, label) : slice_eq(text, label);
}

/* The next part of a label between underscores, which is taken off; false: there is none. */
static bool next_part(struct slice *rest, struct slice *out)
{
    while (rest->len && rest->ptr[0] == '_')
        *rest = slice_from(*rest, 1);
    const uint8_t *end = rest->len ? memchr(rest->ptr, '_', rest->len) : NULL;
    *out = slice_of(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    *rest = slice_from(*rest, out->len);
    return out->len > 0;
}

bool ltree_word_matches(const struct ltree_word *word, struct slice label)
{
    struct slice wanted, rest = word->text;
    if (!word->parts)
        return same(word, word->text, label);
    while (next_part(&rest, &wanted)) {
        struct slice part, others = label;
        bool found = false;
        while (!found && next_part(&others, &part))
            found = same(word, wanted, part);
        if (!found)
            return false;
    }
    return true;
}
