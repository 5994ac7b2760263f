/*
 * Finds values in a JSON text without copying it. It takes what engines write; whether the rest of the text is JSON is
 * for the runtime that reads it to say.
 */
#include "handoff.h"
#include <string.h>

int is_odd;

static int is_space(char letter) { return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n'; }

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at)) at++;
    return at;
}

/* The end of the string that starts there; NULL where it has none. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"') return at + 1;
        if (*at == '\\') at++;
    }
    return NULL;
}

/* The end of the value that starts there; NULL where it has none. Brackets are counted, whatever their kind. */
static const char *skip_value(const char *at, const char *end)
{
    const char *start = at;
    for (int depth = 0; at && at < end;) {
        if (*at == '"') {
            at = skip_string(at, end);
            if (depth == 0) return at;
        } else if (*at == '{' || *at == '[') {
            depth++, at++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0) return at == start ? NULL : at;
            at++;
            if (--depth == 0) return at;
        } else if (depth == 0 && (*at == ',' || is_space(*at))) {
            return at == start ? NULL : at;
        } else {
            at++;
        }
    }
    return NULL;
}

static int fail(void)
{
    is_odd = 1;
    return 0;
}

/* Takes the next value, and a name before it if there is to be one, off the inside of an object or a list. */
static int next(struct text *rest, struct text *name, struct text *value)
{
    const char *at = skip_space(rest->start, rest->end);
    if (at == rest->end) return 0;
    if (*at == ',') at = skip_space(at + 1, rest->end);
    if (name) {
        const char *end = at < rest->end && *at == '"' ? skip_string(at, rest->end) : NULL;
        if (!end) return fail();
        *name = (struct text){ at, end };
        at = skip_space(end, rest->end);
        if (at == rest->end || *at != ':') return fail();
        at = skip_space(at + 1, rest->end);
    }
    const char *end = at < rest->end ? skip_value(at, rest->end + 1) : NULL;
    if (!end || end > rest->end) return fail();
    *value = (struct text){ at, end };
    rest->start = end;
    return 1;
}

int next_member(struct text *rest, struct text *name, struct text *value) { return next(rest, name, value); }

int next_element(struct text *rest, struct text *value) { return next(rest, NULL, value); }

/* What is between the brackets of an object or a list; nothing for other values. */
struct text inside(struct text value, char bracket)
{
    if (!value.start) return value;
    if (*value.start == bracket) return (struct text){ value.start + 1, value.end - 1 };
    is_odd = 1;
    return (struct text){ value.end, value.end };
}

/* Whether a value is a string of that content. */
int is_word(struct text value, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(value.end - value.start) == length + 2 && *value.start == '"' && !memcmp(value.start + 1, word, length);
}

/* The member of that name; one without a start where there is none. */
struct text find_member(struct text object, const char *name)
{
    struct text rest = inside(object, '{'), found = { NULL, NULL }, each, value;
    while (next_member(&rest, &each, &value)) {
        if (memchr(each.start, '\\', each.end - each.start)) is_odd = 1;
        if (!is_word(each, name)) continue;
        if (found.start) is_odd = 1;
        found = value;
    }
    return found;
}

/* Copies a string that has no escapes. */
int copy_word(struct text value, char *to, size_t size)
{
    if (!value.start || *value.start != '"') return 0;
    size_t length = value.end - value.start - 2;
    if (length >= size || memchr(value.start, '\\', value.end - value.start)) return 0;
    memcpy(to, value.start + 1, length);
    to[length] = 0;
    return 1;
}
