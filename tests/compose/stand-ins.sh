#!/bin/sh
# Makes local stand-ins for the three official images that deploy/ names (golang, redis, haproxy),
# for machines that can't pull images. Never needed where Docker Hub is reachable: an image that is
# already there, genuine or not, is left alone.
#
# The stand-ins behave like the originals as far as deploy/ relies on it, but their programs are
# Debian's: Redis 7.0 and HAProxy 2.6. So deploy/ is tested against the oldest versions it supports.
#
# Needs root (debootstrap), a Docker engine (see engine.sh) and Go.
set -eu
cd "$(dirname "$0")/../.."

# The names come from the files that use them, so they can't drift apart.
golang=$(sed -n 's/^FROM \(golang:[^ ]*\).*/\1/p' deploy/Dockerfile)
redis=$(sed -n 's/^ *image: \(redis:[^ ]*\).*/\1/p' deploy/docker-compose.yml)
haproxy=$(sed -n 's/^ *image: \(haproxy:[^ ]*\).*/\1/p' deploy/docker-compose.yml)
base=chorus-stand-in:base

have() { docker image inspect "$1" >/dev/null 2>&1; }

# stand_in NAME: makes the image NAME from the base and the instructions on standard input.
stand_in() {
    if have "$1"; then
        echo "$1: there already"
        return
    fi
    echo "$1: making a stand-in"
    { echo "FROM $base"; cat; } | docker build --quiet --tag "$1" - >/dev/null
}

if have "$golang" && have "$redis" && have "$haproxy"; then
    echo "all images are there: $golang $redis $haproxy"
    exit
fi

if ! have $base; then
    command -v debootstrap >/dev/null || apt-get install --yes --quiet debootstrap
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    echo "$base: bootstrapping Debian (a minute or two)"
    debootstrap --variant=minbase --include=ca-certificates,redis-server,haproxy \
        bookworm "$root" >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
    rm -rf "$root.log" "$root"/var/cache/apt/archives/*.deb
    # This machine may stand behind a proxy with a certificate authority of its own: trust what
    # the machine trusts, or the build could not download modules.
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    cp -aL "$(go env GOROOT)/." "$root/usr/local/go"
    mkdir -p "$root/go"
    install -d -o "$(awk -F: '$1 == "redis" { print $3 }' "$root/etc/passwd")" "$root/data"
    # As the original, which is compiled to let others than localhost in without a password.
    cat >"$root/usr/local/bin/redis-entrypoint" <<'END'
#!/bin/sh
[ "$1" != redis-server ] || set -- "$@" --protected-mode no
exec "$@"
END
    chmod +x "$root/usr/local/bin/redis-entrypoint"
    echo "$base: importing"
    tar -C "$root" -c . | docker import - $base >/dev/null
fi

stand_in "$golang" <<END
ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV GOPATH=/go GOTOOLCHAIN=local GOPROXY=$(go env GOPROXY) GOSUMDB=$(go env GOSUMDB)
WORKDIR /go
CMD ["bash"]
END

stand_in "$redis" <<'END'
WORKDIR /data
VOLUME /data
EXPOSE 6379
ENTRYPOINT ["redis-entrypoint"]
CMD ["redis-server"]
END

# -W (master and worker: reload by SIGHUP) and SIGUSR1 (finish what is open) as in the original.
stand_in "$haproxy" <<'END'
USER haproxy
STOPSIGNAL SIGUSR1
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
END
