// SPDX-License-Identifier: AGPL-3.0-or-later
// Runs a command and adds a line to FILE: seconds, seconds of CPU, the most memory in MB.
//   bench_timed FILE COMMAND [ARGUMENT]...     ends with the command's own status
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: bench_timed FILE COMMAND [ARGUMENT]...\n", stderr);
        return 64;
    }
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    struct rusage use;
    int status;
    if (child < 0 || wait4(child, &status, 0, &use) != child) {
        perror(argv[2]);
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    FILE *f = fopen(argv[1], "a");
    if (!f) {
        perror(argv[1]);
        return 1;
    }
    fprintf(f, "%.4f %.4f %.1f\n",
            (double)(end.tv_sec - start.tv_sec) +
                (double)(end.tv_nsec - start.tv_nsec) * 1e-9,
            seconds(use.ru_utime) + seconds(use.ru_stime), (double)use.ru_maxrss / 1024);
    if (fclose(f))
        return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
