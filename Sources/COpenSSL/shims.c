#include "COpenSSL.h"

// OpenSSL would free its tables when the process exits, while threads that make keys ahead of time still use them.
// The system takes the memory back anyway.
__attribute__((constructor)) static void COpenSSL_keep_until_the_end(void) {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

uint64_t COpenSSL_server_options(void) {
    return SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
           SSL_OP_PRIORITIZE_CHACHA;
}

void COpenSSL_BIO_clear_retry_flags(BIO *bio) {
    BIO_clear_retry_flags(bio);
}

void COpenSSL_BIO_set_retry_read(BIO *bio) {
    BIO_set_retry_read(bio);
}

X509 *COpenSSL_X509_pop(STACK_OF(X509) *stack) { return sk_X509_pop(stack); }

void COpenSSL_X509_stack_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }
