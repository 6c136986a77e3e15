#include <stdio.h>
#include <stdlib.h>

#include "common/unit_test.h"
#include "protocols/amqp/amqp_encode.h"
#include "protocols/amqp/amqp_frame.h"

/* ---- what was decoded, as text: "hello 0091|1/2(5)|end 7" */

struct log {
    char text[1024];
    size_t len;
};

static void add(struct log *log, const char *format, unsigned a, unsigned b, unsigned c)
{
    int len = snprintf(log->text + log->len, sizeof(log->text) - log->len, format, a, b, c);
    assert_true(len >= 0 && (size_t)len < sizeof(log->text) - log->len);
    log->len += (size_t)len;
}

static unsigned sum(struct slice payload)
{
    unsigned total = 0;
    for (size_t i = 0; i < payload.len; i++)
        total = total * 31 + payload.ptr[i];
    return total % 1000;
}

static void add_outcome(struct log *log, const struct amqp_decoder *d, enum amqp_status status,
                        const struct amqp_frame *frame)
{
    if (status == AMQP_PROTOCOL_HEADER)
        add(log, "hello %u.%u|", d->version[2], d->version[3], 0);
    else if (status == AMQP_FRAME)
        add(log, "%u/%u(%u)|", frame->type, frame->channel, sum(frame->payload));
    else if (d->error == AMQP_DECODE_BAD_HEADER)
        add(log, "refused %u.%u", d->version[2], d->version[3], 0);
    else if (d->error == AMQP_DECODE_BAD_END)
        add(log, "end %u after %u(%u)", d->end, frame->type, sum(frame->payload));
    else if (d->error == AMQP_DECODE_FRAME_TOO_LARGE)
        add(log, "large %u/%u %u", d->type, d->channel, d->size);
}

/* Decodes what `in` holds from *at on; false once it was malformed. */
static bool take_frames(struct amqp_decoder *d, struct slice in, size_t *at, struct log *log)
{
    for (;;) {
        /* A copy of its own each time: a byte read too far is found, and so is a kept pointer. */
        size_t len = in.len - *at, used = 0;
        uint8_t *copy = malloc(len ? len : 1);
        struct amqp_frame frame = {0};
        memcpy(copy, in.ptr + *at, len);
        enum amqp_status status = amqp_frame_decode(d, slice_of(copy, len), &frame, &used);
        if (status != AMQP_NEED_MORE)
            add_outcome(log, d, status, &frame);
        free(copy);
        assert_true(used <= len);
        if (status == AMQP_NEED_MORE || status == AMQP_MALFORMED)
            return status == AMQP_NEED_MORE;
        *at += used;
    }
}

static void decode_cut(struct slice in, const size_t *cuts, size_t count, struct log *log)
{
    struct amqp_decoder d;
    size_t at = 0;
    bool ok = true;
    *log = (struct log){0};
    amqp_decoder_init(&d);
    for (size_t i = 0; i <= count && ok; i++)
        ok = take_frames(&d, slice_of(in.ptr, i < count ? cuts[i] : in.len), &at, log);
}

#define HELLO 'A', 'M', 'Q', 'P', 0, 0, 9, 1

static const uint8_t session[] = {
    HELLO,                                                /* protocol header */
    1,     0, 0, 0, 0, 0, 4, 0,    10,   0,   11,   0xce, /* connection.start-ok, in short */
    8,     0, 0, 0, 0, 0, 0, 0xce,                        /* heartbeat */
    3,     1, 2, 0, 0, 0, 3, 'a',  0xce, 'c', 0xce,       /* body with an end octet in it */
    77,    0, 1, 0, 0, 0, 0, 0xce,                        /* a type that is unknown */
    1,     0, 1, 0, 0, 0,                                 /* a part */
};

static void test_every_split(void **state)
{
    (void)state;
    struct slice in = slice_of(session, sizeof(session));
    struct log whole, log;
    decode_cut(in, NULL, 0, &whole);
    assert_string_equal(whole.text, "hello 9.1|1/0(621)|8/0(0)|3/258(702)|77/1(0)|");
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

/* What is said of bytes, however they are cut. */
static const struct example {
    const char *bytes;
    size_t len;
    const char *said;
} examples[] = {
  /* protocol headers: 8 bytes are awaited, whatever the first ones are */
    {"GET / H",                              7,  ""                                  },
    {"GET / HT",                             8,  "refused 72.84"                     },
    {"AMQP\0\0\x09\x01",                     8,  "hello 9.1|"                        },
    {"AMQP\1\1\0\x09",                       8,  "hello 0.9|"                        },
    {"AMQP\1\1\x09\1",                       8,  "hello 9.1|"                        },
    {"AMQP\1\1\x08\0",                       8,  "hello 8.0|"                        },
    {"AMQP\0\1\0\0",                         8,  "refused 0.0"                       },
    {"AMQP\3\1\0\0",                         8,  "refused 0.0"                       },
    {"AMQP\0\0\x09\0",                       8,  "refused 9.0"                       },
    {"AMQP\0\0\x08\0",                       8,  "refused 8.0"                       },
    {"AMQP\1\1\x09\x09",                     8,  "refused 9.9"                       },
 /* end octets */
    {"AMQP\0\0\x09\1\1\0\1\0\0\0\2ab\7\xce", 19, "hello 9.1|end 7 after 1(105)"      },
    {"AMQP\0\0\x09\1\x08\0\0\0\0\0\0\0",     16, "hello 9.1|end 0 after 8(0)"        },
 /* sizes */
    {"AMQP\0\0\x09\1\1\0\1\0\0\x10\1",       15, "hello 9.1|large 1/1 4097"          },
    {"AMQP\0\0\x09\1\1\0\1\xff\xff\xff\xff", 15, "hello 9.1|large 1/1 4294967295"    },
    {"AMQP\0\0\x09\1\1\0\1\0\0\x10\0",       15, "hello 9.1|"                        },
    {"AMQP\0\0\x09\1GET / HTTP",             18, "hello 9.1|large 71/17748 539959368"},
};

static void test_examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        struct slice in = slice_of(examples[i].bytes, examples[i].len);
        struct log log;
        for (size_t cut = 0; cut <= in.len; cut++) {
            decode_cut(in, &cut, 1, &log);
            assert_string_equal(log.text, examples[i].said);
        }
    }
}

/* The status of a frame's head with that size. */
static enum amqp_status size_status(uint32_t frame_max, uint32_t size)
{
    struct amqp_decoder d;
    struct amqp_frame frame;
    uint8_t head[AMQP_FRAME_HEAD];
    size_t used;
    amqp_decoder_init(&d);
    assert_int_equal(amqp_frame_decode(&d, slice_of("AMQP\0\0\x09\x01", 8), &frame, &used),
                     AMQP_PROTOCOL_HEADER);
    d.frame_max = frame_max;
    amqp_store_frame_head(head, AMQP_FRAME_BODY, 1, size);
    return amqp_frame_decode(&d, slice_of(head, sizeof(head)), &frame, &used);
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(size_status(131072, 131072), AMQP_NEED_MORE);
    assert_int_equal(size_status(131072, 131073), AMQP_MALFORMED);
    assert_int_equal(size_status(4096, 4096), AMQP_NEED_MORE);
    assert_int_equal(size_status(4096, 4097), AMQP_MALFORMED);
    assert_int_equal(size_status(0, UINT32_MAX), AMQP_NEED_MORE);
}

static void test_missing(void **state)
{
    (void)state;
    struct amqp_decoder d;
    struct amqp_frame frame;
    size_t used;
    amqp_decoder_init(&d);
    assert_int_equal(amqp_frame_decode(&d, slice_of("AMQP\0\0\x09\x01", 8), &frame, &used),
                     AMQP_PROTOCOL_HEADER);
    assert_int_equal(amqp_frame_decode(&d, slice_of("\3\0\1\0\0", 5), &frame, &used),
                     AMQP_NEED_MORE);
    assert_int_equal(amqp_decoder_missing(&d), 0);
    assert_int_equal(amqp_frame_decode(&d, slice_of("\3\0\1\0\0\1\0ab", 9), &frame, &used),
                     AMQP_NEED_MORE);
    assert_int_equal(amqp_decoder_missing(&d), 255);
}

static bool is_known(uint8_t type, size_t len)
{
    uint8_t payload[16] = {0};
    return amqp_frame_is_known(&(struct amqp_frame){type, 1, slice_of(payload, len)});
}

static void test_known_frames(void **state)
{
    (void)state;
    assert_false(is_known(0, 0));
    assert_false(is_known(AMQP_FRAME_METHOD, 3));
    assert_true(is_known(AMQP_FRAME_METHOD, 4));
    assert_false(is_known(AMQP_FRAME_HEADER, 11));
    assert_true(is_known(AMQP_FRAME_HEADER, 12));
    assert_true(is_known(AMQP_FRAME_BODY, 0));
    assert_true(is_known(AMQP_FRAME_HEARTBEAT, 0));
    assert_false(is_known(AMQP_FRAME_HEARTBEAT, 1));
    assert_false(is_known(5, 8));
}

/* ---- frames that are written */

static void test_small_frames(void **state)
{
    (void)state;
    struct outq q = {0};
    amqp_put_protocol_header(&q);
    amqp_put_heartbeat(&q);
    struct slice bytes = outq_flatten(&q);
    assert_int_equal(bytes.len, 16);
    assert_memory_equal(bytes.ptr, "AMQP\0\0\x09\x01\x08\0\0\0\0\0\0\xce", 16);
    outq_done(&q);
}

static void test_content(void **state)
{
    (void)state;
    uint8_t body[10000];
    struct outq q = {0};
    struct log log = {0};
    struct amqp_decoder d;
    size_t at = 0;
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (uint8_t)(i * 7);
    amqp_decoder_init(&d);
    amqp_put_protocol_header(&q);
    amqp_put_content(&q, 3, slice_of("\x10\0\2", 3), slice_of(body, sizeof(body)), 4096);
    amqp_put_content(&q, 4, slice_of("\0\0", 2), slice_of(NULL, 0), 4096);
    struct slice bytes = outq_flatten(&q);
    /* 15 and 8, two full frames, what is left, a header alone */
    assert_int_equal(bytes.len, 8 + (15 + 8) + 2 * 4096 + (10000 - 2 * 4088 + 8) + (14 + 8));
    assert_memory_equal(bytes.ptr + 8, "\2\0\3\0\0\0\x0f\0\x3c\0\0\0\0\0\0\0\0\x27\x10\x10\0\2\xce",
                        23);
    assert_true(take_frames(&d, bytes, &at, &log));
    assert_int_equal(at, bytes.len);
    outq_done(&q);
    amqp_put_content(&q, 3, slice_of("\0\0", 2), slice_of(body, sizeof(body)), 0);
    assert_int_equal(outq_len(&q), 22 + 10008);
    outq_done(&q);
}

/* The payload is elsewhere: the input goes on with the end octet, then with the next frame. */
static void a_payload_may_be_put_together_elsewhere(void **state)
{
    (void)state;
    static const uint8_t in[] = {HELLO, 3, 0, 7, 0, 0, 0, 5, 'h', 'e'};
    static const uint8_t rest[] = {0xce, 8, 0, 0, 0, 0, 0, 0, 0xce};
    struct amqp_decoder d;
    struct amqp_frame frame;
    size_t used;
    amqp_decoder_init(&d);
    assert_int_equal(amqp_frame_decode(&d, slice_of(in, sizeof(in)), &frame, &used),
                     AMQP_PROTOCOL_HEADER);
    struct slice begun = slice_of(in + 8, sizeof(in) - 8);
    assert_int_equal(amqp_frame_decode(&d, begun, &frame, &used), AMQP_NEED_MORE);
    assert_int_equal(amqp_decoder_missing(&d), 4);
    amqp_decoder_set_apart(&d, slice_str("hello"));
    assert_int_equal(amqp_decoder_missing(&d), 0);
    assert_int_equal(amqp_frame_decode(&d, slice_of(rest, 0), &frame, &used), AMQP_NEED_MORE);
    assert_int_equal(amqp_frame_decode(&d, slice_of(rest, sizeof(rest)), &frame, &used),
                     AMQP_FRAME);
    assert_int_equal(used, 1);
    assert_true(frame.type == AMQP_FRAME_BODY && frame.channel == 7);
    assert_true(slice_eq_str(frame.payload, "hello"));
    assert_int_equal(amqp_frame_decode(&d, slice_of(rest + 1, sizeof(rest) - 1), &frame, &used),
                     AMQP_FRAME);
    assert_int_equal(frame.type, AMQP_FRAME_HEARTBEAT);
}

static void an_end_is_checked_of_a_payload_elsewhere(void **state)
{
    (void)state;
    static const uint8_t head[] = {3, 0, 7, 0, 0, 0, 5};
    struct amqp_decoder d;
    struct amqp_frame frame;
    size_t used;
    amqp_decoder_init(&d);
    d.greeted = true;
    assert_int_equal(amqp_frame_decode(&d, slice_of(head, sizeof(head)), &frame, &used),
                     AMQP_NEED_MORE);
    amqp_decoder_set_apart(&d, slice_str("hello"));
    assert_int_equal(amqp_frame_decode(&d, slice_str("x"), &frame, &used), AMQP_MALFORMED);
    assert_int_equal(d.error, AMQP_DECODE_BAD_END);
    assert_int_equal(d.end, 'x');
    assert_true(slice_eq_str(frame.payload, "hello"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_split),
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_known_frames),
        cmocka_unit_test(test_small_frames),
        cmocka_unit_test(test_content),
        cmocka_unit_test(a_payload_may_be_put_together_elsewhere),
        cmocka_unit_test(an_end_is_checked_of_a_payload_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
