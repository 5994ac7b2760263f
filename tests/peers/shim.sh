# containerd with Drydock's own shim, driven by ctr; a containerd with directories of its own.

. "$repository/tests/peers/containerd-server.sh"
ln -sf drydock "$work/bin/containerd-shim-drydock-v1"
start_containerd || { is "shim: containerd starts" yes no; return; }
c="ctr -a $containerd_directory/socket -n drydock-test"
image=docker.io/library/drydock-test:latest
archive "$image" "$work/image" '["/probe.wasm", "hello"]' >"$work/image.tar"
run $c images import "$work/image.tar"
is "shim: import" 0 "$code"
remove_shim_containers() {
  for id in $($c containers ls -q); do timeout -k 5 "$patience" $c tasks rm -f "$id"; $c containers rm "$id"; done >/dev/null 2>&1
  rmdir /sys/fs/cgroup/*/drydock-test /sys/fs/cgroup/memory/*/*/drydock-test 2>/dev/null
}
cleanups+=(remove_shim_containers)
drydock="--runtime io.containerd.drydock.v1"
t="$c run --rm $drydock"
shims() { pgrep -f "^containerd-shim-drydock-v1 -namespace drydock-test .*-address $containerd_directory/" | wc -l; }
resident() { awk '/^Pss:/ { print $2 }' "/proc/$(pgrep -f "^containerd-shim-drydock-v1 -namespace $1 .*-address $containerd_directory/" | tail -1)/smaps_rollup"; }

# resting NAMESPACE: what it takes when it rests, which on a busy machine is not at once.
resting() {
  local least=1000000 now
  for _ in 1 2 3 4 5 6; do sleep 0.7; now=$(resident "$1"); ((now >= least)) || least=$now; done
  echo "$least"
}

# What the words of the documentation do.
gives "shim: run" 0 "hello from C" $t $image drydock-test-1 /probe.wasm hello
gives "shim: a native program" 0 "hello native" $t $image drydock-test-2 /native
gives "shim: exit code" 42 "" $t $image drydock-test-3 /probe.wasm exit 42
gives "shim: exit code of a native program" 3 "" $t $image drydock-test-4 /busybox sh -c 'exit 3'
# ctr passes the end of its input on only when that comes after the start.
gives "shim: input" 0 "some input" sh -c "(echo some input; sleep 3) | $t $image drydock-test-5 /probe.wasm cat"
gives "shim: much input and output" 0 3000000 sh -c "(head -c 3000000 /dev/zero; sleep 3) | $t $image drydock-test-6 /probe.wasm cat | wc -c"
run $t $image drydock-test-7 /probe.wasm stderr
is "shim: errors" "to stderr" "$err"
gives "shim: a terminal" 0 "hello from C" sh -c "script -qec '$t -t $image drydock-test-8 /probe.wasm hello' /dev/null | tr -d '\r' | sed 's/^\^@//'"
gives "shim: a terminal of a native program" 0 "/dev/pts/0" sh -c "script -qec '$t -t $image drydock-test-9 /busybox tty' /dev/null | tr -d '\r' | sed 's/^\^@//'"
gives "shim: output to a file" 0 "" $t --log-uri "file://$work/shim.log" $image drydock-test-10 /probe.wasm hello
is "shim: the file" "hello from C" "$(cat "$work/shim.log")"
run $t $image drydock-test-11 /component.wasm
has "shim: a component" "/component.wasm is a WebAssembly component" "$err"
run $t $image drydock-test-12 /nothing.wasm
has "shim: an entry that is not there" "no such file or directory" "$err"
run $t $image drydock-test-13 /broken.wasm
has "shim: a damaged module" "is not a valid module" "$err"
gives "shim: 16 MiB" 0 "hello from C" $t --memory-limit $((16 << 20)) $image drydock-test-14 /probe.wasm hello
gives "shim: a large module, compiled outside of 16 MiB" 0 "hello large" $t --memory-limit $((16 << 20)) $image drydock-test-16 /large.wasm
is "shim: its code is in the host's cache" 1 "$(ls "$work/cache/0" | grep -c '\.code$')"
gives "shim: a large module again" 0 "hello large" $t --memory-limit $((16 << 20)) $image drydock-test-17 /large.wasm
gives "shim: by its path" 0 "hello from C" $c run --rm --runtime "$work/bin/containerd-shim-drydock-v1" $image drydock-test-15 /probe.wasm hello

# A life, and the events of it.
timeout 120 $c events >"$work/events" 2>/dev/null &
listener=$!
sleep 0.5
run $c run -d $drydock $image drydock-test-life /probe.wasm wait
is "shim: detached" 0 "$code"
gives "shim: exec" 0 "hello from C" $c tasks exec --exec-id e1 drydock-test-life /probe.wasm hello
gives "shim: exec with its own code" 9 "" $c tasks exec --exec-id e2 drydock-test-life /probe.wasm exit 9
gives "shim: exec of a native program" 0 "hello native" $c tasks exec --exec-id e3 drydock-test-life /native
gives "shim: exec with input" 0 "typed" sh -c "(echo typed; sleep 3) | $c tasks exec --exec-id e4 drydock-test-life /probe.wasm cat"
gives "shim: exec with a terminal" 0 "hello from C" sh -c "script -qec '$c tasks exec -t --exec-id e5 drydock-test-life /probe.wasm hello' /dev/null | tr -d '\r' | sed 's/^\^@//'"
has "shim: ps" "^[0-9]+ " "$($c tasks ps drydock-test-life | tail -1)"
has "shim: metrics" "memory.usage_in_bytes +[1-9]" "$($c tasks metrics drydock-test-life)"
run $c tasks pause drydock-test-life
has "shim: paused" PAUSED "$($c tasks ls)"
run $c tasks resume drydock-test-life
has "shim: resumed" RUNNING "$($c tasks ls)"
run $c tasks rm drydock-test-life
has "shim: what runs is not deleted" "must be stopped|cannot delete" "$err"
run $c tasks kill -s SIGTERM drydock-test-life
is_stopped() { $c tasks ls | grep -q STOPPED; }
until_true is_stopped
run $c tasks kill -s SIGTERM drydock-test-life
has "shim: what has ended gets no signal" "not found" "$err"
run $c tasks rm drydock-test-life
has "shim: SIGTERM ends it" "exit code 143" "$err"
run $c containers rm drydock-test-life
sleep 0.5
kill $listener
topics() { awk '{ for (i = 1; i <= NF; i++) if ($i ~ "^/tasks/") print $i }' "$work/events" | tr '\n' ' '; }
is "shim: events in order" "/tasks/create /tasks/start $(printf '/tasks/exec-added /tasks/exec-started /tasks/exit %.0s' 1 2 3 4 5)/tasks/paused /tasks/resumed /tasks/exit /tasks/delete " "$(topics)"

# Memory.
run $c run -d $drydock $image drydock-test-memory /busybox sleep 100
run $c tasks checkpoint drydock-test-memory
has "shim: a checkpoint is not implemented" "not implemented|not support" "$err"
for i in 1 2 3 4 5; do run $c tasks exec --exec-id e$i drydock-test-memory /native; done
kilobytes=$(resting drydock-test)
echo "  the shim of one container takes $kilobytes KiB (PSS)"
is "shim: at most 8 MB" yes "$([ "$kilobytes" -le 8000 ] && echo yes)"

# A pod: one shim, whatever its containers are.
pod="--annotation io.containerd.runc.v2.group=drydock-test-memory"
for i in 2 3 4; do run $c run -d $drydock $pod $image drydock-test-pod-$i /busybox sleep 100; done
more=$((($(resting drydock-test) - kilobytes) / 3))
run $c run -d $drydock $pod $image drydock-test-pod-1 /probe.wasm wait
is "shim: a guest beside Linux containers of a pod" 0 "$code"
is "shim: a pod has one shim" 1 "$(shims)"
echo "  each further container of a pod takes $more KiB"
is "shim: at most 1 MB for each further one" yes "$([ "$more" -le 1000 ] && echo yes)"
gives "shim: exec in a pod" 0 "hello from C" $c tasks exec --exec-id p1 drydock-test-pod-1 /probe.wasm hello
for i in 1 2 3 4; do run $c tasks rm -f drydock-test-pod-$i; run $c containers rm drydock-test-pod-$i; done
is "shim: the pod's shim stays with its first container" 1 "$(shims)"

# Faults.
run $c tasks kill -s SIGTERM drydock-test-memory
has "shim: who ignores SIGTERM goes on" RUNNING "$($c tasks ls)"
kill -9 "$(cat "$containerd_directory/pid")"
start_containerd
has "shim: tasks outlive containerd" "drydock-test-memory.*RUNNING" "$($c tasks ls)"
gives "shim: exec after containerd was killed" 0 "hello native" $c tasks exec --exec-id e6 drydock-test-memory /native
run $c tasks kill -s SIGKILL drydock-test-memory
until_true is_stopped
run $c tasks rm drydock-test-memory
has "shim: SIGKILL ends it" "exit code 137" "$err"
run $c containers rm drydock-test-memory
run $c run -d $drydock $image drydock-test-fault /probe.wasm wait
kill -9 "$(pgrep -f "^containerd-shim-drydock-v1 -namespace drydock-test .*-address $containerd_directory/")"
no_task() { ! $c tasks ls | grep -q drydock-test-fault && [ ! -e /run/drydock/shim/drydock-test ]; }
until_true no_task
is "shim: what a killed shim leaves is removed" "" "$($c tasks ls -q)$(ls /run/drydock/shim/drydock-test 2>/dev/null)"
run $c containers rm drydock-test-fault
run $c run -d $drydock $image drydock-test-guest /probe.wasm wait
kill -9 "$($c tasks ls | awk '/drydock-test-guest/ { print $2 }')"
until_true is_stopped
run $c tasks rm drydock-test-guest
has "shim: a killed guest" "exit code 137" "$err"
run $c containers rm drydock-test-guest
mkdir -p "$work/malformed"
echo '{"process": 1}' >"$work/malformed/config.json"
run sh -c "cd '$work/malformed' && '$work/bin/containerd-shim-drydock-v1' -namespace drydock-test -id x -address /x start"
is "shim: a malformed configuration, in one line" "1 1" "$code $(wc -l <"$work/err")"
has "shim: a malformed configuration" "config.json is not a container's configuration" "$err"
has "shim: version" "Version:  [0-9]" "$("$work/bin/containerd-shim-drydock-v1" -v)"

# Many, at once and one after the other.
many() { seq 40 | xargs -P 4 -I{} timeout 60 $t $image drydock-test-many-{} /probe.wasm hello; }
greetings=$(many 2>"$work/err" | grep -c '^hello from C$')
err=$(cat "$work/err")
is "shim: 40 containers" 40 "$greetings"
none_left() { [ "$(shims)" = 0 ]; }
until_true none_left
is "shim: no shim is left" 0 "$(shims)"
remove_shim_containers
