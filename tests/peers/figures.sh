# What a guest takes from the engine's command to its end, beside a native program of the same image under the same lower
# runtime: run in turn, medians. PEERS_STRICT=1 holds them to what they must reach.

. "$repository/tests/peers/storage.sh"
. "$repository/tests/peers/containerd-server.sh"
ln -sf drydock "$work/bin/containerd-shim-drydock-v1"
[ -n "${c:-}" ] && $c version >/dev/null 2>&1 || start_containerd
figures=${PEERS_RUNS:-7}

# Processor time of commands, servers and containers is read from groups of their own; with version 2 it is not read.
accounts=/sys/fs/cgroup/cpuacct
enter_account() {
  [ -d $accounts ] || return
  mkdir -p "$accounts/drydock-test-figures"
  account=$accounts$(awk -F: '$2 ~ /cpuacct/ { print $3 }' /proc/self/cgroup)
  echo $$ >"$accounts/drydock-test-figures/cgroup.procs"
  cat "$containerd_directory/pid" >"$accounts/drydock-test-figures/cgroup.procs"
}
leave_account() {
  [ -n "${account:-}" ] || return
  while read -r process; do echo "$process"; done <"$accounts/drydock-test-figures/cgroup.procs" |
    while read -r process; do echo "$process" >"$account/cgroup.procs"; done 2>/dev/null
  rmdir "$accounts/drydock-test-figures" 2>/dev/null
  account=
}
cleanups+=(leave_account)
spent() {
  local sum=0 value
  for group in drydock-test-figures libpod_parent drydock-test; do
    [ -r "$accounts/$group/cpuacct.usage" ] && read -r value <"$accounts/$group/cpuacct.usage" && sum=$((sum + value / 1000))
  done
  REPLY=$sum
}

# measure COMMAND...: adds microseconds of time and of processor time to $times and $work_times.
measure() {
  local start before
  spent; before=$REPLY
  start=$EPOCHREALTIME
  "$@" >/dev/null 2>&1 </dev/null
  local end=$EPOCHREALTIME
  spent
  REPLY="$((${end/./} - ${start/./})) $((REPLY - before))"
}

middle() { cut -d' ' -f"$1" | sort -n | awk '{ all[NR] = $1 } END { printf "%.1f", all[int((NR + 1) / 2)] / 1000 }'; }

# figure NAME LIMIT A -- B: medians of both; A may take LIMIT milliseconds longer than B.
figure() {
  local name=$1 limit=$2 first=() second=() a="" b=""
  shift 2
  while [ "$1" != -- ]; do first+=("$1"); shift; done
  shift
  second=("$@")
  measure "${first[@]}"; measure "${second[@]}"
  for _ in $(seq "$figures"); do
    measure "${first[@]}"; a+=$REPLY$'\n'
    measure "${second[@]}"; b+=$REPLY$'\n'
  done
  local wall_a wall_b cpu_a cpu_b
  wall_a=$(printf %s "$a" | middle 1) cpu_a=$(printf %s "$a" | middle 2)
  wall_b=$(printf %s "$b" | middle 1) cpu_b=$(printf %s "$b" | middle 2)
  awk -v name="$name" -v a="$wall_a" -v b="$wall_b" -v c="$cpu_a" -v d="$cpu_b" -v limit="$limit" 'BEGIN {
    printf "  %s: wasm %.1f ms (processors %.1f), native %.1f ms (%.1f); difference %+.1f ms (%+.1f), at most %+d\n", name, a, c, b, d, a - b, c - d, limit }'
  [ -z "${PEERS_STRICT:-}" ] ||
    is "figures: $name" yes "$(awk "BEGIN { print $wall_a - $wall_b <= $limit ? \"yes\" : \"no\" }")"
}

printf 'FROM scratch\nCOPY probe.wasm native /\nCMD ["/probe.wasm", "hello"]\n' >"$work/image/Containerfile"
run podman build -q -t drydock-test-figures "$work/image"
rm "$work/image/Containerfile"
is "figures: build" 0 "$code"
c="ctr -a $containerd_directory/socket -n drydock-test"
image=docker.io/library/drydock-test-figures:latest
archive "$image" "$work/image" '["/probe.wasm", "hello"]' >"$work/figures.tar"
run $c images import "$work/figures.tar"
is "figures: import" 0 "$code"
enter_account
figure "podman run" 6 podman --runtime "$runtime" run --rm localhost/drydock-test-figures -- \
  podman --runtime "$(command -v runc)" run --rm localhost/drydock-test-figures /native
figure "podman run, a native program through Drydock" 3 podman --runtime "$runtime" run --rm localhost/drydock-test-figures /native -- \
  podman --runtime "$(command -v runc)" run --rm localhost/drydock-test-figures /native
figure "ctr run, each with its own shim" 0 \
  $c run --rm --runtime io.containerd.drydock.v1 $image drydock-test-time /probe.wasm hello -- \
  $c run --rm $image drydock-test-native /native
leave_account
rmdir /sys/fs/cgroup/*/drydock-test 2>/dev/null
