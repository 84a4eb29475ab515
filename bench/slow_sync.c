// Preloaded into a program, makes each of its syncs last as long as one takes on a disk that has to write to a medium:
// where a disk answers from a cache of its own, nothing would be gained by sharing a commit, and nothing shown.
//
//   SLOW_SYNC_MICROSECONDS=2000 LD_PRELOAD=./slow_sync.so PROGRAM
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int slowly(const char *name, int file) {
    int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *text = getenv("SLOW_SYNC_MICROSECONDS");
    long microseconds = text ? atol(text) : 0;
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
    return sync(file);
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
