# Pods of containerd's CRI with Drydock's shim. Uses the containerd of the shim's tests.

[ -z "${pod_image:-}" ] || return 0
[ -n "${containerd_directory:-}" ] || { . "$repository/tests/peers/containerd-server.sh"; ln -sf drydock "$work/bin/containerd-shim-drydock-v1"; start_containerd; }
k="ctr -a $containerd_directory/socket -n k8s.io"
pod_image=localhost/drydock-test-pod:1
printf '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n' >"$work/pause.c"
mkdir -p "$work/pause-image"
gcc -O2 -static "$work/pause.c" -o "$work/pause-image/pause"
archive localhost/drydock-test-pause:1 "$work/pause-image" '["/pause"]' >"$work/pause.tar"
archive "$pod_image" "$work/image" '["/probe.wasm", "hello"]' >"$work/pod.tar"
for each in pause pod; do run $k images import "$work/$each.tar"; done
is "cri: import" 0 "$code"
# A client that fails says nothing on standard output: the comparisons then fail too.
python=$(PATH=/usr/bin:$PATH command -v python3)
cri() { timeout 60 "$python" "$repository/tests/peers/cri.py" "$containerd_directory/socket" "$@"; }
remove_pods() {
  for id in $($k containers ls -q); do cri remove-pod "$id"; timeout -k 5 "$patience" $k tasks rm -f "$id"; $k containers rm "$id"; done >/dev/null 2>&1
  rmdir /sys/fs/cgroup/*/k8s.io 2>/dev/null
}
cleanups+=(remove_pods)
pod_shims() { pgrep -f "^containerd-shim-drydock-v1 -namespace k8s.io .*-address $containerd_directory/" | wc -l; }
no_pods() { [ "$(pod_shims)" = 0 ]; }
logs=$work/pod-logs
mkdir -p "$logs"
