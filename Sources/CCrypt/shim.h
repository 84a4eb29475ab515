// libxcrypt: bcrypt through crypt_r (the `$2b$` method).
#include <crypt.h>
#include <string.h>
