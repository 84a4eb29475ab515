#!/bin/sh
# Makes a certificate authority for development: ca.pem (to be trusted by clients) and ca-key.pem (to be kept).
#
#   certs/make-dev-ca.sh DIRECTORY ["Common name"]
#
# The service makes one of its own in its data directory at the first start; this is for those who want one authority
# for several installations, or certificates of their own making to install.
set -eu

directory=${1:?usage: make-dev-ca.sh DIRECTORY [COMMON-NAME]}
name=${2:-Gatehouse development CA}

mkdir -p "$directory"
if [ -e "$directory/ca-key.pem" ]; then
    echo "$directory/ca-key.pem exists already; nothing was changed" >&2
    exit 1
fi

umask 077
openssl ecparam -name prime256v1 -genkey -noout -out "$directory/ca-key.pem"
openssl req -x509 -new -key "$directory/ca-key.pem" -sha256 -days 3650 -subj "/CN=$name" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -out "$directory/ca.pem"
chmod 644 "$directory/ca.pem"
echo "trust this one in your browser: $directory/ca.pem"
