// libargon2 (Debian: libargon2-dev): Argon2 hashes that administrators bring with them.
#include <argon2.h>
