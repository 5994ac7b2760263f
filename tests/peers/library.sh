# What the tests of the peers share. Sourced by scripts/test-peers, which sets $repository.

passed=0 failed=0 servers=()
patience=${PEERS_PATIENCE:-60}

# prepare: the scratch directory, programs under the names that callers use, and how the machine looks before.
prepare() {
  work=$(mktemp -d /tmp/drydock-peers.XXXXXX)
  trap stop EXIT
  mkdir -p "$work"/{bin,image,bundles}
  cp "$repository/dist/drydock" "$work/bin/drydock"
  ln -s drydock "$work/bin/drydock-runtime"
  ln -s drydock "$work/bin/crun-wasm"
  runtime=$work/bin/drydock-runtime
  # crun does not run beside a version 2 hierarchy that has controllers of its own: it is hidden from it.
  printf '#!/bin/sh\nexec unshare -m sh -c '\''umount /sys/fs/cgroup/unified 2>/dev/null; exec %s "$@"'\'' crun "$@"\n' \
    "$(command -v crun)" >"$work/bin/crun-alone"
  chmod +x "$work/bin/crun-alone"
  printf '#include <stdio.h>\nint main(void) { puts("hello native"); return 0; }\n' >"$work/hello.c"
  gcc -O2 -static "$work/hello.c" -o "$work/image/native"
  cp "$repository/tests/guests/bin/probe.wasm" "$work/image/probe.wasm"
  cp /bin/busybox "$work/image/busybox"
  printf '\0asm\15\0\1\0' >"$work/image/component.wasm"
  printf '\0asm\1\0\0\0junk' >"$work/image/broken.wasm"
  : >"$work/image/empty"
  python3 "$repository/tests/peers/large.py" "$work/image/large.wasm"
  before=$(traces)
}

# traces: what a container could leave behind.
traces() {
  find /run/drydock /run/runc /run/crun -mindepth 2 2>/dev/null | sort
  find /run/containerd/s -type s 2>/dev/null | sort
  find /sys/fs/cgroup -type d \( -name '*drydock-test*' -o -name 'libpod-*' -o -path '*/docker/?*' \) 2>/dev/null | sort
  awk '{ print $5 }' /proc/self/mountinfo | grep -E "drydock|$work/" | sort
  for process in /proc/[0-9]*; do { tr '\0' ' ' <"$process/cmdline" | grep -a '/dev/.drydock/'; } 2>/dev/null; done
}

# run COMMAND...: leaves $out, $err and $code. Files and not pipes: a container keeps what its creator had open.
run() {
  timeout -k 5 "$patience" "$@" >"$work/out" 2>"$work/err" </dev/null
  code=$?
  out=$(cat "$work/out")
  err=$(cat "$work/err")
}

# is NAME WANTED ACTUAL
is() {
  if [ "$2" = "$3" ]; then passed=$((passed + 1)); return; fi
  failed=$((failed + 1))
  printf '  FAILED %s\n    wanted: %s\n    got:    %s\n    stderr: %s\n' "$1" "$2" "$3" "${err:-}"
}

# has NAME PATTERN ACTUAL
has() {
  if grep -qE -- "$2" <<<"$3"; then passed=$((passed + 1)); return; fi
  failed=$((failed + 1))
  printf '  FAILED %s\n    wanted: %s\n    got:    %s\n' "$1" "$2" "$3"
}

# gives NAME CODE OUTPUT COMMAND...: runs the command and compares.
gives() {
  local name=$1 wanted="$2 $3"
  shift 3
  run "$@"
  is "$name" "$wanted" "$code $out"
}

# until_true COMMAND...: waits for it, at most as long as $patience.
until_true() {
  local end=$((SECONDS + patience))
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}

# serve COMMAND...: starts a server that `stop` ends by its pid.
serve() {
  setsid "$@" >"$work/$(basename "$1").log" 2>&1 </dev/null &
  servers+=($!)
}

# milliseconds COMMAND...: how long it takes.
milliseconds() {
  local start=$EPOCHREALTIME
  "$@" >/dev/null 2>&1 </dev/null
  echo $(((${EPOCHREALTIME/./} - ${start/./}) / 100))
}

median() { sort -n | awk '{ all[NR] = $1 } END { printf "%.1f", all[int((NR + 1) / 2)] / 10 }'; }

# compare LABEL COUNT A -- B: prints the medians of two commands run in turn.
compare() {
  local label=$1 count=$2 first=() second=() a="" b=""
  shift 2
  while [ "$1" != -- ]; do first+=("$1"); shift; done
  shift
  second=("$@")
  for _ in $(seq "$count"); do a+=$(milliseconds "${first[@]}")$'\n' b+=$(milliseconds "${second[@]}")$'\n'; done
  a=$(printf %s "$a" | median) b=$(printf %s "$b" | median)
  echo "  $label: $a ms, native $b ms, difference $(awk "BEGIN { printf \"%.1f\", $a - $b }") ms"
}

# stop: ends what was started and removes the scratch directory.
stop() {
  trap - EXIT
  err=
  for each in "${cleanups[@]:-}"; do [ -z "$each" ] || $each; done
  for lower in runc "$work/bin/crun-alone"; do
    for record in /run/drydock/runtime/default/drydock-test-*; do
      [ ! -e "$record" ] || "$runtime" --lower-runtime "$(command -v $lower)" delete --force "${record##*/}" 2>/dev/null
    done
  done
  for server in "${servers[@]:-}"; do [ -z "$server" ] || kill "$server" 2>/dev/null; done
  for server in "${servers[@]:-}"; do
    [ -z "$server" ] || timeout 20 tail --pid="$server" -f /dev/null || kill -9 "$server" 2>/dev/null
  done
  awk -v work="$work/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do umount -l "$mount"; done
  rm -rf "$work"
}
cleanups=()

finish() {
  stop
  is "nothing is left behind" "" "$(diff <(echo "$before") <(echo "$(traces)"))"
  echo "peers: $passed passed, $failed failed"
  [ "$failed" = 0 ]
}
