#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <string.h>

// The resolver of the C library keeps its state behind macros that Swift does not see.

/// Asks for the TXT records of a name; returns the length of the answer, or -1.
static inline int resolver_query_txt(const char *name, unsigned char *answer, int size) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return -1;
    int length = res_nquery(&state, name, ns_c_in, ns_t_txt, answer, size);
    res_nclose(&state);
    return length > size ? size : length;
}

/// The number of records in the answer section, or -1 for an answer that cannot be read.
static inline int resolver_record_count(const unsigned char *answer, int length) {
    ns_msg message;
    if (ns_initparse(answer, length, &message) != 0) return -1;
    return ns_msg_count(message, ns_s_an);
}

/// The data of one TXT record (strings, each after its length); NULL for a record of another type.
static inline const unsigned char *resolver_txt_data(
    const unsigned char *answer, int length, int index, int *data_length) {
    ns_msg message;
    ns_rr record;
    if (ns_initparse(answer, length, &message) != 0) return NULL;
    if (ns_parserr(&message, ns_s_an, index, &record) != 0) return NULL;
    if (ns_rr_type(record) != ns_t_txt) return NULL;
    *data_length = ns_rr_rdlen(record);
    return ns_rr_rdata(record);
}
