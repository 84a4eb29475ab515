#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Function-like macros are not imported into Swift; only those that are needed have a function here.

/// Options every TLS context of ours has: no renegotiation, no compression, the server's order of ciphers.
uint64_t COpenSSL_server_options(void);

/// Clears both retry flags of a BIO.
void COpenSSL_BIO_clear_retry_flags(BIO *bio);

/// Marks a read that has to be tried again once more bytes have arrived.
void COpenSSL_BIO_set_retry_read(BIO *bio);

/// Takes the last certificate off a stack; null when there is none.
X509 *COpenSSL_X509_pop(STACK_OF(X509) *stack);

/// Frees an empty stack of certificates.
void COpenSSL_X509_stack_free(STACK_OF(X509) *stack);
/// An RSA key from its numbers, big-endian; null where the library refuses them. In C, because the library's builder
/// keeps pointers to what it is given, names included, until the key is made.
EVP_PKEY *COpenSSL_rsa_public_key(const uint8_t *n, size_t n_length, const uint8_t *e, size_t e_length);

/// A P-256 key from an uncompressed point of 65 bytes; null where it is not on the curve.
EVP_PKEY *COpenSSL_p256_public_key(const uint8_t *point);
