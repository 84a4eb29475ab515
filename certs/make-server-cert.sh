#!/bin/sh
# Issues server certificates for names, one with an RSA key and one with an ECDSA key, signed by an authority of
# make-dev-ca.sh (or by the one the service made in its data directory).
#
#   certs/make-server-cert.sh CA-DIRECTORY OUTPUT-DIRECTORY NAME...
#
# Writes {rsa,ecdsa}.{crt,key}; a wildcard is written "*.example.com". To take them into use:
#
#   gatehouse cert install NAME --certificate OUTPUT-DIRECTORY/rsa.crt --key OUTPUT-DIRECTORY/rsa.key
#   gatehouse cert install NAME --certificate OUTPUT-DIRECTORY/ecdsa.crt --key OUTPUT-DIRECTORY/ecdsa.key
set -eu

if [ $# -lt 3 ]; then
    echo "usage: make-server-cert.sh CA-DIRECTORY OUTPUT-DIRECTORY NAME..." >&2
    exit 2
fi
authority=$1
output=$2
shift 2
days=${DAYS:-397}
first=$1

names=
for name in "$@"; do
    names="${names:+$names,}DNS:$name"
done

mkdir -p "$output"
umask 077
extensions=$(mktemp)
trap 'rm -f "$extensions" "$extensions.csr"' EXIT
cat > "$extensions" <<END
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $names
END

for kind in rsa ecdsa; do
    case $kind in
    rsa) openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$output/rsa.key" ;;
    ecdsa) openssl ecparam -name prime256v1 -genkey -noout -out "$output/ecdsa.key" ;;
    esac
    openssl req -new -key "$output/$kind.key" -subj "/CN=$first" -out "$extensions.csr"
    openssl x509 -req -in "$extensions.csr" -CA "$authority/ca.pem" -CAkey "$authority/ca-key.pem" \
        -set_serial "0x4$(openssl rand -hex 15)" -days "$days" -sha256 -extfile "$extensions" \
        -out "$output/$kind.crt"
done
echo "wrote $output/rsa.crt, $output/rsa.key, $output/ecdsa.crt, $output/ecdsa.key for $*"
