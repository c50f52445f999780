/*
 * Feeds a fuzz target the files of its corpus, or those that are named, one
 * after the other; TAP for prove.  A file that crashes it is the last one
 * named in the output.
 */

#include "fuzz.h"

#include <dirent.h>


static int  replay_files;


static void
replay_file(const char *name)
{
    int       c;
    FILE     *f;
    size_t    size, room;
    uint8_t  *data;

    f = fopen(name, "rb");

    if (f == NULL) {
        perror(name);
        exit(EXIT_FAILURE);
    }

    (void) printf("# %s\n", name);
    (void) fflush(stdout);

    for (data = NULL, size = room = 0; (c = fgetc(f)) != EOF; size++) {

        if (size == room) {
            room = room ? room * 2 : 4096;
            data = realloc(data, room);
            fuzz_check(data);
        }

        data[size] = (uint8_t) c;
    }

    (void) fclose(f);

    /* an empty input is not NULL, but nothing of it can be read */

    data = realloc(data, size + !size);
    fuzz_check(data);

    (void) LLVMFuzzerTestOneInput(size ? data : data + 1, size);

    free(data);

    (void) printf("ok %d - %s\n", ++replay_files, name);
}


static int
replay_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}


static void
replay_corpus(const char *corpus)
{
    int              i, n;
    char             name[4096];
    struct dirent  **entries;

    n = scandir(corpus, &entries, replay_visible, alphasort);

    if (n <= 0) {
        (void) fprintf(stderr, "no corpus in %s\n", corpus);
        exit(EXIT_FAILURE);
    }

    for (i = 0; i < n; i++) {
        (void) snprintf(name, sizeof(name), "%s/%s", corpus,
                        entries[i]->d_name);
        replay_file(name);
        free(entries[i]);
    }

    free(entries);
}


int
main(int argc, char **argv)
{
    int  i;

    if (argc < 2) {
        replay_corpus(FUZZ_CORPUS);
    }

    for (i = 1; i < argc; i++) {
        replay_file(argv[i]);
    }

    (void) printf("1..%d\n", replay_files);

    return EXIT_SUCCESS;
}
