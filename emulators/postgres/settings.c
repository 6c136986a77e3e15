#include <stdlib.h>

#include "emulators/postgres/settings_internal.h"
#include "emulators/sql/value/integer.h"

const char *const pg_reported_settings[PG_REPORTED_MAX] = {
    "application_name",
    "client_encoding",
    "DateStyle",
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "server_encoding",
    "server_version",
    "session_authorization",
    "standard_conforming_strings",
    "TimeZone",
};

/* ---- finding */

static int compare_names(struct slice name, const char *with)
{
    size_t i = 0;
    for (; i < name.len && with[i]; i++) {
        int order = ascii_lower(name.ptr[i]) - ascii_lower((uint8_t)with[i]);
        if (order)
            return order;
    }
    return i < name.len ? 1 : with[i] ? -1 : 0;
}

unsigned pg_setting_find(struct slice name)
{
    unsigned low = 0, high = PG_SETTING_COUNT;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        int order = compare_names(name, pg_setting_table[middle].name);
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return PG_SETTING_COUNT;
}

struct pg_setting_entry *pg_setting_entry_find(const struct pg_settings *settings, unsigned index,
                                               struct slice name)
{
    for (struct pg_setting_entry *entry = settings->entries; entry; entry = entry->next)
        if (entry->index == index &&
            (index < PG_SETTING_COUNT || slice_eq_nocase(entry->name, name)))
            return entry;
    return NULL;
}

bool pg_setting_is_reported(unsigned index)
{
    const struct pg_setting_hooks *hooks = pg_setting_hooks(pg_setting_table[index].name);
    return hooks && hooks->flags & PG_SETTING_REPORT;
}

unsigned pg_setting_flags(struct slice name)
{
    unsigned index = pg_setting_find(name);
    const struct pg_setting_hooks *hooks =
        index < PG_SETTING_COUNT ? pg_setting_hooks(pg_setting_table[index].name) : NULL;
    return hooks ? hooks->flags : 0;
}

/* ---- values in the heap */

void pg_setting_value_free(struct pg_settings *settings, struct pg_setting_value *value)
{
    heap_free(settings->heap, (void *)(uintptr_t)value->text.ptr, value->text.len);
    *value = (struct pg_setting_value){0};
}

bool pg_setting_value_copy(struct pg_settings *settings, struct pg_setting_value *to,
                           const struct pg_setting_value *from)
{
    uint8_t *text = NULL;
    if (from->text.len) {
        text = heap_alloc(settings->heap, from->text.len);
        if (!text)
            return false;
        memcpy(text, from->text.ptr, from->text.len);
    }
    *to = *from;
    to->text = slice_of(text, from->text.len);
    return true;
}

/* The value that the program begins with; borrows from the table. Presets are well-formed. */
struct pg_setting_value pg_setting_preset(unsigned index)
{
    const struct pg_setting *setting = &pg_setting_table[index];
    struct pg_setting_value value = {0};
    bool is_true = false;
    switch (setting->type) {
    case PG_SETTING_STRING: value.text = slice_str(setting->preset); break;
    case PG_SETTING_BOOL:
        sql_bool_parse(slice_str(setting->preset), &is_true);
        value.number = is_true;
        break;
    case PG_SETTING_ENUM:
        while (strcmp(setting->words[(int)value.number], setting->preset) != 0)
            value.number++;
        break;
    case PG_SETTING_INTEGER: value.number = (double)strtoll(setting->preset, NULL, 0); break;
    case PG_SETTING_REAL: value.number = strtod(setting->preset, NULL); break;
    }
    return value;
}

struct pg_setting_value pg_setting_current(const struct pg_settings *settings, unsigned index)
{
    const struct pg_setting_entry *entry =
        pg_setting_entry_find(settings, index, slice_of(NULL, 0));
    return entry ? entry->value : pg_setting_preset(index);
}

/* Kept in the order of the table, in which clients are told. */
static void note_report(struct pg_settings *settings, unsigned index)
{
    unsigned at = 0;
    while (at < settings->reported_count && settings->reported[at] < index)
        at++;
    if (at < settings->reported_count && settings->reported[at] == index)
        return;
    if (settings->reported_count == PG_REPORTED_MAX)
        return;
    for (unsigned i = settings->reported_count++; i > at; i--)
        settings->reported[i] = settings->reported[i - 1];
    settings->reported[at] = (uint16_t)index;
}

/* The entry's value is another one now. */
void pg_setting_changed(struct pg_settings *settings, const struct pg_setting_entry *entry)
{
    settings->changes++;
    if (entry->index == PG_SETTING_COUNT)
        return;
    const struct pg_setting_hooks *hooks = pg_setting_hooks(pg_setting_table[entry->index].name);
    if (hooks && hooks->apply)
        hooks->apply(settings, &entry->value);
    if (hooks && hooks->flags & PG_SETTING_REPORT)
        note_report(settings, entry->index);
}

struct pg_setting_entry *pg_setting_entry_add(struct pg_settings *settings, unsigned index,
                                              struct slice name)
{
    struct pg_setting_entry *entry = heap_zalloc(settings->heap, sizeof(*entry));
    if (!entry)
        return NULL;
    struct pg_setting_value first = {0};
    struct pg_setting_value custom = {.text = name};
    entry->index = index;
    if (index < PG_SETTING_COUNT)
        first = pg_setting_preset(index);
    bool ok = pg_setting_value_copy(settings, &entry->value, &first) &&
              pg_setting_value_copy(settings, &entry->reset, &first);
    if (ok && index == PG_SETTING_COUNT) {
        ok = pg_setting_value_copy(settings, &custom, &custom);
        entry->name = custom.text;
    }
    if (!ok) {
        pg_setting_value_free(settings, &entry->value);
        pg_setting_value_free(settings, &entry->reset);
        heap_free(settings->heap, entry, sizeof(*entry));
        return NULL;
    }
    entry->next = settings->entries;
    settings->entries = entry;
    return entry;
}

void pg_settings_init(struct pg_settings *settings, struct heap *heap,
                      const struct pg_settings_owner *owner)
{
    *settings = (struct pg_settings){.heap = heap, .owner = owner};
    for (unsigned i = 0; i < pg_setting_hooks_count; i++) {
        const struct pg_setting_hooks *hooks = &pg_setting_hooks_table[i];
        if (!hooks->apply)
            continue;
        struct pg_setting_value value = pg_setting_preset(pg_setting_find(slice_str(hooks->name)));
        hooks->apply(settings, &value);
    }
}

static struct slice *told_of(struct pg_settings *settings, unsigned index)
{
    for (unsigned i = 0; i < PG_REPORTED_MAX; i++)
        if (strcmp(pg_reported_settings[i], pg_setting_table[index].name) == 0)
            return &settings->told[i];
    return NULL;
}

bool pg_settings_tell(struct pg_settings *settings, unsigned index, struct slice value)
{
    struct slice *told = told_of(settings, index);
    if (!told || (told->ptr && slice_eq(*told, value)))
        return !told;
    uint8_t *copy = heap_alloc(settings->heap, value.len + 1);
    if (!copy)
        return true;
    if (value.len)
        memcpy(copy, value.ptr, value.len);
    if (told->ptr)
        heap_free(settings->heap, (void *)(uintptr_t)told->ptr, told->len + 1);
    *told = slice_of(copy, value.len);
    return true;
}

void pg_settings_done(struct pg_settings *settings)
{
    if (!settings->heap)
        return;
    for (unsigned i = 0; i < PG_REPORTED_MAX; i++)
        if (settings->told[i].ptr)
            heap_free(settings->heap, (void *)(uintptr_t)settings->told[i].ptr,
                      settings->told[i].len + 1);
    pg_settings_end(settings, 1, true);
    while (settings->entries) {
        struct pg_setting_entry *entry = settings->entries;
        settings->entries = entry->next;
        pg_setting_value_free(settings, &entry->value);
        pg_setting_value_free(settings, &entry->reset);
        heap_free(settings->heap, (void *)(uintptr_t)entry->name.ptr, entry->name.len);
        heap_free(settings->heap, entry, sizeof(*entry));
    }
    arena_done(&settings->zone_arena);
}

/* ---- showing */

bool pg_setting_refuse_unknown(struct slice name, struct sql_error *error)
{
    return sql_fail(error, "42704", "unrecognized configuration parameter \"" SLICE_FMT "\"",
                    SLICE_ARG(name));
}

static struct slice show_value(struct pg_settings *settings, struct arena *arena, unsigned index,
                               const struct pg_setting_value *value, bool with_unit)
{
    const struct pg_setting *setting = &pg_setting_table[index];
    const struct pg_setting_hooks *hooks = pg_setting_hooks(setting->name);
    if (hooks && hooks->show)
        return hooks->show(settings, arena, value);
    return pg_setting_format(setting, value, with_unit, arena);
}

struct slice pg_settings_show_at(struct pg_settings *settings, struct arena *arena, unsigned index)
{
    struct pg_setting_value value = pg_setting_current(settings, index);
    return show_value(settings, arena, index, &value, true);
}

static bool may_see(const struct pg_settings *settings, unsigned index)
{
    const struct pg_setting_hooks *hooks = pg_setting_hooks(pg_setting_table[index].name);
    return settings->now.superuser || !hooks || !(hooks->flags & PG_SETTING_SUPERUSER_ONLY);
}

bool pg_settings_show(struct pg_settings *settings, struct arena *arena, struct slice name,
                      struct slice *out, struct sql_error *error)
{
    unsigned index = pg_setting_find(name);
    if (index == PG_SETTING_COUNT) {
        const struct pg_setting_entry *entry = pg_setting_entry_find(settings, index, name);
        if (!entry)
            return pg_setting_refuse_unknown(name, error);
        *out = arena_dup(arena, entry->value.text);
    } else if (!may_see(settings, index)) {
        return sql_fail(error, "42501",
                        "must be superuser or have privileges of pg_read_all_settings to examine "
                        "\"%s\"",
                        pg_setting_table[index].name);
    } else {
        *out = pg_settings_show_at(settings, arena, index);
    }
    return out->ptr ? true : sql_fail_memory(error);
}

struct slice pg_settings_name(struct pg_settings *settings, struct slice name)
{
    unsigned index = pg_setting_find(name);
    if (index < PG_SETTING_COUNT)
        return slice_str(pg_setting_table[index].name);
    const struct pg_setting_entry *entry = pg_setting_entry_find(settings, index, name);
    return entry ? entry->name : slice_of(NULL, 0);
}

double pg_settings_number(const struct pg_settings *settings, const char *name)
{
    return pg_setting_current(settings, pg_setting_find(slice_str(name))).number;
}

struct slice pg_settings_text(const struct pg_settings *settings, const char *name)
{
    unsigned index = pg_setting_find(slice_str(name));
    if (index < PG_SETTING_COUNT)
        return pg_setting_current(settings, index).text;
    const struct pg_setting_entry *custom = pg_setting_entry_find(settings, index, slice_str(name));
    return custom ? custom->value.text : slice_of(NULL, 0);
}

enum pg_setting_source pg_settings_source(const struct pg_settings *settings, unsigned index)
{
    return pg_setting_current(settings, index).source;
}

/* The custom setting at a place in the list, that is oldest first. */
static const struct pg_setting_entry *custom_at(const struct pg_settings *settings, unsigned at)
{
    for (const struct pg_setting_entry *entry = settings->entries; entry; entry = entry->next)
        if (entry->index == PG_SETTING_COUNT && at-- == 0)
            return entry;
    return NULL;
}

static void fill_row(struct pg_settings *settings, struct arena *arena, unsigned index,
                     struct pg_setting_row *out)
{
    const struct pg_setting_entry *entry =
        pg_setting_entry_find(settings, index, slice_of(NULL, 0));
    struct pg_setting_value boot = pg_setting_preset(index);
    const struct pg_setting_value *value = entry ? &entry->value : &boot;
    out->setting = &pg_setting_table[index];
    out->name = slice_str(out->setting->name);
    out->shown = show_value(settings, arena, index, value, true);
    out->set = show_value(settings, arena, index, value, false);
    out->reset = show_value(settings, arena, index, entry ? &entry->reset : &boot, false);
    out->boot = pg_setting_format(out->setting, &boot, false, arena);
    out->source = value->source;
}

bool pg_settings_next(struct pg_settings *settings, struct arena *arena, unsigned *at,
                      struct pg_setting_row *out)
{
    while (*at < PG_SETTING_COUNT) {
        unsigned index = (*at)++;
        const struct pg_setting_hooks *hooks = pg_setting_hooks(pg_setting_table[index].name);
        if ((hooks && hooks->flags & PG_SETTING_NO_SHOW_ALL) || !may_see(settings, index))
            continue;
        fill_row(settings, arena, index, out);
        return true;
    }
    const struct pg_setting_entry *entry = custom_at(settings, *at - PG_SETTING_COUNT);
    if (!entry)
        return false;
    (*at)++;
    *out = (struct pg_setting_row){.name = entry->name,
                                   .shown = entry->value.text,
                                   .set = entry->value.text,
                                   .reset = entry->reset.text,
                                   .boot = slice_of(NULL, 0),
                                   .source = entry->value.source};
    return true;
}
