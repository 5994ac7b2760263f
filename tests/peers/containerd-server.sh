# A containerd of the tests' own. Sourced by the tests of the shim.

containerd_directory=$work/containerd

# start_containerd: starts it, again with the same directories after it was killed, and waits until it answers.
start_containerd() {
  mkdir -p "$containerd_directory"
  cat >"$containerd_directory/config.toml" <<CONF
version = 2
root = "$containerd_directory/root"
state = "$containerd_directory/state"
[grpc]
  address = "$containerd_directory/socket"
[plugins."io.containerd.internal.v1.opt"]
  path = "$containerd_directory/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/drydock-test-pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    conf_dir = "$containerd_directory/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.drydock]
    runtime_type = "io.containerd.drydock.v1"
CONF
  DRYDOCK_CACHE=$work/cache PATH=$work/bin:$PATH serve containerd -c "$containerd_directory/config.toml"
  echo "${servers[-1]}" >"$containerd_directory/pid"
  until_true ctr -a "$containerd_directory/socket" version
}

# archive NAME DIRECTORY COMMAND: writes an image with the directory's files as `docker save` does. COMMAND is JSON.
archive() {
  local parts
  parts=$(mktemp -d "$work/archive.XXXXXX")
  tar -C "$2" -cf "$parts/layer.tar" .
  printf '{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/bin:/","GREETING=hi"],"Cmd":%s},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$3" "$(sha256sum "$parts/layer.tar" | cut -d' ' -f1)" >"$parts/config.json"
  printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$1" >"$parts/manifest.json"
  tar -C "$parts" -c config.json manifest.json layer.tar
  rm -r "$parts"
}
