#include <curl/curl.h>

// Swift cannot call functions with variable arguments: one face for each type of argument.

static inline CURLcode curl_set_number(CURL *curl, CURLoption option, long value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode curl_set_size(CURL *curl, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode curl_set_text(CURL *curl, CURLoption option, const char *value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode curl_set_pointer(CURL *curl, CURLoption option, void *value) {
    return curl_easy_setopt(curl, option, value);
}

static inline CURLcode curl_set_reader(CURL *curl, curl_read_callback reader, void *source) {
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, reader);
    return curl_easy_setopt(curl, CURLOPT_READDATA, source);
}

static inline CURLcode curl_set_writer(CURL *curl, curl_write_callback writer, void *target) {
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, writer);
    return curl_easy_setopt(curl, CURLOPT_WRITEDATA, target);
}

static inline CURLcode curl_get_number(CURL *curl, CURLINFO info, long *value) {
    return curl_easy_getinfo(curl, info, value);
}

static inline CURLcode curl_set_socket_opener(CURL *curl, curl_opensocket_callback opener, void *source) {
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, opener);
    return curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, source);
}
