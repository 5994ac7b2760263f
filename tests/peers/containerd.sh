# containerd's own shim for runc, told to call Drydock instead; the containerd is the one that Docker Engine started.

containerd_socket=$work/docker/run/containerd/containerd.sock
[ -S "$containerd_socket" ] || { echo "  containerd: no socket, as docker's tests did not run"; return; }
c="ctr -a $containerd_socket -n drydock-test"
run sh -c "docker save drydock-test | $c images import -"
is "containerd: import" 0 "$code"
image=docker.io/library/drydock-test:latest
t="$c run --rm --runc-binary $runtime"
gives "containerd: run" 0 "hello from C" $t $image drydock-test-1 /probe.wasm hello
gives "containerd: a native program" 0 "hello native" $t $image drydock-test-2 /native
gives "containerd: exit code" 42 "" $t $image drydock-test-3 /probe.wasm exit 42
run $t $image drydock-test-4 /component.wasm
has "containerd: a component" "/component.wasm is a WebAssembly component" "$err"
run $c run -d --runc-binary "$runtime" $image drydock-test-life /probe.wasm wait
is "containerd: detached" 0 "$code"
gives "containerd: exec" 0 "hello from C" $c tasks exec --exec-id e1 drydock-test-life /probe.wasm hello
gives "containerd: exec with its own code" 9 "" $c tasks exec --exec-id e2 drydock-test-life /probe.wasm exit 9
has "containerd: ps" "[0-9]" "$($c tasks ps drydock-test-life)"
run $c tasks pause drydock-test-life
has "containerd: paused" PAUSED "$($c tasks ls)"
run $c tasks resume drydock-test-life
run $c tasks kill -s SIGTERM drydock-test-life
is_stopped() { $c tasks ls | grep -q STOPPED; }
until_true is_stopped
run $c tasks delete drydock-test-life
has "containerd: SIGTERM ends it" "exit code 143" "$err"
run $c containers delete drydock-test-life
run $c images rm $image
# The directory of the namespace is runc's, which leaves it.
rmdir /sys/fs/cgroup/*/drydock-test /sys/fs/cgroup/memory/*/*/drydock-test 2>/dev/null
