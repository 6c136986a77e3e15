/* Large objects: lo_creat, lo_open, loread, lo_get ... */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emulators/postgres/functions/functions.h"
#include "emulators/postgres/large_object/large_object.h"
#include "emulators/sql/value/text.h"

enum { READ_MAX = 0x3fffffff - 4, FILE_PIECE = 8192 };

static bool find(struct sql_call *call, const struct datum *args, struct pg_descriptor **out)
{
    return pg_descriptors_find(pg_call_session(call), call->env, (int32_t)args[0].i, out);
}

static bool fail_not_open(struct sql_call *call, const struct datum *args, const char *what)
{
    return sql_fail(call->env->error, "55000", "large object descriptor %d was not opened for %s",
                    (int)args[0].i, what);
}

static bool find_writing(struct sql_call *call, const struct datum *args,
                         struct pg_descriptor **out)
{
    return find(call, args, out) && ((*out)->writes || fail_not_open(call, args, "writing"));
}

/* ---- as a whole */

static bool give_new(struct sql_call *call, uint32_t wanted, struct datum *out)
{
    uint32_t id;
    if (!pg_large_object_create(call->env, wanted, &id))
        return false;
    sql_txn_next_command(call->env->session->txn);
    *out = (struct datum){.u = id};
    return true;
}

static bool lo_creat(struct sql_call *call, const struct datum *args, struct datum *out)
{
    (void)args; /* a mode that means nothing any more */
    return give_new(call, 0, out);
}

static bool lo_create(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_new(call, (uint32_t)args[0].u, out);
}

static bool lo_unlink(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return pg_large_object_unlink(pg_call_session(call), call->env, (uint32_t)args[0].u) &&
           sql_give_int(out, 1);
}

/* ---- through a descriptor */

static bool lo_open(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_descriptor descriptor;
    int32_t number;
    if (!pg_large_object_open(call->env, (uint32_t)args[0].u, (int32_t)args[1].i, &descriptor))
        return false;
    if (pg_descriptors_add(pg_call_session(call), call->env, &descriptor, &number))
        return sql_give_int(out, number);
    pg_large_object_close(&descriptor);
    return false;
}

static bool lo_close(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_descriptor *descriptor;
    if (!find(call, args, &descriptor))
        return false;
    pg_large_object_close(descriptor);
    return sql_give_int(out, 0);
}

static bool lo_read(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    struct pg_descriptor *descriptor;
    sql_bytes_add(&bytes, "", 0);
    return find(call, args, &descriptor) &&
           (descriptor->reads || fail_not_open(call, args, "reading")) &&
           pg_descriptor_read(call->env, descriptor, args[1].i > 0 ? (uint64_t)args[1].i : 0,
                              &bytes) &&
           sql_give_bytes(call, out, &bytes);
}

static bool lo_write(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_descriptor *descriptor;
    return find_writing(call, args, &descriptor) &&
           pg_descriptor_write(call->env, descriptor, datum_slice(args[1])) &&
           sql_give_int(out, (int64_t)args[1].len);
}

/* The forms of 32 bits fail when the place does not fit. */
static bool give_place(struct sql_call *call, const struct datum *args,
                       const struct pg_descriptor *descriptor, const char *narrow,
                       struct datum *out)
{
    if (narrow && descriptor->at > INT32_MAX)
        return sql_fail(call->env->error, "22003",
                        "%s result out of range for large-object descriptor %d", narrow,
                        (int)args[0].i);
    return sql_give_int(out, (int64_t)descriptor->at);
}

static bool seek(struct sql_call *call, const struct datum *args, const char *narrow,
                 struct datum *out)
{
    struct pg_descriptor *descriptor;
    return find(call, args, &descriptor) &&
           pg_descriptor_seek(call->env, descriptor, args[1].i, (int32_t)args[2].i) &&
           give_place(call, args, descriptor, narrow, out);
}

static bool lo_lseek(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return seek(call, args, "lo_lseek", out);
}

static bool lo_lseek64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return seek(call, args, NULL, out);
}

static bool lo_tell(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_descriptor *descriptor;
    return find(call, args, &descriptor) && give_place(call, args, descriptor, "lo_tell", out);
}

static bool lo_tell64(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_descriptor *descriptor;
    return find(call, args, &descriptor) && give_place(call, args, descriptor, NULL, out);
}

static bool lo_truncate(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct pg_descriptor *descriptor;
    return find_writing(call, args, &descriptor) &&
           pg_descriptor_truncate(call->env, descriptor, args[1].i) && sql_give_int(out, 0);
}

/* ---- without one */

static bool read_part(struct sql_call *call, uint32_t id, int64_t at, uint64_t len,
                      struct datum *out)
{
    struct sql_bytes bytes = sql_bytes_begin(call);
    struct pg_descriptor descriptor;
    sql_bytes_add(&bytes, "", 0);
    if (!pg_large_object_open(call->env, id, PG_LARGE_OBJECT_READ, &descriptor))
        return false;
    bool ok = pg_descriptor_seek(call->env, &descriptor, at, 0) &&
              pg_descriptor_read(call->env, &descriptor, len, &bytes) &&
              (bytes.len <= READ_MAX ||
               sql_fail(call->env->error, "54000", "large object read request is too large"));
    pg_large_object_close(&descriptor);
    return ok && sql_give_bytes(call, out, &bytes);
}

static bool lo_get(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return read_part(call, (uint32_t)args[0].u, 0, READ_MAX + 1, out);
}

static bool lo_get_fragment(struct sql_call *call, const struct datum *args, struct datum *out)
{
    if (args[2].i < 0)
        return sql_fail(call->env->error, "22023", "requested length cannot be negative");
    return read_part(call, (uint32_t)args[0].u, args[1].i, (uint64_t)args[2].i, out);
}

static bool write_part(struct sql_call *call, uint32_t id, int64_t at, struct slice bytes)
{
    struct pg_descriptor descriptor;
    if (!pg_large_object_open(call->env, id, PG_LARGE_OBJECT_WRITE, &descriptor))
        return false;
    bool ok = pg_descriptor_seek(call->env, &descriptor, at, 0) &&
              pg_descriptor_write(call->env, &descriptor, bytes);
    pg_large_object_close(&descriptor);
    return ok;
}

static bool lo_put(struct sql_call *call, const struct datum *args, struct datum *out)
{
    *out = (struct datum){.null = false};
    return write_part(call, (uint32_t)args[0].u, args[1].i, datum_slice(args[2]));
}

static bool lo_from_bytea(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return give_new(call, (uint32_t)args[0].u, out) &&
           write_part(call, (uint32_t)out->u, 0, datum_slice(args[1]));
}

/* ---- files of the server */

static FILE *open_file(struct sql_call *call, struct datum name, const char *mode, const char *verb)
{
    struct slice path = arena_dup(call->arena, datum_slice(name)); /* with a zero byte */
    FILE *file = path.ptr ? fopen((const char *)path.ptr, mode) : NULL;
    if (!file)
        sql_fail(call->env->error, errno == ENOENT ? "58P01" : "42501",
                 "could not %s server file \"" SLICE_FMT "\": %s", verb, SLICE_ARG(path),
                 strerror(errno));
    return file;
}

static bool copy_in(struct sql_call *call, FILE *file, struct slice name, uint32_t id)
{
    struct pg_descriptor descriptor;
    uint8_t piece[FILE_PIECE];
    size_t len;
    if (!pg_large_object_open(call->env, id, PG_LARGE_OBJECT_WRITE, &descriptor))
        return false;
    bool ok = true;
    while (ok && (len = fread(piece, 1, sizeof(piece), file)) > 0)
        ok = pg_descriptor_write(call->env, &descriptor, slice_of(piece, len));
    pg_large_object_close(&descriptor);
    return ok && (!ferror(file) || sql_fail(call->env->error, "58030",
                                            "could not read server file \"" SLICE_FMT "\": %s",
                                            SLICE_ARG(name), strerror(errno)));
}

static bool import(struct sql_call *call, const struct datum *args, uint32_t wanted,
                   struct datum *out)
{
    FILE *file = open_file(call, args[0], "r", "open");
    if (!file)
        return false;
    bool ok =
        give_new(call, wanted, out) && copy_in(call, file, datum_slice(args[0]), (uint32_t)out->u);
    fclose(file);
    return ok;
}

static bool lo_import(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return import(call, args, 0, out);
}

static bool lo_import_as(struct sql_call *call, const struct datum *args, struct datum *out)
{
    return import(call, args, (uint32_t)args[1].u, out);
}

static bool lo_export(struct sql_call *call, const struct datum *args, struct datum *out)
{
    struct datum bytes;
    if (!read_part(call, (uint32_t)args[0].u, 0, READ_MAX + 1, &bytes))
        return false;
    FILE *file = open_file(call, args[1], "w", "create");
    if (!file)
        return false;
    bool ok = fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
    ok = fclose(file) == 0 && ok;
    return (ok ||
            sql_fail(call->env->error, "58030", "could not write server file \"" SLICE_FMT "\": %s",
                     SLICE_ARG(datum_slice(args[1])), strerror(errno))) &&
           sql_give_int(out, 1);
}

const struct sql_builtin pg_large_object_functions[] = {
    {"be_lo_close",           lo_close       },
    {"be_lo_creat",           lo_creat       },
    {"be_lo_create",          lo_create      },
    {"be_lo_export",          lo_export      },
    {"be_lo_from_bytea",      lo_from_bytea  },
    {"be_lo_get",             lo_get         },
    {"be_lo_get_fragment",    lo_get_fragment},
    {"be_lo_import",          lo_import      },
    {"be_lo_import_with_oid", lo_import_as   },
    {"be_lo_lseek",           lo_lseek       },
    {"be_lo_lseek64",         lo_lseek64     },
    {"be_lo_open",            lo_open        },
    {"be_lo_put",             lo_put         },
    {"be_lo_tell",            lo_tell        },
    {"be_lo_tell64",          lo_tell64      },
    {"be_lo_truncate",        lo_truncate    },
    {"be_lo_truncate64",      lo_truncate    },
    {"be_lo_unlink",          lo_unlink      },
    {"be_loread",             lo_read        },
    {"be_lowrite",            lo_write       },
    {NULL,                    NULL           },
};
