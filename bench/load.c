// A load generator for what wrk and h2load cannot do: full TLS handshakes only, and one connection per host name.
//
//   load handshakes PORT HOSTS SECONDS THREADS SIGNATURES      new connections per second, nothing sent
//   load requests   PORT HOSTS SECONDS THREADS PATH            requests per second, one kept connection per host
//
// HOSTS is a file of host names, one a line. SIGNATURES is an OpenSSL list such as RSA-PSS+SHA256 or ECDSA+SHA256:
// it decides which of a server's certificates is used. Prints the rate alone.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static SSL_CTX *context;
static int port;
static char **hosts;
static int host_count;
static int thread_count;
static const char *path;
static double seconds;
static atomic_long done;
static atomic_int started;
static atomic_int running = 1;

static void fail(const char *what) {
    perror(what);
    ERR_print_errors_fp(stderr);
    _exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static SSL *open_connection(const char *host) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    // An immediate reset instead of TIME_WAIT: thousands of closed connections must not use up the ports.
    struct linger linger = {1, 0};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    SSL *ssl = SSL_new(context);
    SSL_set_fd(ssl, fd);
    SSL_set_tlsext_host_name(ssl, host);
    if (SSL_connect(ssl) != 1) fail("SSL_connect");
    if (SSL_session_reused(ssl)) fail("a session was resumed");
    return ssl;
}

static void close_connection(SSL *ssl) {
    int fd = SSL_get_fd(ssl);
    SSL_free(ssl);
    close(fd);
}

static void *shake_hands(void *argument) {
    long number = (long)argument;
    atomic_fetch_add(&started, 1);
    while (running) {
        close_connection(open_connection(hosts[number++ % host_count]));
        atomic_fetch_add(&done, 1);
    }
    return NULL;
}

// Reads one answer with a Content-Length; the answers here are small and come whole.
static void read_answer(SSL *ssl) {
    static _Thread_local char buffer[65536];
    int filled = 0;
    while (1) {
        int got = SSL_read(ssl, buffer + filled, sizeof buffer - 1 - filled);
        if (got <= 0) fail("SSL_read");
        filled += got;
        buffer[filled] = 0;
        char *end = strstr(buffer, "\r\n\r\n");
        if (!end) continue;
        if (strncmp(buffer, "HTTP/1.1 200", 12) != 0) {
            fprintf(stderr, "%.200s\n", buffer);
            _exit(1);
        }
        char *length = strcasestr(buffer, "\r\ncontent-length:");
        if (!length) fail("no content-length");
        if (filled >= end + 4 - buffer + atoi(length + 17)) return;
    }
}

static void *request(void *argument) {
    int first = (int)(long)argument, count = 0;
    SSL **connections = calloc(host_count, sizeof *connections);
    char **requests = calloc(host_count, sizeof *requests);
    for (int host = first; host < host_count; host += thread_count) {
        connections[count] = open_connection(hosts[host]);
        if (asprintf(&requests[count], "GET %s HTTP/1.1\r\nHost: %s:%d\r\n\r\n", path, hosts[host], port) < 0) abort();
        // The first answer may have to open something; it is not counted.
        SSL_write(connections[count], requests[count], strlen(requests[count]));
        read_answer(connections[count]);
        count++;
    }
    atomic_fetch_add(&started, 1);
    while (atomic_load(&started) < thread_count) usleep(1000);
    while (running) {
        for (int i = 0; i < count; i++) SSL_write(connections[i], requests[i], strlen(requests[i]));
        for (int i = 0; i < count; i++) read_answer(connections[i]);
        atomic_fetch_add(&done, count);
    }
    return NULL;
}

static void read_hosts(const char *file) {
    FILE *input = fopen(file, "r");
    if (!input) fail(file);
    char line[300];
    while (fgets(line, sizeof line, input)) {
        line[strcspn(line, "\n")] = 0;
        hosts = realloc(hosts, (host_count + 1) * sizeof *hosts);
        hosts[host_count++] = strdup(line);
    }
    fclose(input);
}

int main(int count, char **arguments) {
    if (count != 7) {
        fprintf(stderr, "usage: load handshakes|requests PORT HOSTS SECONDS THREADS SIGNATURES|PATH\n");
        return 64;
    }
    signal(SIGPIPE, SIG_IGN);
    int handshakes = strcmp(arguments[1], "handshakes") == 0;
    port = atoi(arguments[2]);
    read_hosts(arguments[3]);
    seconds = atof(arguments[4]);
    thread_count = atoi(arguments[5]);
    path = arguments[6];
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (handshakes && SSL_CTX_set1_sigalgs_list(context, arguments[6]) != 1) fail("signatures");
    pthread_t threads[thread_count];
    for (long i = 0; i < thread_count; i++)
        pthread_create(&threads[i], NULL, handshakes ? shake_hands : request, (void *)i);
    while (atomic_load(&started) < thread_count) usleep(1000);
    double began = now();
    long before = atomic_load(&done);
    usleep((useconds_t)(seconds * 1e6));
    printf("%.1f\n", (atomic_load(&done) - before) / (now() - began));
    fflush(stdout);
    // The threads may wait in a read; nothing of theirs is worth waiting for.
    _exit(0);
}
