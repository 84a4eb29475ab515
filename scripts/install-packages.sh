#!/usr/bin/env bash
# Installs the Debian packages that tasks need, and only those that are missing.
#
#   scripts/install-packages.sh build|acceptance|bench …
set -euo pipefail

build=(
    openssl libssl-dev libcurl4-openssl-dev libsqlite3-dev zlib1g-dev libcrypt-dev libargon2-dev libqrencode-dev
    pkg-config python3-zxcvbn
)
acceptance=(chromium libnss3-tools libseccomp2 python3-venv sqlite3 systemd)
bench=(nginx-light haproxy caddy wrk nghttp2-client openssl procps)

wanted=()
for task in "${@:-none}"; do
    case "$task" in
    build) wanted+=("${build[@]}") ;;
    acceptance) wanted+=("${acceptance[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    *)
        echo "usage: $0 build|acceptance|bench …" >&2
        exit 64
        ;;
    esac
done

present() {
    # `nginx-light` is as good as any other nginx that provides the binary.
    case "$1" in
    nginx-light) command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] ;;
    *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
    esac
}

missing=()
for package in "${wanted[@]}"; do
    present "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "These packages are missing, and this is no Debian: ${missing[*]}" >&2
    exit 69
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
fi
echo "Installing ${missing[*]} …"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
# A package may start its daemon on installation; the peers of the benchmark are started by the benchmark.
if [ "$1" = bench ] && command -v systemctl >/dev/null && systemctl is-system-running --quiet 2>/dev/null; then
    for daemon in nginx haproxy caddy; do
        case " ${missing[*]} " in
        *" $daemon"*) "${as_root[@]}" systemctl disable --now --quiet "$daemon" || true ;;
        esac
    done
fi
