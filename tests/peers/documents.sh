# Every command of docs/podman.md, docs/docker.md, docs/containerd.md and docs/kubernetes.md, in their order; where there is
# a configuration in /etc, in a mount namespace where that directory is another.

# commands FILE: the lines of its sh blocks.
commands() { awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$1"; }

# follow NAME DIRECTORY SETUP: runs the commands of docs/NAME.md with $work/etc-NAME in the place of DIRECTORY; the first
# error ends it.
follow() {
  local directory=$work/documents/$1
  mkdir -p "$directory" "$2"
  cp "$work/image/probe.wasm" "$directory/hello.wasm"
  { printf "set -e; cd '%s'; mount --bind '%s' '%s'; PATH='%s':\$PATH\n%s\n" "$directory" "$work/etc-$1" "$2" "$work/bin" "$3"
    commands "$repository/docs/$1.md"; } >"$directory/script"
  patience=180 run unshare -m bash "$directory/script"
  is "docs/$1.md" 0 "$code"
  [ "$code" = 0 ] || printf '%s\n' "$out" | tail -5
}

if [ -n "${CONTAINERS_CONF:-}" ]; then
  mkdir -p "$work/etc-podman"
  cp -r /etc/containers/. "$work/etc-podman/"
  grep -v -E '^(runtime|drydock|wasm) =|engine.runtimes' "$CONTAINERS_CONF" >"$work/etc-podman/containers.conf"
  follow podman /etc/containers 'unset CONTAINERS_CONF DOCKER_CONFIG'
  is "docs/podman.md: nothing is left in the configuration" "" "$(ls "$work/etc-podman/containers.conf.d" 2>/dev/null)"
fi
if [ -n "${DOCKER_HOST:-}" ]; then
  "$work/bin/drydock" install docker --remove --file "$work/etc-docker/daemon.json" >/dev/null
  cp "$work/etc-docker/daemon.json" "$work/daemon-before.json"
  follow docker /etc/docker 'export DOCKER_BUILDKIT=0'
  is "docs/docker.md: the configuration is what it was" "" "$(diff "$work/daemon-before.json" "$work/etc-docker/daemon.json")"
  is "docs/docker.md: no backup is left" daemon.json "$(ls "$work/etc-docker")"
fi
if [ -n "${containerd_socket:-}" ] && [ -n "${kubectl:-}" ]; then
  mkdir -p "$work/etc-kubernetes" "$work/documents/kubernetes"
  ln -s "$repository/deploy" "$work/documents/kubernetes/deploy"
  printf 'version = 2\n[grpc]\n  address = "%s"\n' "$containerd_socket" >"$work/etc-kubernetes/config.toml"
  follow kubernetes /etc/containerd "kubectl() { command $kubectl --dry-run=client --validate=false \"\$@\"; }"
  is "docs/kubernetes.md: no backup is left" config.toml "$(ls "$work/etc-kubernetes")"
fi
if [ -n "${containerd_directory:-}" ]; then
  mkdir -p "$work/documents/containerd"
  cp "$work/image/probe.wasm" "$work/documents/containerd/hello.wasm"
  { printf "set -e; cd '%s'; PATH='%s':\$PATH DRYDOCK_ROOT='%s'\n" "$work/documents/containerd" "$work/bin" "$work/documents/store"
    printf "export PATH DRYDOCK_ROOT CONTAINERD_ADDRESS='%s' CONTAINERD_NAMESPACE=drydock-test\n" "$containerd_directory/socket"
    commands "$repository/docs/containerd.md"; } >"$work/documents/containerd/script"
  patience=120 run bash "$work/documents/containerd/script"
  is "docs/containerd.md" 0 "$code"
  [ "$code" = 0 ] || printf '%s\n' "$out" | tail -5
fi
