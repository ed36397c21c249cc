/* What libical makes of a rule. One line in, `RULE <tab> DTSTART <tab> LAST`, one line out: the turns up to LAST, as
 * basic ISO times, separated by spaces. All times are floating: zones are the business of whoever asks. */

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    static char line[4096];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        char *rule = strtok(line, "\t"), *first = strtok(NULL, "\t"), *last = strtok(NULL, "\t");
        if (rule == NULL || first == NULL || last == NULL) {
            fprintf(stderr, "expected RULE, DTSTART and LAST, separated by tabs\n");
            return 2;
        }
        struct icalrecurrencetype recurrence = icalrecurrencetype_from_string(rule);
        struct icaltimetype end = icaltime_from_string(last);
        icalrecur_iterator *turns = icalrecur_iterator_new(recurrence, icaltime_from_string(first));
        if (turns == NULL) {
            puts("refused");
            continue;
        }
        struct icaltimetype turn = icalrecur_iterator_next(turns);
        while (!icaltime_is_null_time(turn) && icaltime_compare(turn, end) <= 0) {
            printf("%s ", icaltime_as_ical_string(turn));
            turn = icalrecur_iterator_next(turns);
        }
        icalrecur_iterator_free(turns);
        icalmemory_free_ring(); /* the strings just printed */
        putchar('\n');
    }
    return 0;
}
