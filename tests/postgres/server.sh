#!/usr/bin/env bash
# A PostgreSQL server of its own for tests: `server.sh start DIR`, `restart DIR`, `stop DIR`. DIR must not exist before; its data, socket
# and log are in there. Prints nothing; a test reads DIR/url (the socket) and DIR/tls-url (a loopback port with a password and TLS).
# PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
set -euo pipefail
do="$1" dir="$2"
# The newest of the versions that are installed; what else is called pg_ctl may be an older one.
bin="$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin -path '*/bin' 2>/dev/null | sort -V | tail -n 1)"
[ -x "$bin/pg_ctl" ] || { echo "No PostgreSQL server is installed; on Debian: apt-get install postgresql" >&2; exit 1; }
as_owner() {
    # In a folder that user may enter.
    if [ "$(id -u)" = 0 ]; then (cd / && setpriv --reuid postgres --regid postgres --init-groups -- "$@"); else "$@"; fi
}
control() { as_owner "$bin/pg_ctl" --pgdata "$dir/data" --log "$dir/log" --wait --silent "$@"; }
case "$do" in
start)
    mkdir -p "$dir"
    chmod 0711 "$dir"
    [ "$(id -u)" != 0 ] || chown postgres "$dir"
    printf 'only for a test' >"$dir/password"
    chmod 0644 "$dir/password"
    as_owner "$bin/initdb" --pgdata "$dir/data" --username hongbao --auth-local trust --auth-host scram-sha-256 \
        --pwfile "$dir/password" --encoding UTF8 --locale C.UTF-8 --no-sync >/dev/null
    # An authority, and a certificate of it for `localhost`.
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=Test authority" -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout "$dir/server.key" -out "$dir/server.csr" 2>/dev/null
    printf 'subjectAltName=DNS:localhost\n' >"$dir/server.ext"
    openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -days 2 -extfile "$dir/server.ext" \
        -out "$dir/server.pem" 2>/dev/null
    [ "$(id -u)" != 0 ] || chown postgres "$dir/server.key" "$dir/server.pem"
    port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
unix_socket_permissions = 0700
max_connections = 400
ssl = on
ssl_cert_file = '$dir/server.pem'
ssl_key_file = '$dir/server.key'
CONF
    # A test of what survives a power cut does not cut the power: a killed or restarted server needs no fsync, and
    # hundreds of databases are made.
    printf "fsync = off\nfull_page_writes = off\nautovacuum = off\n" >>"$dir/data/postgresql.conf"
    control start
    socket="$(printf '%s' "$dir" | sed 's#%#%25#g; s#/#%2F#g; s# #%20#g')"
    printf 'postgres://hongbao@%s:%s/postgres' "$socket" "$port" >"$dir/url"
    printf 'localhost:%s:*:hongbao:only for a test\n' "$port" >"$dir/passwords"
    chmod 0600 "$dir/passwords"
    printf 'postgres://hongbao@localhost:%s/postgres?sslmode=verify-full&sslrootcert=%s/ca.pem&passfile=%s/passwords' \
        "$port" "$dir" "$dir" >"$dir/tls-url"
    ;;
restart) control --mode immediate restart ;;
stop) control --mode immediate stop ;;
*) echo "start, restart or stop" >&2; exit 64 ;;
esac
