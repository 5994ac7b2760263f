# containerd's CRI with Drydock's shim as the runtime handler: what a kubelet does. Uses the containerd of the shim's tests.

. "$repository/tests/peers/pods.sh"

# A pod with a guest and a Linux container beside it.
pod=$(cri run-pod drydock-test-mixed drydock "$logs" 2>"$work/err")
has "cri: a pod" "^[0-9a-f]{64}$" "$pod$(cat "$work/err")"
guest=$(cri create "$pod" drydock-test-mixed "$logs" guest $pod_image 0 /probe.wasm wait)
native=$(cri create "$pod" drydock-test-mixed "$logs" native $pod_image $((64 << 20)) /busybox sh -c 'trap "" TERM; echo $GREETING; sleep 100')
job=$(cri create "$pod" drydock-test-mixed "$logs" job $pod_image $((16 << 20)) /probe.wasm hello)
for each in "$guest" "$native" "$job"; do cri start "$each"; done
ended() { cri status "$job" | grep -q exited; }
until_true ended
is "cri: a guest that has ended" "exited 0 Completed" "$(cri status "$job")"
has "cri: its log" "stdout F hello from C" "$(cat "$logs/job.log")"
has "cri: the log of a Linux container" "stdout F hi" "$(cat "$logs/native.log")"
is "cri: both run" "running 0  running 0 " "$(cri status "$guest") $(cri status "$native")"
is "cri: one shim for the pod" 1 "$(pod_shims)"
is "cri: exec in the guest's container" "hello from C 0" "$(cri exec "$guest" /probe.wasm hello)"
is "cri: exec with its own code" " 9" "$(cri exec "$guest" /probe.wasm exit 9)"
is "cri: exec in the Linux container" "hello native 0" "$(cri exec "$native" /native)"
is "cri: stats of the guest" "True True" "$(cri stats "$guest")"
is "cri: stats of the Linux container" "True True" "$(cri stats "$native")"
cri stop "$guest" 20
is "cri: SIGTERM stops the guest" "exited 143 Error" "$(cri status "$guest")"
kill -9 "$(cat "$containerd_directory/pid")"
start_containerd
initialized() { [ -n "$(cri status "$native" 2>/dev/null)" ]; }
until_true initialized
is "cri: the pod outlives containerd" "running 0 " "$(cri status "$native")"
is "cri: exec after containerd was killed" "hello native 0" "$(cri exec "$native" /native)"
cri stop "$native" 1
is "cri: who ignores SIGTERM is killed" "exited 137 Error" "$(cri status "$native")"
cri stop-pod "$pod"
cri remove-pod "$pod"
until_true no_pods
is "cri: no shim is left" 0 "$(pod_shims)"

# A guest that takes more memory than its container may have.
pod=$(cri run-pod drydock-test-memory drydock "$logs")
hungry=$(cri create "$pod" drydock-test-memory "$logs" hungry $pod_image $((16 << 20)) /busybox sh -c 'x=1234567890123456; while :; do x=$x$x; done')
cri start "$hungry"
starved() { cri status "$hungry" | grep -q exited; }
until_true starved
is "cri: who takes too much memory is told so" "exited 137 OOMKilled" "$(cri status "$hungry")"
cri stop-pod "$pod"
cri remove-pod "$pod"
remove_pods
