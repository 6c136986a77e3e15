/* Changing settings, and giving them back when transactions end. */
#include "emulators/postgres/settings_internal.h"

/* ---- may it be changed? */

static bool is_simple_name(struct slice name)
{
    bool first = true, dotted = false;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        bool letter = (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_' || c >= 0x80;
        if (c == '.') {
            if (first)
                return false;
            dotted = first = true;
            continue;
        }
        if (!letter && (first || !((c >= '0' && c <= '9') || c == '$')))
            return false;
        first = false;
    }
    return dotted && !first;
}

static bool may_be_custom(struct slice name, struct sql_error *error)
{
    if (!memchr(name.ptr, '.', name.len))
        return pg_setting_refuse_unknown(name, error);
    if (is_simple_name(name))
        return true;
    sql_fail(error, "42602", "invalid configuration parameter name \"" SLICE_FMT "\"",
             SLICE_ARG(name));
    return sql_detail(error, "Custom parameter names must be two or more simple identifiers "
                             "separated by dots.");
}

/* Why a setting that nobody may change now cannot be; NULL: that depends on who asks. */
static const char *const refusals[] = {
    [PG_CONTEXT_INTERNAL] = "cannot be changed",
    [PG_CONTEXT_POSTMASTER] = "cannot be changed without restarting the server",
    [PG_CONTEXT_SIGHUP] = "cannot be changed now",
    [PG_CONTEXT_SUPERUSER_BACKEND] = "cannot be set after connection start",
    [PG_CONTEXT_BACKEND] = "cannot be set after connection start",
    [PG_CONTEXT_SUPERUSER] = NULL,
    [PG_CONTEXT_USER] = NULL,
};

static bool may_change(const struct pg_setting *setting, const struct pg_setting_change *change,
                       struct sql_error *error)
{
    if (change->internal || change->source <= PG_SOURCE_CONFIGURATION)
        return true;
    bool at_start =
        setting->context == PG_CONTEXT_BACKEND || setting->context == PG_CONTEXT_SUPERUSER_BACKEND;
    bool superusers = setting->context == PG_CONTEXT_SUPERUSER ||
                      setting->context == PG_CONTEXT_SUPERUSER_BACKEND;
    bool refused = refusals[setting->context] && !(at_start && change->source <= PG_SOURCE_CLIENT);
    if (superusers && !change->is_superuser)
        return sql_fail(error, "42501", "permission denied to set parameter \"%s\"", setting->name);
    if (refused)
        return sql_fail(error, "55P02", "parameter \"%s\" %s", setting->name,
                        refusals[setting->context]);
    return true;
}

/* ---- changing */

/* Remembers what the entry is before the change, once a level and kind. */
static bool save(struct pg_settings *settings, struct pg_setting_entry *entry,
                 const struct pg_setting_change *change)
{
    struct pg_setting_saved *top = entry->saved;
    bool local = change->action != PG_SET_SESSION;
    if (change->level == 0)
        return true;
    if (top && top->level >= change->level) {
        if (local && top->kind == PG_SAVED_SET) {
            if (!pg_setting_value_copy(settings, &top->set, &entry->value))
                return false;
            top->kind = PG_SAVED_SET_LOCAL;
        } else if (!local) {
            if (top->kind == PG_SAVED_SET_LOCAL)
                pg_setting_value_free(settings, &top->set);
            top->kind = PG_SAVED_SET;
        }
        return true;
    }
    top = heap_zalloc(settings->heap, sizeof(*top));
    if (!top || !pg_setting_value_copy(settings, &top->prior, &entry->value)) {
        heap_free(settings->heap, top, sizeof(*top));
        return false;
    }
    top->kind = local ? PG_SAVED_LOCAL : PG_SAVED_SET;
    top->level = change->level;
    top->next = entry->saved;
    entry->saved = top;
    settings->stacked = true;
    return true;
}

static bool store(struct pg_settings *settings, struct pg_setting_entry *entry,
                  const struct pg_setting_change *change, const struct pg_setting_value *value,
                  struct sql_error *error)
{
    struct pg_setting_value copy, reset = {0};
    bool begins = change->source < PG_SOURCE_SESSION; /* what RESET goes back to */
    if (!pg_setting_value_copy(settings, &copy, value))
        return sql_fail_memory(error);
    if ((begins && !pg_setting_value_copy(settings, &reset, value)) ||
        !save(settings, entry, change)) {
        pg_setting_value_free(settings, &copy);
        pg_setting_value_free(settings, &reset);
        return sql_fail_memory(error);
    }
    pg_setting_value_free(settings, &entry->value);
    entry->value = copy;
    if (begins) {
        pg_setting_value_free(settings, &entry->reset);
        entry->reset = reset;
    }
    pg_setting_changed(settings, entry);
    return true;
}

/* The value that a change asks for, checked; its text is in the arena or borrowed. */
static bool wanted_value(struct pg_settings *settings, struct arena *arena,
                         const struct pg_setting_change *change, unsigned index,
                         struct pg_setting_value *out, struct sql_error *error)
{
    const struct pg_setting_entry *entry = pg_setting_entry_find(settings, index, change->name);
    bool custom = index == PG_SETTING_COUNT;
    if (!change->value.ptr) {
        struct pg_setting_value none = {0};
        *out = entry ? entry->reset : custom ? none : pg_setting_preset(index);
    } else if (custom) {
        *out = (struct pg_setting_value){.text = change->value, .source = change->source};
        return true;
    } else if (!pg_setting_parse(&pg_setting_table[index], change->value, arena, out, error)) {
        return false;
    } else {
        out->source = change->source;
    }
    const struct pg_setting_hooks *hooks =
        custom ? NULL : pg_setting_hooks(pg_setting_table[index].name);
    return !hooks || !hooks->check || hooks->check(settings, arena, out, error);
}

bool pg_settings_set(struct pg_settings *settings, struct arena *arena,
                     const struct pg_setting_change *change, struct sql_error *error)
{
    struct pg_setting_value value;
    unsigned index = pg_setting_find(change->name);
    bool custom = index == PG_SETTING_COUNT;
    if (custom ? !may_be_custom(change->name, error)
               : !may_change(&pg_setting_table[index], change, error))
        return false;
    if (!wanted_value(settings, arena, change, index, &value, error))
        return false;
    struct pg_setting_entry *entry = pg_setting_entry_find(settings, index, change->name);
    if (!entry)
        entry = pg_setting_entry_add(settings, index, change->name);
    return entry ? store(settings, entry, change, &value, error) : sql_fail_memory(error);
}

/* Custom settings have none. */
static unsigned flags_of(const struct pg_setting_entry *entry)
{
    return entry->index == PG_SETTING_COUNT
               ? 0
               : pg_setting_flags(slice_str(pg_setting_table[entry->index].name));
}

bool pg_settings_reset_all(struct pg_settings *settings, struct arena *arena, unsigned level,
                           bool is_superuser, struct sql_error *error)
{
    for (struct pg_setting_entry *entry = settings->entries; entry; entry = entry->next) {
        bool custom = entry->index == PG_SETTING_COUNT;
        const struct pg_setting *setting = custom ? NULL : &pg_setting_table[entry->index];
        if (flags_of(entry) & PG_SETTING_NO_RESET_ALL ||
            (setting && setting->context < PG_CONTEXT_SUPERUSER))
            continue;
        struct pg_setting_change change = {
            .name = custom ? entry->name : slice_str(setting->name),
            .source = PG_SOURCE_SESSION,
            .level = level,
            .is_superuser = is_superuser,
            .internal = true,
        };
        if (!pg_settings_set(settings, arena, &change, error))
            return false;
    }
    return true;
}

/* ---- the end of transactions */

static void give_back(struct pg_settings *settings, struct pg_setting_entry *entry,
                      struct pg_setting_value *value)
{
    pg_setting_value_free(settings, &entry->value);
    entry->value = *value;
    *value = (struct pg_setting_value){0};
    pg_setting_changed(settings, entry);
}

static void pop(struct pg_settings *settings, struct pg_setting_entry *entry)
{
    struct pg_setting_saved *top = entry->saved;
    entry->saved = top->next;
    pg_setting_value_free(settings, &top->prior);
    pg_setting_value_free(settings, &top->set);
    heap_free(settings->heap, top, sizeof(*top));
}

/* A savepoint was released: what it saved becomes its parent's. */
static void hand_down(struct pg_settings *settings, struct pg_setting_entry *entry)
{
    struct pg_setting_saved *top = entry->saved, *below = top->next;
    if (!below || below->level < top->level - 1) {
        top->level--;
        return;
    }
    if (top->kind == PG_SAVED_SET) {
        pg_setting_value_free(settings, &below->set);
        below->kind = PG_SAVED_SET;
    } else if (top->kind == PG_SAVED_SET_LOCAL || below->kind == PG_SAVED_SET) {
        struct pg_setting_value *set = top->kind == PG_SAVED_LOCAL ? &top->prior : &top->set;
        pg_setting_value_free(settings, &below->set);
        below->set = *set;
        *set = (struct pg_setting_value){0};
        below->kind = PG_SAVED_SET_LOCAL;
    }
    pop(settings, entry);
}

static void end_entry(struct pg_settings *settings, struct pg_setting_entry *entry, unsigned level,
                      bool commit)
{
    if (entry->saved && level > 1 && flags_of(entry) & PG_SETTING_SAVEPOINT)
        commit = false;
    while (entry->saved && entry->saved->level >= level) {
        struct pg_setting_saved *top = entry->saved;
        if (commit && top->level > 1) {
            hand_down(settings, entry);
            continue;
        }
        if (!commit || top->kind == PG_SAVED_LOCAL)
            give_back(settings, entry, &top->prior);
        else if (top->kind == PG_SAVED_SET_LOCAL)
            give_back(settings, entry, &top->set);
        pop(settings, entry);
    }
}

void pg_settings_leave(struct pg_settings *settings, unsigned level)
{
    for (struct pg_setting_entry *entry = settings->entries; entry; entry = entry->next) {
        struct pg_setting_saved *top = entry->saved;
        if (!top || top->level < level)
            continue;
        if (top->kind == PG_SAVED_LOCAL) {
            give_back(settings, entry, &top->prior);
            pop(settings, entry);
            continue;
        }
        if (top->kind == PG_SAVED_SET_LOCAL)
            give_back(settings, entry, &top->set);
        top->kind = PG_SAVED_SET;
        hand_down(settings, entry);
    }
}

void pg_settings_end(struct pg_settings *settings, unsigned level, bool commit)
{
    if (!settings->stacked)
        return;
    settings->stacked = false;
    for (struct pg_setting_entry *entry = settings->entries; entry; entry = entry->next) {
        end_entry(settings, entry, level, commit);
        settings->stacked |= entry->saved != NULL;
    }
}
