#!/bin/sh
# Makes sure that a Docker engine answers and that `docker compose` is there.
#
#     ./engine.sh          uses the engine that answers; starts one, as root, if none does
#     ./engine.sh stop     stops the engine that was started so, and no other
#
# Where Docker is set up as usual, there is nothing for it to do.
set -eu

compose=v5.0.2
state=${TMPDIR:-/tmp}/chorus-engine # its pid and log, if it is ours

answers() { docker info >/dev/null 2>&1; }
ours() { [ -f "$state/pid" ] && [ "$(cat "/proc/$(cat "$state/pid")/comm" 2>/dev/null)" = dockerd ]; }

start_engine() {
    if answers; then
        echo "engine: answers already"
        ours || rm -f "$state/pid" # of one that was ended hard
        return
    fi
    command -v dockerd >/dev/null || apt-get install --yes --quiet docker.io
    mkdir -p "$state"
    setsid dockerd --pidfile "$state/pid" >"$state/log" 2>&1 </dev/null &
    for _ in $(seq 60); do
        if answers; then
            echo "engine: started as process $(cat "$state/pid"), log in $state/log"
            return
        fi
        sleep 0.5
    done
    echo "engine: does not answer after 30 s; the end of $state/log:" >&2
    tail "$state/log" >&2
    exit 1
}

install_compose() {
    if docker compose version 2>/dev/null; then
        return
    fi
    # The command of this module is called cmd; Docker looks for docker-compose.
    echo "compose: building $compose (a minute or two)"
    plugins=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins
    bin=$(mktemp -d)
    trap 'rm -rf "$bin"' EXIT
    GOBIN=$bin go install -ldflags "-s -w -X github.com/docker/compose/v5/internal.Version=$compose" \
        "github.com/docker/compose/v5/cmd@$compose"
    mkdir -p "$plugins"
    mv "$bin/cmd" "$plugins/docker-compose"
    docker compose version
}

stop_engine() {
    if ! ours; then
        echo "engine: none of ours is running"
        return
    fi
    kill "$(cat "$state/pid")"
    for _ in $(seq 60); do
        if ! ours; then # dockerd removes it when it has stopped its containers
            echo "engine: stopped"
            return
        fi
        sleep 0.5
    done
    echo "engine: still stopping after 30 s, see $state/log" >&2
    exit 1
}

case "${1:-start}" in
start)
    start_engine
    install_compose
    ;;
stop) stop_engine ;;
*) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
