#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// sched_setattr(2) has no wrapper in the C library of every Debian that is still in use, and syscall(2) is variadic,
// which Swift does not call.

/// Makes the calling thread an ordinary one (SCHED_OTHER) of the given nice value that asks for turns of so many
/// nanoseconds. Returns 0, or an errno. Kernels before 6.12 take the nice value and ignore the length of the turns.
static inline int scheduling_set(int nice_value, uint64_t turn) {
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.nice = nice_value;
    attributes.runtime = turn;
    return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0 ? 0 : errno;
}
