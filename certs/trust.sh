#!/usr/bin/env bash
# Makes this machine trust the authority that signs a development installation's certificates, or forget it.
#
#   certs/trust.sh browsers [data/ca.pem]     Chromium and what else reads ~/.pki/nssdb, for you alone
#   certs/trust.sh system   [data/ca.pem]     every program of this Debian, or the keychain of a Mac; asks for sudo
#   certs/trust.sh forget                     undoes both
set -euo pipefail

store=$HOME/.pki/nssdb
installed=/usr/local/share/ca-certificates/gatehouse-development.crt
name=gatehouse-development

need_certutil() {
    command -v certutil >/dev/null || {
        echo "certutil is missing: sudo apt-get install libnss3-tools" >&2
        exit 69
    }
}

authority=${2:-data/ca.pem}
case "${1:-}" in
browsers | system)
    [ -r "$authority" ] || {
        echo "$authority is not there: start the service once, and it is made." >&2
        exit 66
    }
    ;;
esac

case "${1:-}" in
browsers)
    need_certutil
    mkdir -p "$store"
    [ -e "$store/cert9.db" ] || certutil -d "sql:$store" -N --empty-password
    certutil -d "sql:$store" -D -n "$name" 2>/dev/null || true
    certutil -d "sql:$store" -A -t C,, -n "$name" -i "$authority"
    echo "Chromium trusts $authority after its next start. Firefox: Settings → Privacy & Security → Certificates."
    ;;
system)
    if [ "$(uname)" = Darwin ]; then
        sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "$authority"
    else
        sudo install -m 0644 "$authority" "$installed"
        sudo update-ca-certificates
    fi
    ;;
forget)
    if [ -e "$store/cert9.db" ] && command -v certutil >/dev/null; then
        certutil -d "sql:$store" -D -n "$name" 2>/dev/null || true
    fi
    if [ -e "$installed" ]; then
        sudo rm "$installed"
        sudo update-ca-certificates --fresh
    fi
    ;;
*)
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
