/* What runs before .NET starts: see handoff.c. */
#ifndef HANDOFF_H
#define HANDOFF_H
#include <stddef.h>
#include <sys/types.h>

#define RECORDS "/run/drydock/runtime"

/* A JSON value, or a part of one, as it stands in a file. */
struct text { const char *start, *end; };

/* json.c. What it finds odd, such as a name with escapes or twice the same, sets `is_odd` and is left to .NET. */
extern int is_odd;
struct text find_member(struct text object, const char *name);
int next_member(struct text *rest, struct text *name, struct text *value);
int next_element(struct text *rest, struct text *value);
struct text inside(struct text value, char bracket);
int is_word(struct text value, const char *word);
int copy_word(struct text value, char *to, size_t size);

/* handoff.c */
int is_among(const char *word, const char *const *words);
int is_id(const char *id);
int keeps_system_records(void);
int wait_for(pid_t child);
void remove_record(const char *record);

/* create.c: makes a container, and returns where it cannot do that as it stands. */
void create_container(char **words, int count, int verb);

#endif
