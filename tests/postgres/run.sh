#!/usr/bin/env bash
# The same decisions on PostgreSQL: the tests of the rooms that keep books, the story between processes, and what is left
# when either server is killed. Brings a PostgreSQL server of its own and stops it in the end; installs one on Debian
# when there is none. Everything of it is under the build folder.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../.."
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || ! command -v openssl setpriv python3 >/dev/null; then
    apt-get update -qq
    # Without this Debian would start a server of the machine's own.
    mkdir -p /etc/postgresql-common && printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
    apt-get install -y -qq --no-install-recommends openssl postgresql python3 util-linux
fi

# A short path, as a socket's may not be long, which the user `postgres` may enter.
server="$(mktemp -d /tmp/hongbao-postgres.XXXXXX)"
trap '"$here/server.sh" stop "$server" || true; rm -rf "$server"' EXIT
"$here/server.sh" start "$server" || { cat "$server/log" >&2; exit 1; }
HONGBAO_TEST_DATABASE="$(cat "$server/url")"
HONGBAO_TEST_DATABASE_TLS="$(cat "$server/tls-url")"
HONGBAO_TEST_RESTART="'$here/server.sh' restart '$server'"
export HONGBAO_TEST_DATABASE HONGBAO_TEST_DATABASE_TLS HONGBAO_TEST_RESTART
unset HONGBAO_DATABASE

cargo test --locked --lib -- --include-ignored store:: bank:: enterprise:: party::changes
# Alone, since it restarts the server under everybody.
cargo test --locked --test postgres -- --include-ignored --test-threads 1 --nocapture
cargo test --locked --test story -- --skip demo --skip wallet_alone --skip servers
