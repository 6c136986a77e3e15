#include "protocols/http/uri.h"

/* What one run of the machine works on. */
struct run {
    uint8_t *to; /* where decoded bytes go */
    uint8_t byte;
    struct slice authority, path, query; /* of a target; their ends are set afterwards */
    struct uri_pair *pair;               /* of a form: the one being read */
};

static inline uint8_t hex_value(uint8_t digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

static void begin_pair(struct run *r)
{
    r->pair->name = slice_of(r->to, 0);
    r->pair->value = slice_of(r->to, 0);
}

static void begin_value(struct run *r)
{
    r->pair->name.len = (size_t)(r->to - r->pair->name.ptr);
    r->pair->value = slice_of(r->to, 0);
}

/* A pair without any byte is none: the next one takes its place. */
static void end_pair(struct run *r, bool has_value)
{
    if (has_value)
        r->pair->value.len = (size_t)(r->to - r->pair->value.ptr);
    else
        begin_value(r);
    if (has_value || r->pair->name.len)
        r->pair++;
    begin_pair(r);
}

%%{
    machine uri;
    alphtype unsigned char;

    action put { *r->to++ = fc; }
    action blank { *r->to++ = ' '; }
    action high { r->byte = hex_value(fc); }
    action low { *r->to++ = (uint8_t)(r->byte << 4 | hex_value(fc)); }
    action authority_start { r->authority = slice_of(p + 1, 0); }
    action path_start { r->path = slice_of(p, 0); }
    action query_start { r->query = slice_of(p + 1, 0); }
    action value_start { begin_value(r); has_value = true; }
    action pair_end { end_pair(r, has_value); has_value = false; }

    # RFC 3986 2.1, 3, 3.1
    escape = "%" xdigit @high xdigit @low;
    text := ( [^%] @put | escape )*;

    scheme = alpha ( alnum | [+\-.] )*;
    target := ( scheme "://" @authority_start [^/?]* )? ( "/" @path_start [^?]* )?
              ( "?" @query_start any* )?;

    # WHATWG URL 5.1
    name  = ( [^%+&=] @put | "+" @blank | escape )*;
    value = ( [^%+&] @put | "+" @blank | escape )*;
    pair  = name ( "=" @value_start value )?;
    form := pair ( "&" @pair_end pair )*;

    write data noerror;
}%%

/* False where the input is not what the machine accepts. */
static bool run(struct run *r, int cs, struct slice in)
{
    const uint8_t *p = in.ptr, *pe = in.len ? in.ptr + in.len : in.ptr;
    bool has_value = false;
    if (p < pe) {
        %% write exec;
    }
    if (r->pair && cs >= uri_first_final)
        end_pair(r, has_value);
    return cs >= uri_first_final;
}

bool uri_decode(struct slice text, uint8_t *out, size_t *out_len)
{
    struct run r = {.to = out};
    if (!run(&r, uri_en_text, text))
        return false;
    *out_len = (size_t)(r.to - out);
    return true;
}

/* From a part's first byte to the first byte of what follows it. */
static struct slice until(struct slice part, const uint8_t *end)
{
    return part.ptr ? slice_of(part.ptr, (size_t)(end - part.ptr)) : part;
}

bool uri_split(struct slice target, struct uri *out)
{
    struct run r = {0};
    const uint8_t *end = target.ptr + target.len;
    if (!target.len || !run(&r, uri_en_target, target) || (!r.path.ptr && !r.authority.ptr))
        return false;
    const uint8_t *path_end = r.query.ptr ? r.query.ptr - 1 : end;
    out->query = until(r.query, end);
    out->path = r.path.ptr ? until(r.path, path_end) : slice_str("/");
    out->authority = until(r.authority, r.path.ptr ? r.path.ptr : path_end);
    return true;
}

bool uri_next_segment(struct slice *path, struct slice *out)
{
    if (!path->len || path->ptr[0] != '/')
        return false;
    struct slice rest = slice_from(*path, 1);
    const uint8_t *slash = rest.len ? memchr(rest.ptr, '/', rest.len) : NULL;
    *out = slice_of(rest.ptr, slash ? (size_t)(slash - rest.ptr) : rest.len);
    *path = slice_from(rest, out->len);
    return true;
}

static bool is_unreserved(uint8_t c)
{
    uint8_t lower = ascii_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c) != NULL);
}

size_t uri_encode(struct slice text, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    char *to = out;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (is_unreserved(c)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = digits[c >> 4];
        *to++ = digits[c & 15];
    }
    return (size_t)(to - out);
}

enum uri_status uri_parse_form(struct arena *arena, struct slice text, struct uri_form *out)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '&';
    if (count > URI_PAIRS_MAX)
        return URI_TOO_MANY;
    /* One more, which the end of the last one begins. */
    struct uri_pair *pairs = arena_array(arena, count + 1, sizeof(*pairs));
    struct run r = {.to = arena_alloc(arena, text.len), .pair = pairs};
    if (!pairs || !r.to)
        return URI_NO_MEMORY;
    begin_pair(&r);
    if (!run(&r, uri_en_form, text))
        return URI_MALFORMED;
    *out = (struct uri_form){pairs, (size_t)(r.pair - pairs)};
    return URI_OK;
}

struct slice uri_form_find(const struct uri_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++)
        if (slice_eq_str(form->pairs[i].name, name))
            return form->pairs[i].value;
    return slice_of(NULL, 0);
}
