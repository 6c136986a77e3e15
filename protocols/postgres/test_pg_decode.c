#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/postgres/pg_decode.h"

/* ---- what was decoded, as text: "start(8)|Q(5)|bad type 33" */

struct log {
    char text[1024];
    size_t len;
};

static void add(struct log *log, const char *format, unsigned a, unsigned b)
{
    int len = snprintf(log->text + log->len, sizeof(log->text) - log->len, format, a, b);
    assert_true(len >= 0 && (size_t)len < sizeof(log->text) - log->len);
    log->len += (size_t)len;
}

static unsigned sum(struct slice body)
{
    unsigned total = 0;
    for (size_t i = 0; i < body.len; i++)
        total = total * 31 + body.ptr[i];
    return total % 1000;
}

/* Decodes what `in` holds from *at on; false once it was malformed. */
static bool take_frames(struct pg_decoder *d, struct slice in, size_t *at, struct log *log)
{
    for (;;) {
        /* A copy of its own each time: a byte read too far is found, and so is a kept pointer. */
        size_t len = in.len - *at, used = 0;
        uint8_t *copy = malloc(len ? len : 1);
        struct pg_frame frame = {0};
        memcpy(copy, in.ptr + *at, len);
        enum pg_status status = pg_decode(d, slice_of(copy, len), &frame, &used);
        if (status == PG_FRAME && frame.type)
            add(log, "%c(%u)", frame.type, sum(frame.body));
        else if (status == PG_FRAME)
            add(log, "start(%u)", sum(frame.body), 0);
        else if (status == PG_MALFORMED)
            add(log, d->error == PG_DECODE_BAD_TYPE ? "type %u" : "length %u", d->type, 0);
        free(copy);
        assert_true(used <= len);
        if (status != PG_FRAME)
            return status == PG_NEED_MORE;
        d->startup = false;
        *at += used;
    }
}

static void decode_cut(struct slice in, const size_t *cuts, size_t count, struct log *log)
{
    struct pg_decoder d;
    size_t at = 0;
    bool ok = true;
    *log = (struct log){0};
    pg_decoder_init(&d);
    for (size_t i = 0; i <= count && ok; i++)
        ok = take_frames(&d, slice_of(in.ptr, i < count ? cuts[i] : in.len), &at, log);
}

static const uint8_t session[] = {
    0,   0, 0, 9, 0, 3,   0,   0, 0,    /* startup, no parameters */
    'p', 0, 0, 0, 6, 'x', 0,            /* password */
    'Q', 0, 0, 0, 7, ';', ';', 0,       /* Query */
    'S', 0, 0, 0, 4,                    /* Sync */
    'd', 0, 0, 0, 4,                    /* CopyData of nothing */
    'E', 0, 0, 0, 9, 0,   0,   0, 0, 1, /* Execute */
    'X', 0, 0, 0, 4, 'H', 0,   0, 0     /* Terminate, then a part */
};

static void test_every_split(void **state)
{
    (void)state;
    struct slice in = slice_of(session, sizeof(session));
    struct log whole, log;
    decode_cut(in, NULL, 0, &whole);
    assert_string_equal(whole.text, "start(373)p(720)Q(528)S(0)d(0)E(1)X(0)");
    for (size_t first = 0; first <= in.len; first++) {
        for (size_t second = first; second <= in.len; second++) {
            decode_cut(in, (size_t[]){first, second}, 2, &log);
            assert_string_equal(log.text, whole.text);
        }
    }
    size_t every[sizeof(session)];
    for (size_t at = 0; at < in.len; at++)
        every[at] = at;
    decode_cut(in, every, in.len, &log);
    assert_string_equal(log.text, whole.text);
}

/* Behind a startup frame; the second text is what is said of the bytes. */
static const struct malformed {
    const char *bytes;
    size_t len;
    const char *said;
} malformed[] = {
    {"!",                 1, "type 33"    },
    {"\0",                1, "type 0"     },
    {"q\0\0\0\4",         5, "type 113"   },
    {"Q\0\0\0\3",         5, "length 81"  },
    {"Q\0\0\0\0",         5, "length 81"  },
    {"Q\xff\xff\xff\xff", 5, "length 81"  },
    {"Q\x3f\xff\xff\xff", 5, "length 81"  },
    {"Q\x3f\xff\xff\xfe", 5, ""           },
    {"S\0\0\x27\x11",     5, "length 83"  },
    {"S\0\0\x27\x10",     5, ""           },
    {"p\0\1\0\0",         5, "length 112" },
    {"p\0\0\xff\xff",     5, ""           },
    {"X\0\0\0\4!",        6, "X(0)type 33"},
};

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        uint8_t bytes[32] = {0, 0, 0, 4};
        struct log log;
        char expected[64];
        memcpy(bytes + 4, malformed[i].bytes, malformed[i].len);
        snprintf(expected, sizeof(expected), "start(0)%s", malformed[i].said);
        for (size_t cut = 0; cut <= malformed[i].len + 4; cut++) {
            decode_cut(slice_of(bytes, malformed[i].len + 4), &cut, 1, &log);
            assert_string_equal(log.text, expected);
        }
    }
}

static void test_startup_lengths(void **state)
{
    (void)state;
    struct log log;
    decode_cut(slice_of("\0\0\x27\x11", 4), NULL, 0, &log);
    assert_string_equal(log.text, "length 0");
    decode_cut(slice_of("\0\0\0\3", 4), NULL, 0, &log);
    assert_string_equal(log.text, "length 0");
    decode_cut(slice_of("\0\0\x27\x10", 4), NULL, 0, &log);
    assert_string_equal(log.text, "");
}

static void test_missing(void **state)
{
    (void)state;
    struct pg_decoder d;
    struct pg_frame frame;
    size_t used;
    pg_decoder_init(&d);
    d.startup = false;
    assert_int_equal(pg_decode(&d, slice_of("d\0\0\1", 4), &frame, &used), PG_NEED_MORE);
    assert_int_equal(pg_decoder_missing(&d), 0);
    assert_int_equal(pg_decode(&d, slice_of("d\0\0\1\4abc", 8), &frame, &used), PG_NEED_MORE);
    assert_int_equal(pg_decoder_missing(&d), 253);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_startup_lengths),
        cmocka_unit_test(test_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
