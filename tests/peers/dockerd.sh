# Docker Engine with directories of its own; it starts its own containerd. Several peers need it and it is started once.

[ -z "${docker_directory:-}" ] || return 0
docker_directory=$work/docker
mkdir -p "$docker_directory/config" "$work/etc-docker"
# Podman reads this too, and wants it to be there.
echo '{}' >"$docker_directory/config/config.json"
cat >"$work/etc-docker/daemon.json" <<CONF
{
  "hosts": ["unix://$docker_directory/socket"],
  "data-root": "$docker_directory/data",
  "exec-root": "$docker_directory/run",
  "pidfile": "$docker_directory/pid",
  "bridge": "none", "iptables": false, "ip6tables": false, "ip-forward": false, "ip-masq": false, "userland-proxy": false,
  "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 1024}}
}
CONF
export DOCKER_HOST=unix://$docker_directory/socket DOCKER_CONFIG=$docker_directory/config
serve dockerd --config-file "$work/etc-docker/daemon.json"
until_true docker version || return 1
remove_docker() { timeout 60 docker rm -f $(docker ps -aq) >/dev/null 2>&1; }
cleanups+=(remove_docker)
