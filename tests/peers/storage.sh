# A storage and a configuration of their own for Podman and buildah.

[ -z "${CONTAINERS_CONF:-}" ] || return 0
export CONTAINERS_CONF=$work/containers.conf CONTAINERS_STORAGE_CONF=$work/storage.conf
# Podman asks for limits that a container in which tests run may not have; the network stays out of it.
cat >"$CONTAINERS_CONF" <<CONF
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$work/podman/tmp"
runtime = "drydock"
runtime_supports_json = ["drydock", "crun", "runc"]
[engine.runtimes]
drydock = ["$runtime"]
wasm = ["$work/bin/crun-wasm"]
CONF
cat >"$CONTAINERS_STORAGE_CONF" <<CONF
[storage]
driver = "overlay"
graphroot = "$work/podman/graph"
runroot = "$work/podman/run"
CONF
remove_podman() { timeout 60 podman rm -af -t 1 >/dev/null 2>&1; timeout 60 podman rmi -af >/dev/null 2>&1; rmdir /sys/fs/cgroup/*/libpod_parent/conmon /sys/fs/cgroup/*/libpod_parent 2>/dev/null; }
cleanups+=(remove_podman)

