#!/bin/sh
# A container engine for the tests: installed and started where that may be done.
#
#   docker_engine.sh ensure   make sure that one answers; 0 also where none may be installed
#   docker_engine.sh stop     end the one that `ensure` started
#
# Only root on a Debian without an engine gets one, from Debian's own packages. It is
# started without network and without touching the host's firewall; guests have none.
set -eu

RUN=/run/alma-safe-docker
DOCKER=${DOCKER:-docker}

answers() {
    "$DOCKER" version --format '{{.Server.Version}}' >/dev/null 2>&1
}

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1
}

ensure() {
    answers && return
    if ! command -v dockerd >/dev/null 2>&1; then
        may_install || { echo "no container engine here, and none may be installed"; return; }
        echo "installing a container engine (docker.io, runsc)"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends docker.io runsc >/dev/null
    fi
    [ "$(id -u)" = 0 ] || { echo "the container engine does not answer"; return; }
    start
}

start() {
    mkdir -p "$RUN"
    runsc=$(command -v runsc || true)
    if [ -n "$runsc" ]; then
        # gVisor through ptrace, and without the network that guests never have.
        runtimes="--add-runtime runsc=$RUN/runsc"
        printf '#!/bin/sh\nexec %s --platform=ptrace --network=none --ignore-cgroups "$@"\n' \
            "$runsc" >"$RUN/runsc"
        chmod 755 "$RUN/runsc"
    fi
    # shellcheck disable=SC2086  # an empty list of runtimes is none
    setsid dockerd --data-root "$RUN/data" --exec-root "$RUN/exec" --pidfile "$RUN/pid" \
        --bridge=none --iptables=false --ip6tables=false ${runtimes:-} \
        >"$RUN/log" 2>&1 </dev/null &
    tries=0
    until answers; do
        tries=$((tries + 1))
        if [ "$tries" -gt 150 ]; then
            echo "the container engine did not start:" >&2
            tail -n 5 "$RUN/log" >&2
            exit 1
        fi
        sleep 0.2
    done
}

stop() {
    [ -f "$RUN/pid" ] || return 0
    kill "$(cat "$RUN/pid")" 2>/dev/null || true
}

case "${1:-}" in
    ensure) ensure ;;
    stop) stop ;;
    *) echo "usage: $0 ensure|stop" >&2; exit 2 ;;
esac
